"""How loans reacts to the rooms below: the blacklist's entries and hits hold and release applications."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from blacklist.events import BookScreeningRequested, EntryActivated, EntryExpired, EntryLifted, HitDecided, HitOpened, WatchListChanged
from blacklist.selectors.blocking import has_blocking
from blacklist.services.screening import ScreeningSubject
from blacklist.services.sweep import rescreen_against, rescreen_against_list
from core.business_date import get_business_date
from core.events import subscribe, subscribe_many
from loans.domain.states import OPEN_STATES, ApplicationState
from loans.events import (
    ApplicationDecided,
    ApplicationStatusChanged,
    ContractLapsed,
    LoanClosed,
    LoanDisbursed,
    LoanPassedMilestone,
    OfferLapsed,
)
from loans.models import ApplicationHold, ApplicationParty, Borrower
from loans.selectors.missing import awaited, open_requests
from loans.services.book_screening import send_screening
from loans.services.borrowers import screening_subjects
from loans.services.holds import hold_application, release_holds
from loans.services.lapse_letters import write_contract_letters, write_offer_letters
from loans.services.webhooks import tell_of_application, tell_of_loan, tell_of_loans


def hold_open_applications(event: EntryActivated) -> None:
    """An entry came into force: hold every open application of whoever it matches."""
    today = get_business_date()
    keys = rescreen_against(entry_ids=[event.entry_id], subjects=_open_subjects(), business_date=today)
    _hold(keys, reason=ApplicationHold.Reason.BLACKLIST, business_date=today)


def hold_for_watch_list(event: WatchListChanged) -> None:
    """A watch list changed: hold every open application of whoever the delta matches."""
    today = get_business_date()
    keys = rescreen_against_list(version_id=event.version_id, subjects=_open_subjects(), business_date=today)
    _hold(keys, reason=ApplicationHold.Reason.SCREENING, business_date=today)


def hold_for_hit(event: HitOpened) -> None:
    """Somebody resembles an entry or a record: their open applications wait, wherever the hit came from."""
    _hold({event.subject_key}, reason=ApplicationHold.Reason.SCREENING, business_date=get_business_date())


def rescreen_book(event: BookScreeningRequested) -> None:
    """Hand the book over for a rescreening, in pieces, outside this delivery."""
    transaction.on_commit(partial(send_screening, event.run_id), robust=True)


def _open_parties() -> QuerySet[ApplicationParty]:
    states = [state.value for state in OPEN_STATES if state.value != "DRAFT"]
    return ApplicationParty.objects.filter(application__state__in=states)


def _open_subjects() -> Iterator[ScreeningSubject]:
    borrowers = Borrower.objects.filter(pk__in=_open_parties().values("borrower")).iterator(chunk_size=500)
    return screening_subjects(borrowers)


def _hold(keys: set[str], *, reason: str, business_date: date) -> None:
    ids = [UUID(key.removeprefix("borrower:")) for key in keys if key.startswith("borrower:")]
    for party in _open_parties().filter(borrower__in=ids).select_related("application", "borrower"):
        hold_application(
            application=party.application, reason=reason, source=party.borrower.subject_key, actor=None, business_date=business_date
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


def tell_partner_of_decision(event: ApplicationDecided) -> None:
    """Webhook `application.decided`."""
    tell_of_application("application.decided", event.application_id, outcome=event.outcome)


def tell_partner_of_status(event: ApplicationStatusChanged) -> None:
    """Webhook `application.status_changed`; of one that waits for the applicant with what is missing, and until when."""
    more: dict[str, Any] = {"old_status": event.old_state, "status": event.new_state}
    if event.new_state == ApplicationState.INCOMPLETE:
        request = open_requests().filter(application_id=UUID(event.application_id)).first()
        more |= {"missing": awaited(request), "until": request.until.isoformat() if request else None}
    tell_of_application("application.status_changed", event.application_id, **more)


def tell_partner_of_payout(event: LoanDisbursed) -> None:
    """Webhook `loan.disbursed`."""
    tell_of_loan("loan.disbursed", event.loan_id)


def tell_partner_of_arrears(events: Sequence[LoanPassedMilestone]) -> None:
    """Webhook `loan.overdue`, at each milestone of days past due."""
    tell_of_loans("loan.overdue", [(event.loan_id, {"days_past_due": event.days_past_due}) for event in events])


def tell_partner_of_end(events: Sequence[LoanClosed]) -> None:
    """Webhook `loan.closed`."""
    tell_of_loans("loan.closed", [(event.loan_id, {}) for event in events])


def write_of_lapsed_offers(events: Sequence[OfferLapsed]) -> None:
    """Who had an offer learns by letter that it ended."""
    write_offer_letters([(UUID(event.application_id), event.old_state, date.fromisoformat(event.business_date)) for event in events])


def write_of_lapsed_contracts(events: Sequence[ContractLapsed]) -> None:
    """Who had a contract of which nothing was paid out learns by letter that it ended."""
    write_contract_letters([(event.loan_id, date.fromisoformat(event.business_date)) for event in events])


def register() -> None:
    """Subscribe to what happens below, and to what partners want to be told."""
    subscribe(ApplicationDecided, tell_partner_of_decision)
    subscribe(ApplicationStatusChanged, tell_partner_of_status)
    subscribe(LoanDisbursed, tell_partner_of_payout)
    subscribe_many(LoanPassedMilestone, tell_partner_of_arrears)
    subscribe_many(LoanClosed, tell_partner_of_end)
    subscribe_many(OfferLapsed, write_of_lapsed_offers)
    subscribe_many(ContractLapsed, write_of_lapsed_contracts)
    subscribe(EntryActivated, hold_open_applications)
    subscribe(HitOpened, hold_for_hit)
    subscribe(BookScreeningRequested, rescreen_book)
    subscribe(WatchListChanged, hold_for_watch_list)
    subscribe(EntryLifted, release_when_clear)
    subscribe(EntryExpired, release_when_clear)
    subscribe(HitDecided, release_when_clear)
