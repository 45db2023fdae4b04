"""Taking an entry out of force: proposed by one person, confirmed by another."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import transaction

from blacklist.domain.states import EntryState
from blacklist.events import EntryLifted
from blacklist.models import BlacklistEntry
from blacklist.selectors.proposals import LIFT_PROPOSAL, latest_proposal
from blacklist.services.endings import end_open_work
from blacklist.services.entries import PROPOSERS
from blacklist.services.entry_rows import CONFIRMERS
from blacklist.services.transitions import advance_entry
from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.events import publish
from core.models import Proposal, User


class UnableToLiftEntry(DomainError):
    """The entry cannot be lifted now."""

    title = "This entry cannot be lifted"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to ask for this.",
        "not_in_force": "This entry is not in force: it is {state}.",
        "appeal_open": "An appeal is open. Decide the appeal: granting it lifts the entry.",
        "no_proposal": "Nobody has proposed to lift this entry.",
        "reason_missing": "Say why.",
    }


@transaction.atomic
def propose_lift(*, entry: BlacklistEntry, actor: User, reason: str) -> Proposal:
    """Ask to lift an entry. Raises UnableToLiftEntry (`not_entitled`, `not_in_force`, `appeal_open`, `reason_missing`), UnableToPropose."""
    if not actor.has_role(*PROPOSERS):
        raise UnableToLiftEntry("not_entitled")
    if not reason.strip():
        raise UnableToLiftEntry(
            "reason_missing",
            faults=[Fault("reason", "required", "Say why the entry is lifted.")],
        )
    _check_state(entry)
    return four_eyes.propose(
        kind=LIFT_PROPOSAL,
        target=entry,
        title=f"Lift blacklist entry {entry.reference}",
        roles=CONFIRMERS,
        actor=actor,
        content={"entry": entry.reference, "reason": reason.strip()},
        path=f"/blacklist/{entry.pk}/",
    )


@transaction.atomic
def confirm_lift(*, entry: BlacklistEntry, actor: User, business_date: date) -> BlacklistEntry:
    """Lift the entry; open hits on it end. Raises UnableToLiftEntry (`no_proposal`, `appeal_open`, …), core's UnableToConfirm, Conflict."""
    _check_state(entry)
    proposal = latest_proposal(kind=LIFT_PROPOSAL, target=entry)
    if proposal is None:
        raise UnableToLiftEntry("no_proposal")
    reason = str(proposal.content.get("reason", ""))
    four_eyes.confirm(proposal, actor=actor)
    lift(entry, actor=actor, business_date=business_date, reason=reason)
    return entry


@transaction.atomic
def refuse_lift(*, entry: BlacklistEntry, actor: User, reason: str) -> BlacklistEntry:
    """Leave the entry in force. Raises UnableToLiftEntry (`no_proposal`, `reason_missing`), core's UnableToConfirm."""
    if not reason.strip():
        raise UnableToLiftEntry(
            "reason_missing",
            faults=[Fault("reason", "required", "Say why the entry stays.")],
        )
    proposal = latest_proposal(kind=LIFT_PROPOSAL, target=entry)
    if proposal is None:
        raise UnableToLiftEntry("no_proposal")
    four_eyes.reject(proposal, actor=actor, reason=reason.strip())
    return entry


def lift(entry: BlacklistEntry, *, actor: User, business_date: date, reason: str) -> None:
    """The effect itself, shared with a granted appeal; call it inside a transaction after the second person agreed."""
    advance_entry(
        entry,
        EntryState.LIFTED,
        actor=actor,
        business_date=business_date,
        reason=reason,
    )
    end_open_work(entry, business_date=business_date, reason="The entry was lifted.")
    audit.record("blacklist_entry.lifted", actor=actor, target=entry, reason=reason)
    publish(EntryLifted(entry_id=str(entry.pk), subject_key=entry.subject_key))


def _check_state(entry: BlacklistEntry) -> None:
    if entry.state == EntryState.APPEALED:
        raise UnableToLiftEntry("appeal_open")
    if not entry.is_in_force:
        raise UnableToLiftEntry("not_in_force", state=entry.get_state_display().lower())
