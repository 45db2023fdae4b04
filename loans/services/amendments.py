"""Amendments of a customer's record: proposed with a paper, carried out by a second person, and everything made anew that stands on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from blacklist.selectors.subjects import keyed_fingerprint
from blacklist.services.screening import screen_subject
from core import audit, four_eyes
from core.crypto import blind_index
from core.errors import DomainError, Fault
from core.events import publish
from core.industries import not_listed, read_industry
from core.models import User
from core.roles import Role
from core.uuids import uuid7
from loans.domain.otherwise import PLACE
from loans.domain.product_rules import PartyDraft, check_party
from loans.domain.states import ApplicationState
from loans.events import CustomerAmended
from loans.models import Application, ApplicationParty, Borrower, CustomerAmendment, DeclaredInterest
from loans.models.borrowers import BorrowerKind
from loans.selectors.amendments import WORDS
from loans.selectors.interests import interested_in
from loans.selectors.money_to_leave import with_money_to_leave
from loans.selectors.otherwise import RECORDED, recorded_values
from loans.services.borrowers import IDENTIFIERS, screening_subjects
from loans.services.documents import check_upload, keep_file
from loans.services.holds import measure_again
from loans.services.screening import screen_application

PROPOSAL = "customer_amendment"
PROPOSERS = (Role.OFFICER,)
CONFIRMERS = (Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE)
State = CustomerAmendment.State


class UnableToAmend(DomainError):
    """The record stays as it is; `faults` name the fields."""

    title = "The record was not amended"
    messages = {
        "not_entitled": "Loan officers propose amendments of their branches; approvers, risk managers and compliance decide them.",
        "own_interest": "You declared an interest in this customer. Somebody else does this.",
        "invalid": "Some fields need attention.",
        "unchanged": "Nothing of this is otherwise than it is on record.",
    }


@transaction.atomic
def propose_amendment(
    *,
    borrower: Borrower,
    changes: Mapping[str, str],
    reason: str,
    upload: UploadedFile[Any] | None,
    actor: User,
    business_date: date,
    application: Application | None = None,
) -> CustomerAmendment:
    """Ask that a customer's record says otherwise. `changes` are texts by name, those of `RECORDED`; the upload is the paper that shows
    them.

    Raises UnableToAmend: `not_entitled`, `own_interest`, `unchanged`, `invalid` with a fault per field; UnableToStoreDocument;
    UnableToPropose `already_open`.
    """
    if not _may(actor, borrower, PROPOSERS):
        raise UnableToAmend("not_entitled")
    if actor.pk in interested_in([borrower.pk]):
        raise UnableToAmend("own_interest")
    held = Borrower.objects.select_for_update(of=("self",), no_key=True).get(pk=borrower.pk)
    before, after = _difference(held, changes)
    faults = _faults(held, after, business_date)
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say why the record is amended."))
    if upload is None:
        faults.append(Fault("paper", "required", "Attach the paper that shows it: an identity document, an extract, a letter."))
    if faults or upload is None:
        raise UnableToAmend("invalid", faults=faults)
    if not after:
        raise UnableToAmend("unchanged")
    made = CustomerAmendment(
        id=uuid7(),
        borrower=held,
        application=application,
        fields=list(after),
        before=json.dumps(before),
        after=json.dumps(after),
        reason=reason.strip()[:400],
        proposed_by=actor,
        proposed_date=business_date,
    )
    four_eyes.propose(
        kind=PROPOSAL,
        target=held,
        title=f"Amendment of {held.reference}: {', '.join(WORDS[name].lower() for name in after)}",
        roles=CONFIRMERS,
        actor=actor,
        content=_content(made, held),
        path=reverse("loans:borrower_amend", args=[held.pk]),
        branch_id=held.branch_id,
    )
    keep_file(made, check_upload(upload), actor=actor)
    return made


@transaction.atomic
def decide_amendment(
    *, amendment: CustomerAmendment, confirm: bool, reason: str = "", actor: User, business_date: date, seen: UUID | None = None
) -> CustomerAmendment:
    """Carry out what is proposed, or refuse it with a reason; who proposed it takes it back the same way.

    Raises UnableToConfirm: `no_proposal`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `already_decided`, `changed` when the
    record was changed since, `reason_missing`; UnableToAmend `invalid` when the record cannot say so any more.
    """
    # Before the customer, as everybody locks them, and before the moment is taken: a file is decided, contracted or paid out before this or
    # after it.
    files = _files_with_money(amendment.borrower_id) if confirm else []
    held = Borrower.objects.select_for_update(of=("self",), no_key=True).get(pk=amendment.borrower_id)
    locked = CustomerAmendment.objects.select_for_update(of=("self",)).get(pk=amendment.pk)
    proposal = four_eyes.seen_proposal(kind=PROPOSAL, target=held, seen=seen)
    if proposal.content["amendment"] != str(locked.pk):
        raise four_eyes.UnableToConfirm("no_proposal")
    own = proposal.proposed_by_id == actor.pk
    if confirm:
        four_eyes.confirm(proposal, actor=actor, content=_content(locked, held), barred=interested_in([held.pk]), reason=reason.strip())
        state = State.CONFIRMED
    else:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        state = State.TAKEN_BACK if own else State.REFUSED
    locked.state, locked.decided_by, locked.decided_at = state, actor, timezone.now()
    locked.decided_date, locked.answer = business_date, reason.strip()[:400]
    locked.save(update_fields=["state", "decided_by", "decided_at", "decided_date", "answer"])
    if state == State.CONFIRMED:
        _carry_out(locked, held, files, actor, business_date)
    return locked


def _files_with_money(borrower_id: UUID) -> list[Application]:
    """What was handed in with this customer among its parties and money may still leave under, held until the transaction ends."""
    files = Application.objects.filter(pk__in=ApplicationParty.objects.filter(borrower=borrower_id).values("application"))
    open_files = with_money_to_leave(files.exclude(state=ApplicationState.DRAFT))
    return list(open_files.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _carry_out(amendment: CustomerAmendment, borrower: Borrower, files: Sequence[Application], actor: User, business_date: date) -> None:
    after = json.loads(amendment.after)
    if faults := _faults(borrower, after, business_date):
        raise UnableToAmend("invalid", faults=faults)
    for name, value in after.items():
        setattr(borrower, name, (date.fromisoformat(value) if value else None) if name == "birth_date" else value)
    borrower.save()
    # Who declared an interest stays barred under the old number too; only where they had none is the new one put beside it.
    for name in IDENTIFIERS:
        index = f"{name}_index"
        DeclaredInterest.objects.filter(**{"borrower": borrower, index: None}).update(**{index: getattr(borrower, index)})
    audit.record("borrower.amended", actor=actor, target=borrower, business_date=business_date, fields=list(after), amendment=amendment.pk)
    _screen(borrower, files, actor, business_date)
    # Rooms above hold at once what was decided on the record as it was.
    for application in files:
        measure_again(application, business_date=business_date)
    publish(CustomerAmended(borrower_id=str(borrower.pk), amendment_id=str(amendment.pk)))


def _screen(borrower: Borrower, files: Sequence[Application], actor: User, business_date: date) -> None:
    """Screen who they are now, in every open file they have a part in; the night screens the book anyway."""
    step: dict[str, Any] = {"actor": actor, "business_date": business_date, "purpose": "manual"}
    for application in files:
        screen_application(application=application, people=[borrower], **step)
    if not files:
        screen_subject(subject=next(screening_subjects([borrower])), **step)


def _may(actor: User, borrower: Borrower, roles: tuple[Role, ...]) -> bool:
    return actor.is_active and actor.has_role(*roles) and (actor.is_bank_wide or borrower.branch_id in actor.branch_ids)


def _difference(borrower: Borrower, changes: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    recorded = recorded_values(borrower)
    given = {name: " ".join(str(changes[name]).split()) for name in RECORDED if name in changes}
    if "country" in given:
        given["country"] = given["country"].upper()
    if "industry" in given:
        given["industry"] = read_industry(given["industry"]) or given["industry"]
    after = {name: value for name, value in given.items() if value != recorded[name]}
    return {name: recorded[name] for name in after}, after


def _faults(borrower: Borrower, after: Mapping[str, str], on: date) -> list[Fault]:
    """What the record would say that it may not, and identifiers that are another customer's."""
    new = recorded_values(borrower) | dict(after)
    faults: list[Fault] = []
    born = None
    try:
        born = date.fromisoformat(new["birth_date"]) if new["birth_date"] else None
    except ValueError:
        faults.append(Fault("birth_date", "form", "Enter the date as YYYY-MM-DD, such as 1980-05-31."))
    person = borrower.kind == BorrowerKind.PERSON
    if not person and "birth_date" in after:
        faults.append(Fault("birth_date", "company", "A company has no date of birth."))
    known = PartyDraft(
        kind=borrower.kind,
        name=new["name"],
        birth_date=born,
        national_id=new["national_id"],
        registration_number=new["registration_number"],
        tax_id=new["tax_id"],
        phone=new["phone"],
        email=new["email"],
    )
    named = {fault.field for fault in faults}
    for fault in check_party(known, "", on):
        name = fault.field.lstrip(".")
        # What stood there before and is not touched is not asked for now.
        if name in after and name not in named:
            faults.append(Fault(name, fault.code, fault.detail))
    if "industry" in after:
        if not new["industry"] and not person:
            faults.append(Fault("industry", "required", "Choose the company's industry, by a code such as F43."))
        elif new["industry"] and read_industry(new["industry"]) is None:
            faults.append(Fault("industry", "not_listed", not_listed(new["industry"])))
    if "country" in after and not (len(new["country"]) == 2 and new["country"].isalpha()):
        faults.append(Fault("country", "form", "Use the two letters of the country, such as DE."))
    if any(part in after for part in PLACE if part != "country") and not new["address_line"]:
        faults.append(Fault("address_line", "required", "Enter street and number."))
    for name in IDENTIFIERS:
        if after.get(name):
            others = Borrower.objects.filter(branch=borrower.branch_id, kind=borrower.kind).exclude(pk=borrower.pk)
            other = others.filter(**{f"{name}_index": blind_index(after[name], kind=name)}).first()
            if other is not None:
                faults.append(
                    Fault(name, "taken", f"Customer {other.reference} has this number. Two records are never made one by an amendment.")
                )
    return faults


def _content(amendment: CustomerAmendment, borrower: Borrower) -> dict[str, Any]:
    """What the second person confirms, as fingerprints: nothing of a person stands in a proposal in clear. Another record voids it."""
    recorded = recorded_values(borrower)
    now = json.dumps({name: recorded[name] for name in amendment.fields})
    return {
        "amendment": str(amendment.pk),
        "fields": list(amendment.fields),
        "before": keyed_fingerprint(now, kind="amendment").hex(),
        "after": keyed_fingerprint(amendment.after, kind="amendment").hex(),
    }
