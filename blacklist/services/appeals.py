"""The subject's way back: an appeal with grounds and a deadline, decided by somebody who put none of it up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from django.db import IntegrityError, transaction

from blacklist.domain.states import EntryState
from blacklist.models import BlacklistEntry, EntryAppeal
from blacklist.selectors.proposals import LIFT_PROPOSAL
from blacklist.services.entry_rows import CONFIRMERS
from blacklist.services.lifting import lift
from blacklist.services.transitions import advance_entry
from core import audit, four_eyes
from core.errors import Conflict, DomainError, Fault
from core.models import User
from core.roles import Role

#: Calendar days in which an appeal is decided; the letter to the subject names the date.
DAYS_TO_DECIDE = 30
RECEIVERS = (Role.OFFICER, Role.COLLECTIONS, Role.RISK_MANAGER, Role.COMPLIANCE)


class UnableToAppeal(DomainError):
    """The appeal cannot be taken in."""

    title = "This appeal cannot be filed"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to take in an appeal.",
        "not_in_force": "Only an entry in force can be appealed: this one is {state}.",
        "already_open": "An appeal against this entry is already open.",
        "grounds_missing": "Say what the subject brings forward.",
    }


class UnableToDecideAppeal(DomainError):
    """The appeal cannot be decided by this person or now."""

    title = "This appeal cannot be decided"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to decide an appeal.",
        "no_appeal": "No appeal is open.",
        "own_work": "You proposed or confirmed the entry, or took the appeal in. Somebody else has to decide it.",
        "reason_missing": "Say why.",
    }


@transaction.atomic
def file_appeal(*, entry: BlacklistEntry, grounds: str, actor: User, business_date: date) -> EntryAppeal:
    """Take in an appeal; the entry stays in force while it is open.

    Raises UnableToAppeal: `not_entitled`, `not_in_force`, `already_open`, `grounds_missing`; Conflict.
    """
    if not actor.has_role(*RECEIVERS):
        raise UnableToAppeal("not_entitled")
    if not grounds.strip():
        raise UnableToAppeal(
            "grounds_missing",
            faults=[Fault("grounds", "required", "Say what the subject brings forward.")],
        )
    if entry.state == EntryState.APPEALED:
        raise UnableToAppeal("already_open")
    if entry.state != EntryState.ACTIVE:
        raise UnableToAppeal("not_in_force", state=entry.get_state_display().lower())
    try:
        with transaction.atomic():
            appeal = EntryAppeal.objects.create(
                entry=entry,
                grounds=grounds.strip(),
                filed_by=actor,
                filed_date=business_date,
                decide_by_date=business_date + timedelta(days=DAYS_TO_DECIDE),
            )
    except IntegrityError as error:
        raise UnableToAppeal("already_open") from error
    four_eyes.void(kind=LIFT_PROPOSAL, target=entry, reason="An appeal was filed.")
    advance_entry(
        entry,
        EntryState.APPEALED,
        actor=actor,
        business_date=business_date,
        reason="Appeal filed",
    )
    audit.record(
        "blacklist_appeal.filed",
        actor=actor,
        target=entry,
        decide_by=appeal.decide_by_date,
    )
    return appeal


@transaction.atomic
def decide_appeal(
    *,
    entry: BlacklistEntry,
    granted: bool,
    reason: str,
    actor: User,
    business_date: date,
) -> EntryAppeal:
    """Grant the appeal (the entry is lifted) or dismiss it (the entry stays).

    Raises UnableToDecideAppeal: `not_entitled`, `no_appeal`, `own_work`, `reason_missing`; Conflict.
    """
    if not actor.has_role(*CONFIRMERS):
        raise UnableToDecideAppeal("not_entitled")
    if not reason.strip():
        raise UnableToDecideAppeal("reason_missing", faults=[Fault("reason", "required", "Say why.")])
    appeal = EntryAppeal.objects.select_for_update(of=("self",)).filter(entry=entry, outcome=EntryAppeal.Outcome.OPEN).first()
    if appeal is None:
        raise UnableToDecideAppeal("no_appeal")
    if actor.pk in {appeal.filed_by_id, entry.proposed_by_id, entry.confirmed_by_id}:
        raise UnableToDecideAppeal("own_work")
    outcome = EntryAppeal.Outcome.GRANTED if granted else EntryAppeal.Outcome.DISMISSED
    moved = EntryAppeal.objects.filter(pk=appeal.pk, outcome=EntryAppeal.Outcome.OPEN).update(
        outcome=outcome,
        decided_by=actor,
        decided_date=business_date,
        reason=reason.strip(),
    )
    if moved != 1:
        raise Conflict("changed_meanwhile")
    appeal.outcome, appeal.decided_by, appeal.decided_date, appeal.reason = (
        outcome,
        actor,
        business_date,
        reason.strip(),
    )
    audit.record(
        f"blacklist_appeal.{outcome.value.lower()}",
        actor=actor,
        target=entry,
        reason=reason.strip(),
    )
    if granted:
        lift(
            entry,
            actor=actor,
            business_date=business_date,
            reason=f"Appeal granted: {reason.strip()}",
        )
    else:
        advance_entry(
            entry,
            EntryState.ACTIVE,
            actor=actor,
            business_date=business_date,
            reason=f"Appeal dismissed: {reason.strip()}",
        )
    return appeal
