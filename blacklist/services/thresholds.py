"""Changing the scores from which a grade begins: tried on a labelled sample, proposed by one person, put into force by another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from blacklist.domain.name_index import NAME_FLOOR
from blacklist.models import ThresholdSet
from blacklist.services.transitions import new_list_version
from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role

KIND = "blacklist.thresholds"
DECIDERS = (Role.RISK_MANAGER, Role.COMPLIANCE)


class UnableToChangeThresholds(DomainError):
    """The thresholds stay as they are."""

    title = "The thresholds cannot be changed so"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to change thresholds.",
        "invalid": "Some of what was given cannot be used.",
        "already_open": "A change of the thresholds is already proposed and waits for a second person.",
        "no_proposal": "No change of the thresholds is proposed.",
    }


@transaction.atomic
def propose_thresholds(*, low: Decimal, medium: Decimal, high: Decimal, reason: str, actor: User) -> ThresholdSet:
    """Ask for other thresholds. Raises UnableToChangeThresholds: `not_entitled`, `invalid` (faults by field), `already_open`."""
    if not actor.has_role(*DECIDERS):
        raise UnableToChangeThresholds("not_entitled")
    faults = []
    if low < Decimal(str(NAME_FLOOR)):
        faults.append(Fault("low", "too_low", f"The index does not look below {NAME_FLOOR}."))
    if not low < medium < high < 1:
        faults.append(Fault("medium", "order", "Low, medium and high have to rise, and stay below 1."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say why."))
    if faults:
        raise UnableToChangeThresholds("invalid", faults=faults)
    try:
        with transaction.atomic():
            proposed = ThresholdSet.objects.create(low=low, medium=medium, high=high, reason=reason.strip(), proposed_by=actor)
    except IntegrityError as error:
        raise UnableToChangeThresholds("already_open") from error
    four_eyes.propose(
        kind=KIND,
        target=proposed,
        title=f"Screening thresholds {proposed}",
        roles=DECIDERS,
        actor=actor,
        content=_content(proposed),
        path="/screening/thresholds/",
    )
    return proposed


@transaction.atomic
def decide_thresholds(*, proposed: ThresholdSet, confirm: bool, reason: str, actor: User) -> ThresholdSet:
    """Put the proposed thresholds into force or refuse them; every process uses them from its next question on.

    Raises UnableToChangeThresholds `no_proposal`; core's UnableToConfirm.
    """
    proposal = four_eyes.open_proposal(kind=KIND, target=proposed)
    if proposal is None:
        raise UnableToChangeThresholds("no_proposal")
    if not confirm:
        four_eyes.reject(proposal, actor=actor, reason=reason.strip())
        proposed.state = ThresholdSet.State.REJECTED
        proposed.save(update_fields=["state"])
        return proposed
    four_eyes.confirm(proposal, actor=actor, content=_content(proposed), reason=reason.strip())
    new_list_version()
    ThresholdSet.objects.filter(state=ThresholdSet.State.ACTIVE).update(state=ThresholdSet.State.RETIRED)
    proposed.state, proposed.confirmed_by, proposed.confirmed_at = ThresholdSet.State.ACTIVE, actor, timezone.now()
    proposed.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    audit.record("screening_thresholds.activated", actor=actor, target=proposed, **_content(proposed))
    return proposed


def _content(proposed: ThresholdSet) -> dict[str, Any]:
    return {"low": proposed.low, "medium": proposed.medium, "high": proposed.high, "reason": proposed.reason}
