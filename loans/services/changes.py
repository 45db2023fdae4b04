"""Changes of a running contract under four eyes: waiver, write-off, moratorium, change of rate, rescheduling, restructuring.

One person proposes with a reason; another, who neither originated nor approved the loan, confirms, and then it is done. What is
confirmed is what was proposed: when the loan's figures moved meanwhile, it has to be proposed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from core import audit, four_eyes
from core.errors import DomainError
from core.models import Proposal, User
from core.roles import Role
from loans.domain.states import LoanState
from loans.models import Application, Loan
from loans.selectors.intake_hands import takers_of
from loans.selectors.interests import interests_in
from loans.services import locks
from loans.services.change_checks import UnableToChangeLoan, check, loan_of_set_off
from loans.services.contract_changes import EFFECTS
from loans.services.states import words

PROPOSERS = (Role.OFFICER, Role.COLLECTIONS, Role.RISK_MANAGER)
CONFIRMERS = (Role.APPROVER, Role.RISK_MANAGER)
CHANGEABLE = (LoanState.ACTIVE, LoanState.MATURED_UNPAID, LoanState.CALLED, LoanState.ENFORCEMENT)
# The page of each change below the loan's own.
PAGES = {
    "waiver": "waiver",
    "write_off": "write-off",
    "partial_write_off": "partial-write-off",
    "set_off": "set-off",
    "moratorium": "moratorium",
    "rate_change": "rate",
    "rescheduling": "rescheduling",
    "restructuring": "restructuring",
}
TITLES = {
    "waiver": "Waiver on {loan}",
    "write_off": "Write-off of {loan}",
    "partial_write_off": "Partial write-off of {loan}",
    "set_off": "Set-off against {loan}",
    "moratorium": "Moratorium for {loan}",
    "rate_change": "Change of rate of {loan}",
    "rescheduling": "Rescheduling of {loan}",
    "restructuring": "Restructuring of {loan}",
}


class UnableToProposeChange(DomainError):
    """The change cannot be proposed."""

    title = "The change was not proposed"
    messages = {
        "not_entitled": "Only loan officers, collections officers and risk managers propose this.",
        "unknown_kind": "There is no such change.",
        "reason_missing": "Write down why.",
        "not_active": "Nothing is changed on this loan any more; it is {state}.",
    }


@transaction.atomic
def propose_change(*, loan: Loan, kind: str, values: dict[str, Any], reason: str, actor: User, business_date: date) -> Proposal:
    """Ask for a change of a running contract. `values` are those of the effect (see `contract_changes`).

    Raises UnableToProposeChange, UnableToChangeLoan (what is asked for cannot be done), UnableToPropose `already_open`.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToProposeChange("not_entitled")
    if kind not in EFFECTS:
        raise UnableToProposeChange("unknown_kind")
    if not reason.strip():
        raise UnableToProposeChange("reason_missing")
    held = locks.lock_loan(loan.pk)
    check_changeable(held)
    check(kind, held, values, business_date)
    return four_eyes.propose(
        kind=f"loan_{kind}",
        target=held,
        title=TITLES[kind].format(loan=held.reference),
        roles=CONFIRMERS,
        actor=actor,
        content=_content(held, values, reason),
        path=f"/loans/{held.public_id}/{PAGES[kind]}/",
        branch_id=held.branch_id,
    )


@transaction.atomic
def confirm_change(*, loan: Loan, kind: str, actor: User, business_date: date, seen: UUID | None = None) -> Loan:
    """Be the second pair of eyes, and do what was proposed. `seen` is the key of the proposal that was looked at; no other is confirmed.

    Raises UnableToConfirm: `no_proposal`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `changed`, `already_decided`;
    UnableToProposeChange `not_active`; UnableToChangeLoan.
    """
    held = hold(loan, four_eyes.seen_proposal(kind=f"loan_{kind}", target=loan, seen=seen).content["values"])
    proposal = four_eyes.seen_proposal(kind=f"loan_{kind}", target=held, seen=seen)
    check_changeable(held)
    values, reason = proposal.content["values"], proposal.content["reason"]
    four_eyes.confirm(proposal, actor=actor, content=_content(held, values, reason), barred=people_of(held))
    EFFECTS[kind](held, values, reason=reason, proposed_by=proposal.proposed_by, confirmed_by=actor, business_date=business_date)
    held.refresh_from_db()
    return held


@transaction.atomic
def reject_change(*, loan: Loan, kind: str, reason: str, actor: User, seen: UUID | None = None) -> Proposal:
    """Refuse a proposed change; who proposed it takes it back the same way. Raises UnableToConfirm."""
    return four_eyes.reject(four_eyes.seen_proposal(kind=f"loan_{kind}", target=loan, seen=seen), actor=actor, reason=reason)


def hold(loan: Loan, values: dict[str, Any]) -> Loan:
    """The loan, locked, and with it the one that a set-off takes from: both in the order of ids."""
    other = loan_of_set_off(loan, values) if "from_loan" in values else None
    if other is not None:
        locks.lock_in_order(loan.pk, other.pk)
    return locks.lock_loan(loan.pk)


def check_changeable(loan: Loan) -> None:
    """Whether anything is changed on this contract. Raises UnableToProposeChange `not_active`."""
    if loan.state not in CHANGEABLE or loan.disbursed_date is None or loan.written_off_date is not None:
        raise UnableToProposeChange("not_active", state="written off" if loan.written_off_date else words(loan.state))


def people_of(loan: Loan) -> frozenset[int]:
    """Who originated or approved the loan: they never decide its restructuring, waiver or write-off."""
    return people_of_application(loan.application)


def people_of_all(loans: Iterable[Loan]) -> frozenset[int]:
    """The same of several loans that one act is about."""
    return frozenset[int]().union(*(people_of(loan) for loan in loans))


def people_of_application(application: Application) -> frozenset[int]:
    """Who took the file in, put up, confirmed or voted on a decision about it, or declared an interest in a party of it."""
    interested = interests_in(application.pk).values_list("staff_id", flat=True)
    answered = frozenset().union(*(outcome.deciders for outcome in application.outcomes.all()))
    return takers_of(application) | answered | frozenset(interested)


def _content(loan: Loan, values: dict[str, Any], reason: str) -> dict[str, Any]:
    """What the second person confirms, with the figures it was proposed on."""
    figures = {"outstanding": f"{Decimal(loan.outstanding_principal):.4f}", "rate": f"{loan.annual_rate:.8f}"}
    return {"values": audit.plain(values), "reason": reason, "loan": loan.reference, "figures": figures}


__all__ = [
    "UnableToChangeLoan",
    "UnableToProposeChange",
    "check_changeable",
    "confirm_change",
    "people_of",
    "people_of_all",
    "people_of_application",
    "propose_change",
    "reject_change",
]
