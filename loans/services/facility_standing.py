"""Whether money may leave under a facility, revolving or paid out in stages: suspended by one person at once, opened again or cancelled by
two.

Suspending protects the bank's money, so one person does it; what is signed but not paid out waits as well. Whatever is drawn stays owed on
its own dates. A cancelled facility is the end: nothing is drawn under it again; only a revolving one is cancelled.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from core import access, audit, four_eyes
from core.errors import DomainError
from core.models import Proposal, User
from loans.domain.states import FacilityState
from loans.models import Facility
from loans.selectors.loans import DRAWABLE
from loans.services import locks
from loans.services.changes import CONFIRMERS, PROPOSERS, people_of_application
from loans.services.states import advance

STANDING = "facility_standing"
SUSPENDABLE = (FacilityState.COMMITTED, FacilityState.AVAILABLE)
CANCELLABLE = (*SUSPENDABLE, FacilityState.SUSPENDED)
SUSPENDERS = tuple(dict.fromkeys((*PROPOSERS, *CONFIRMERS)))
TITLES = {"resume": "Opening of the suspended limit of {loan}", "cancel": "Cancellation of the limit of {loan}"}


class UnableToChangeStanding(DomainError):
    """The facility stays as it is."""

    title = "The facility was not changed"
    messages = {
        "not_entitled": "Loan officers, collections officers, approvers and risk managers suspend a limit; an approver does not propose.",
        "not_revolving": "This is no revolving facility.",
        "paid_out": "This is no revolving facility, and all that was granted is paid out.",
        "reason_missing": "Write down why.",
        "unknown_kind": "There is no such change.",
        "not_open": "Only a limit that may be drawn is suspended; this one is {state}.",
        "not_suspended": "Only a suspended limit is opened again; this one is {state}.",
        "ended": "This limit has ended already; it is {state}.",
        "expired": "This facility ended on {end}; nothing more is drawn under it.",
    }


@transaction.atomic
def suspend_facility(*, facility: Facility, reason: str, actor: User, business_date: date) -> Facility:
    """Let nothing more be drawn or paid out under a facility until two people open it again. Raises UnableToChangeStanding."""
    if not actor.has_role(*SUSPENDERS):
        raise UnableToChangeStanding("not_entitled")
    held = _held(facility, reason)
    if held.state not in SUSPENDABLE:
        raise UnableToChangeStanding("not_open", state=held.get_state_display().lower())
    return _turn(held, FacilityState.SUSPENDED, "facility.suspended", actor, business_date, reason.strip())


@transaction.atomic
def propose_standing(*, facility: Facility, kind: str, reason: str, actor: User, business_date: date) -> Proposal:
    """Ask that a suspended facility is opened again (`resume`) or that one is ended for good (`cancel`).

    Raises UnableToChangeStanding, UnableToPropose `already_open`.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToChangeStanding("not_entitled")
    if kind not in TITLES:
        raise UnableToChangeStanding("unknown_kind")
    held = _held(facility, reason)
    if kind == "cancel" and not held.revolving:
        raise UnableToChangeStanding("not_revolving")
    _check(held, kind, business_date)
    return four_eyes.propose(
        kind=STANDING,
        target=held,
        title=TITLES[kind].format(loan=held.application.reference),
        roles=CONFIRMERS,
        actor=actor,
        content=_content(held, kind, reason.strip()),
        path=f"/facilities/{held.pk}/standing/",
        branch_id=held.branch_id,
    )


@transaction.atomic
def decide_standing(
    *, facility: Facility, confirm: bool, reason: str = "", actor: User, business_date: date, seen: UUID | None = None
) -> Facility:
    """Confirm what is proposed and do it, or refuse it with a reason; who proposed it takes it back the same way.

    `seen` is the proposal that was looked at; no other is decided. Raises UnableToConfirm, UnableToChangeStanding.
    """
    held = locks.lock_facility(facility.pk)
    proposal = four_eyes.seen_proposal(kind=STANDING, target=held, seen=seen)
    if not confirm:
        four_eyes.reject(proposal, actor=actor, reason=reason)
        return held
    kind, why = proposal.content["kind"], proposal.content["reason"]
    four_eyes.confirm(proposal, actor=actor, content=_content(held, kind, why), barred=people_of_application(held.application))
    _check(held, kind, business_date)
    if kind == "cancel":
        return _turn(held, FacilityState.CANCELLED, "facility.cancelled", actor, business_date, why)
    again = FacilityState.AVAILABLE if held.loans.filter(disbursed_date__isnull=False).exists() else FacilityState.COMMITTED
    return _turn(held, again, "facility.resumed", actor, business_date, why)


def access_standing_proposal(proposal_id: UUID) -> Proposal:
    """A proposed change by its key, or NotFound. The caller reads the facility for its user."""
    return access.one(Proposal.objects.filter(kind=STANDING, target_type=Facility._meta.label_lower), pk=proposal_id)


def _held(facility: Facility, reason: str) -> Facility:
    if not reason.strip():
        raise UnableToChangeStanding("reason_missing")
    held = locks.lock_facility(facility.pk)
    if not held.revolving and not has_money_to_leave(held):
        raise UnableToChangeStanding("paid_out")
    return held


def has_money_to_leave(facility: Facility) -> bool:
    """Whether something of what was granted was not paid out yet, under a contract that runs."""
    return facility.loans.filter(undrawn__gt=0, state__in=DRAWABLE).exists()


def _check(facility: Facility, kind: str, business_date: date) -> None:
    words = facility.get_state_display().lower()
    if kind == "cancel":
        if facility.state not in CANCELLABLE:
            raise UnableToChangeStanding("ended", state=words)
        return
    if facility.state != FacilityState.SUSPENDED:
        raise UnableToChangeStanding("not_suspended", state=words)
    if facility.end_date is not None and facility.end_date <= business_date:
        raise UnableToChangeStanding("expired", end=facility.end_date)


def _turn(facility: Facility, state: FacilityState, action: str, actor: User, business_date: date, reason: str) -> Facility:
    before = facility.state
    advance(facility, state, actor=actor, business_date=business_date, reason=reason)
    audit.record(
        action,
        actor=actor,
        target=facility,
        label=facility.application.reference,
        branch=facility.branch_id,
        business_date=business_date,
        before=before,
        after=state.value,
        reason=reason,
    )
    return facility


def _content(facility: Facility, kind: str, reason: str) -> dict[str, Any]:
    """What the second person confirms, with the state it was proposed in."""
    return {"kind": kind, "before": facility.state, "reason": reason}
