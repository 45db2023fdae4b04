"""Borrowers: matched by identifier within a branch, else made anew; and their view for screening."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from blacklist.services.screening import ScreeningSubject
from core import audit
from core.crypto import blind_index
from core.errors import DomainError
from core.models import Branch, User
from core.references import next_reference
from loans.models import Borrower
from loans.services.intake import Party

IDENTIFIERS = ("national_id", "tax_id", "registration_number")


class UnableToUnmask(DomainError):
    """The identifier is not shown."""

    title = "The value stays hidden"
    messages = {"reason_missing": "Write down why you need to see it; the reason goes into the audit trail."}


@transaction.atomic
def match_or_create_borrower(*, party: Party, branch: Branch, actor: User | None) -> Borrower:
    """The branch's borrower with one of these identifiers, else a new one. What was empty before is filled in, nothing is overwritten."""
    borrower, is_new = find_or_save_borrower(party=party, branch=branch, actor=actor)
    if is_new:
        audit.record("borrower.created", actor=actor, target=borrower)
    return borrower


def find_or_save_borrower(*, party: Party, branch: Branch, actor: User | None) -> tuple[Borrower, bool]:
    """The same inside the caller's transaction, without the audit entry of a new one; and whether it is new."""
    for name in IDENTIFIERS:
        value = getattr(party, name)
        if value:
            rows = Borrower.objects.filter(branch=branch, kind=party.kind, **{f"{name}_index": blind_index(value, kind=name)})
            # The key alone: most who apply are new, and a row of all columns costs as much to ask for as to read.
            if (found := rows.order_by("created_at").values_list("pk", flat=True).first()) is not None:
                return _fill(Borrower.objects.get(pk=found), party), False
    borrower = new_borrower(party, reference=next_reference("BR"), branch_id=branch.pk, actor=actor)
    borrower.save(force_insert=True)
    return borrower, True


def find_or_save_parties(
    parties: Iterable[Party], *, branch: Branch, actor: User | None
) -> tuple[list[tuple[Borrower, str]], list[Borrower]]:
    """Everybody of an application with their part, each once; and those of them who are new, for the audit trail."""
    found: dict[tuple[Borrower, str], None] = {}
    made = []
    for party in parties:
        borrower, is_new = find_or_save_borrower(party=party, branch=branch, actor=actor)
        found[borrower, party.part] = None
        if is_new:
            made.append(borrower)
    return list(found), made


def new_borrower(party: Party, *, reference: str, branch_id: int, actor: User | None) -> Borrower:
    """A borrower made of what is known of a party, not saved yet."""
    return Borrower(
        reference=reference,
        branch_id=branch_id,
        kind=party.kind,
        name=party.name,
        birth_date=party.birth_date,
        industry=party.industry,
        city=party.city,
        country=party.country,
        created_by=actor,
        national_id=party.national_id,
        tax_id=party.tax_id,
        registration_number=party.registration_number,
        phone=party.phone,
        email=party.email,
        address_line=party.address_line,
        postcode=party.postcode,
    )


def _fill(borrower: Borrower, party: Party) -> Borrower:
    changed = False
    for name in (*IDENTIFIERS, "phone", "email", "address_line", "postcode", "city", "industry", "birth_date"):
        if not getattr(borrower, name) and getattr(party, name):
            setattr(borrower, name, getattr(party, name))
            changed = True
    if changed:
        borrower.save()
    return borrower


def screening_subject(borrower: Borrower) -> ScreeningSubject:
    """The borrower as the blacklist screens it: texts, no foreign key."""
    identifiers = {name: getattr(borrower, name) for name in IDENTIFIERS if getattr(borrower, name)}
    address = ", ".join(part for part in (borrower.address_line, borrower.postcode, borrower.city) if part)
    return ScreeningSubject(
        key=borrower.subject_key,
        kind=borrower.kind.lower(),
        names=(borrower.name,),
        birth_date=borrower.birth_date,
        identifiers=identifiers,
        addresses=(address,) if address else (),
        phones=(borrower.phone,) if borrower.phone else (),
        country=borrower.country,
    )


@transaction.atomic
def unmask_identifier(*, borrower: Borrower, field: str, reason: str, actor: User) -> str:
    """Show one hidden value in clear: a logged act with a reason. Raises UnableToUnmask: `reason_missing`."""
    if not reason.strip():
        raise UnableToUnmask("reason_missing")
    allowed = {*IDENTIFIERS, "phone", "email", "address_line", "postcode"}
    value: str = getattr(borrower, field) if field in allowed else ""
    audit.record("borrower.unmasked", actor=actor, target=borrower, field=field, reason=reason.strip())
    return value


def blacklist_identifiers(borrower: Borrower) -> dict[str, str]:
    """The borrower's identifiers and phone as a blacklist entry takes them."""
    return {name: getattr(borrower, name) for name in (*IDENTIFIERS, "phone") if getattr(borrower, name)}
