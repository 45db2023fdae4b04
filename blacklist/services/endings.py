"""When an entry ends, what hung on it ends too: open hits, an open appeal, an open proposal to lift."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from blacklist.domain.states import UNDECIDED, HitState
from blacklist.events import HitDecided
from blacklist.models import BlacklistEntry, EntryAppeal, ScreeningHit
from blacklist.selectors.proposals import LIFT_PROPOSAL
from core import four_eyes
from core.events import publish_all


def end_open_work(entry: BlacklistEntry, *, business_date: date, reason: str) -> None:
    """Close open hits of `entry` as ENDED (with an event each), an open appeal as moot, and an open lift proposal."""
    hits = ScreeningHit.objects.filter(entry=entry, state__in=[state.value for state in UNDECIDED])
    ended = list(hits.values_list("pk", "subject_key"))
    hits.update(state=HitState.ENDED.value, decided_at=timezone.now(), reason=reason)
    publish_all([HitDecided(hit_id=str(pk), subject_key=key, outcome=HitState.ENDED.value) for pk, key in ended])
    EntryAppeal.objects.filter(entry=entry, outcome=EntryAppeal.Outcome.OPEN).update(
        outcome=EntryAppeal.Outcome.MOOT, decided_date=business_date, reason=reason
    )
    four_eyes.void(kind=LIFT_PROPOSAL, target=entry, reason=reason)
