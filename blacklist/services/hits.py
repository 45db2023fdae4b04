"""Deciding a hit: is the subject the one on the list?"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import transaction
from django.utils import timezone

from blacklist.domain.states import HitState
from blacklist.events import HitDecided
from blacklist.models import ScreeningHit
from blacklist.selectors.hits import DECIDERS
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.events import publish
from core.models import User

OUTCOMES = (HitState.TRUE_MATCH, HitState.FALSE_POSITIVE)


class UnableToDecideHit(DomainError):
    """The hit cannot be decided so."""

    title = "This hit cannot be decided"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to decide a hit.",
        "invalid": "Some of what was given cannot be used.",
        "own_entry": "You proposed this entry. Somebody else has to say whom it meets.",
        "already_decided": "{name} was first: {state} at {at}.",
    }


@transaction.atomic
def decide_hit(*, hit: ScreeningHit, outcome: str, reason: str, actor: User, business_date: date) -> ScreeningHit:
    """Say whether the subject is the one on the list. A false positive is remembered until either side changes.

    Raises UnableToDecideHit: `not_entitled`, `invalid` (faults by field), `own_entry`, `already_decided`.
    """
    if not actor.has_role(*DECIDERS):
        raise UnableToDecideHit("not_entitled")
    faults = []
    if outcome not in OUTCOMES:
        faults.append(Fault("outcome", "required", "Choose true match or false positive."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say what decided it."))
    if faults:
        raise UnableToDecideHit("invalid", faults=faults)
    if hit.entry.proposed_by_id == actor.pk and outcome == HitState.FALSE_POSITIVE:
        raise UnableToDecideHit("own_entry")
    moved = ScreeningHit.objects.filter(pk=hit.pk, state=HitState.OPEN.value).update(
        state=outcome,
        decided_by=actor,
        decided_at=timezone.now(),
        reason=reason.strip(),
    )
    hit.refresh_from_db()
    if moved != 1:
        raise _already_decided(hit)
    audit.record(
        "screening_hit.decided",
        actor=actor,
        target=hit,
        label=hit.subject_key,
        business_date=business_date,
        outcome=outcome,
        grade=hit.grade,
        entry=hit.entry_id,
        reason=reason.strip(),
    )
    publish(HitDecided(hit_id=str(hit.pk), subject_key=hit.subject_key, outcome=outcome))
    return hit


def _already_decided(hit: ScreeningHit) -> DomainError:
    if hit.decided_at is None:
        return Conflict("changed_meanwhile")
    return UnableToDecideHit(
        "already_decided",
        name=hit.decided_by.full_name if hit.decided_by else "The system",
        state=hit.get_state_display().lower(),
        at=hit.decided_at.strftime("%d %b %Y, %H:%M UTC"),
    )
