"""Deciding a hit: is the subject the one on the list?"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import transaction
from django.utils import timezone

from blacklist.domain.states import UNDECIDED, Grade, HitState
from blacklist.events import HitDecided
from blacklist.models import ScreeningHit
from blacklist.selectors.hits import DECIDERS
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.events import publish
from core.models import User

#: "Needs more" leaves the hit open and says what is missing.
NEEDS_MORE = "NEEDS_MORE"
OUTCOMES = (HitState.TRUE_MATCH.value, HitState.FALSE_POSITIVE.value, NEEDS_MORE)
#: From this grade on a false positive takes two people.
SECOND_PERSON_FROM = Grade.HIGH


class UnableToDecideHit(DomainError):
    """The hit cannot be decided so."""

    title = "This hit cannot be decided"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to decide a hit.",
        "invalid": "Some of what was given cannot be used.",
        "own_entry": "You proposed this entry. Somebody else has to say whom it meets.",
        "own_decision": "You called this a false positive. A hit of this grade takes a second person.",
        "already_decided": "{name} was first: {state} at {at}.",
    }


@transaction.atomic
def decide_hit(*, hit: ScreeningHit, outcome: str, reason: str, actor: User, business_date: date) -> ScreeningHit:
    """Say whether the subject is the one on the list. A false positive is remembered until either side changes.

    A false positive of the grade HIGH waits (PROPOSED_FALSE, still holding) until a second person says the same; whoever comes
    second may also call it a true match or ask for more. Raises UnableToDecideHit: `not_entitled`, `invalid` (faults by field),
    `own_entry`, `own_decision`, `already_decided`.
    """
    if not actor.has_role(*DECIDERS):
        raise UnableToDecideHit("not_entitled")
    faults = []
    if outcome not in OUTCOMES:
        faults.append(Fault("outcome", "required", "Choose true match, false positive or needs more."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say what decided it."))
    if faults:
        raise UnableToDecideHit("invalid", faults=faults)
    if hit.entry is not None and hit.entry.proposed_by_id == actor.pk and outcome == HitState.FALSE_POSITIVE:
        raise UnableToDecideHit("own_entry")
    second = hit.state == HitState.PROPOSED_FALSE
    if second and hit.decided_by_id == actor.pk:
        raise UnableToDecideHit("own_decision")
    changes = _changes(hit, outcome, reason.strip(), actor)
    undecided = hit.state if hit.state in UNDECIDED else HitState.OPEN.value
    moved = ScreeningHit.objects.filter(pk=hit.pk, state=undecided).update(**changes)
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
        entry=hit.entry_id or hit.record_id,
        reason=reason.strip(),
        second_person=second,
    )
    if hit.state not in UNDECIDED:
        publish(HitDecided(hit_id=str(hit.pk), subject_key=hit.subject_key, outcome=hit.state))
    return hit


def _changes(hit: ScreeningHit, outcome: str, reason: str, actor: User) -> dict[str, Any]:
    """The fields that this decision writes."""
    if outcome == NEEDS_MORE:
        return {"state": HitState.OPEN.value, "needs": reason, "decided_by": None, "decided_at": None, "reason": ""}
    if outcome == HitState.FALSE_POSITIVE and hit.state == HitState.PROPOSED_FALSE:
        return {"state": outcome, "confirmed_by": actor, "needs": ""}
    alone = outcome != HitState.FALSE_POSITIVE or hit.grade != SECOND_PERSON_FROM
    state = outcome if alone else HitState.PROPOSED_FALSE.value
    return {"state": state, "decided_by": actor, "decided_at": timezone.now(), "reason": reason, "needs": ""}


def _already_decided(hit: ScreeningHit) -> DomainError:
    if hit.decided_at is None:
        return Conflict("changed_meanwhile")
    return UnableToDecideHit(
        "already_decided",
        name=hit.decided_by.full_name if hit.decided_by else "The system",
        state=hit.get_state_display().lower(),
        at=hit.decided_at.strftime("%d %b %Y, %H:%M UTC"),
    )
