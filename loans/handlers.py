"""How loans reacts to the rooms below: the blacklist's entries and hits hold and release applications."""

from __future__ import annotations

from uuid import UUID

from blacklist.events import EntryActivated, EntryExpired, EntryLifted, HitDecided
from blacklist.selectors.blocking import has_blocking
from blacklist.services.sweep import rescreen_against
from core.business_date import get_business_date
from core.events import subscribe
from loans.domain.states import OPEN_STATES
from loans.models import ApplicationHold, ApplicationParty, Borrower
from loans.services.borrowers import screening_subject
from loans.services.holds import hold_application, release_holds


def hold_open_applications(event: EntryActivated) -> None:
    """An entry came into force: hold every open application of whoever it matches."""
    today = get_business_date()
    parties = ApplicationParty.objects.filter(application__state__in=[s.value for s in OPEN_STATES]).exclude(application__state="DRAFT")
    borrowers = Borrower.objects.filter(pk__in=parties.values("borrower")).iterator(chunk_size=500)
    keys = rescreen_against(entry_ids=[event.entry_id], subjects=(screening_subject(b) for b in borrowers), business_date=today)
    ids = [UUID(key.removeprefix("borrower:")) for key in keys if key.startswith("borrower:")]
    for party in parties.filter(borrower__in=ids).select_related("application", "borrower"):
        hold_application(
            application=party.application,
            reason=ApplicationHold.Reason.BLACKLIST,
            source=party.borrower.subject_key,
            actor=None,
            business_date=today,
        )


def release_when_clear(event: EntryLifted | EntryExpired | HitDecided) -> None:
    """Something that held a subject ended: release what nothing holds any more."""
    for key in _keys_in_question(event.subject_key):
        if not has_blocking(key):
            release_holds(source=key, actor=None, business_date=get_business_date())


def _keys_in_question(key: str) -> list[str]:
    """The subject of the event, and every subject on hold: an entry may have matched others than its own subject."""
    held = ApplicationHold.objects.filter(released_at=None, source__startswith="borrower:").values_list("source", flat=True).distinct()
    return sorted({*held, *([key] if key else [])})


def register() -> None:
    """Subscribe to what happens below."""
    subscribe(EntryActivated, hold_open_applications)
    subscribe(EntryLifted, release_when_clear)
    subscribe(EntryExpired, release_when_clear)
    subscribe(HitDecided, release_when_clear)
