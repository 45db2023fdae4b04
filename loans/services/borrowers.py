"""Borrowers: matched by identifier within a branch, else made anew; and their view for screening."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from blacklist.services.screening import ScreeningSubject
from core import audit
from core.bulk_rows import insert_rows
from core.crypto import blind_index
from core.errors import DomainError
from core.models import Branch, User
from core.references import next_reference
from core.written_queries import WrittenQuery
from loans.domain.otherwise import PLACE, differing
from loans.models import Borrower
from loans.selectors.otherwise import Otherwise, recorded_values, stated_of
from loans.services.intake import Party


def _by(identifier: str) -> Callable[..., QuerySet[Borrower, UUID]]:
    """The keys of a branch's borrowers with such an identifier, the oldest first."""

    def keys(branch: Any, kind: Any, index: Any) -> QuerySet[Borrower, UUID]:
        rows = Borrower.objects.filter(branch_id=branch, kind=kind, **{f"{identifier}_index": index})
        return rows.order_by("created_at").values_list("pk", flat=True)

    return keys


IDENTIFIERS = ("national_id", "tax_id", "registration_number")
PIECE = 200
_known: dict[str, WrittenQuery[UUID]] = {name: WrittenQuery(_by(name)) for name in IDENTIFIERS}
STATED = tuple(one.name for one in fields(Party) if one.name not in ("part", "kind"))


@dataclass(frozen=True)
class PartyFound:
    """Somebody of an application as the bank knows them, their part, and what was stated of them: JSON, and the names of what stood
    otherwise on record.
    """

    borrower: Borrower
    part: str
    stated: str
    differing: list[str]


class UnableToUnmask(DomainError):
    """The identifier is not shown."""

    title = "The value stays hidden"
    messages = {"reason_missing": "Write down why you need to see it; the reason goes into the audit trail."}


@transaction.atomic
def match_or_create_borrower(*, party: Party, branch: Branch, actor: User | None) -> PartyFound:
    """The branch's borrower with one of these identifiers, else a new one, and what was stated otherwise than it is on record. What was
    empty before is filled in, nothing is overwritten.
    """
    found, is_new = find_or_save_borrower(party=party, branch=branch, actor=actor)
    if is_new:
        audit.record("borrower.created", actor=actor, target=found.borrower)
    return found


def find_or_save_borrower(*, party: Party, branch: Branch, actor: User | None) -> tuple[PartyFound, bool]:
    """The same inside the caller's transaction, without the audit entry of a new one;
    with what was stated otherwise, and whether it is new.
    """
    stated = stated_values(party)
    for name in IDENTIFIERS:
        value = getattr(party, name)
        # The key alone: most who apply are new.
        if value and (found := _known[name].first(branch.pk, party.kind, blind_index(value, kind=name))) is not None:
            known = Borrower.objects.get(pk=found)
            otherwise = differing(stated, recorded_values(known))
            return PartyFound(_fill(known, party), party.part, json.dumps(stated), otherwise), False
    borrower = new_borrower(party, reference=next_reference("BR"), branch_id=branch.pk, actor=actor)
    insert_rows([borrower])
    return PartyFound(borrower, party.part, json.dumps(stated), []), True


def stated_values(party: Party) -> dict[str, str]:
    """What was stated of somebody, as texts; what was left empty is left out."""
    said = {name: getattr(party, name) for name in STATED}
    return {name: str(value) for name, value in said.items() if value}


def find_or_save_parties(parties: Iterable[Party], *, branch: Branch, actor: User | None) -> tuple[list[PartyFound], list[Borrower]]:
    """Everybody of an application with their part, each once; and those of them who are new, for the audit trail."""
    found: dict[tuple[Borrower, str], PartyFound] = {}
    made = []
    for party in parties:
        one, is_new = find_or_save_borrower(party=party, branch=branch, actor=actor)
        found.setdefault((one.borrower, party.part), one)
        if is_new:
            made.append(one.borrower)
    return list(found.values()), made


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
    taken = [name for name in (*IDENTIFIERS, "phone", "email", "industry", "birth_date") if not getattr(borrower, name)]
    # The parts of an address belong together: half of one and half of another is nobody's.
    if not borrower.address_line and party.address_line:
        taken += PLACE
        borrower.postcode = borrower.city = ""
    elif not borrower.address_line or borrower.address_line.casefold() == party.address_line.casefold():
        taken += [part for part in PLACE if not getattr(borrower, part)]
    new = {name: getattr(party, name) for name in taken if getattr(party, name) and getattr(party, name) != getattr(borrower, name)}
    for name, value in new.items():
        setattr(borrower, name, value)
    if new:
        borrower.save()
    return borrower


def screening_subject(borrower: Borrower, otherwise: Sequence[Otherwise]) -> ScreeningSubject:
    """The borrower as the blacklist screens it: texts, no foreign key.
    What was stated `otherwise` is looked for beside what is on record.
    """
    identifiers = {name: getattr(borrower, name) for name in IDENTIFIERS if getattr(borrower, name)}
    address = ", ".join(part for part in (borrower.address_line, borrower.postcode, borrower.city) if part)
    said = {kind: tuple(one.stated for one in otherwise if one.name == kind) for kind in ("name", "address", "phone")}
    return ScreeningSubject(
        key=borrower.subject_key,
        kind=borrower.kind.lower(),
        names=(borrower.name, *said["name"]),
        birth_date=borrower.birth_date,
        identifiers=identifiers,
        addresses=((address,) if address else ()) + said["address"],
        phones=((borrower.phone,) if borrower.phone else ()) + said["phone"],
        country=borrower.country,
        other_identifiers=tuple((one.name, one.stated) for one in otherwise if one.name in IDENTIFIERS),
        other_birth_dates=tuple(one.stated for one in otherwise if one.name == "birth_date"),
    )


def screening_subjects(people: Iterable[Borrower]) -> Iterator[ScreeningSubject]:
    """Many borrowers as the blacklist screens them, with what applications state of them otherwise: one query for each `PIECE` of them."""
    rest = iter(people)
    while piece := list(islice(rest, PIECE)):
        said: dict[UUID, list[Otherwise]] = {}
        for one in stated_of(piece):
            said.setdefault(one.party.borrower_id, []).append(one)
        yield from (screening_subject(person, said.get(person.pk, ())) for person in piece)


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
