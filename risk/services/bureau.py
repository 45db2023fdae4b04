"""Bureau reports: ordered with the consent of the very person, fetched by a worker, kept, and put into the file.
Without one nothing is approved.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from blacklist.selectors.names import name_likeness
from core import audit
from core.errors import DomainError
from core.models import User
from core.wake_ups import wake_after_commit
from loans.models import Application, Borrower, Document
from loans.models.borrowers import BorrowerKind
from loans.selectors.consents import BUREAU, Consent, bureau_consent
from loans.services.consents import record_consent
from risk.domain.bureau import (
    FAILURES_TO_OPEN,
    GIVE_UP_AFTER,
    OPEN_FOR,
    READ_AGAIN,
    Ahead,
    Report,
    Unusable,
    check_consistent,
    check_written,
    paid_in_a_year,
    read_report,
    wait_after,
)
from risk.models import BureauCircuit, BureauReport, Fact, Investigation
from risk.selectors.bureau import identifier_of, is_heard, source_of, whom_asked
from risk.services.bureau_adapters import Adapter, BureauDown, BureauRefused, Enquiry, adapter_in_use
from risk.services.facts import record_computed
from risk.services.file_work import lock_file
from risk.services.registered_addresses import take_from_report

log = structlog.get_logger(__name__)

TASK = "risk.fetch_bureau_reports"
State = BureauReport.State
SAME_NAME = 0.85


class UnableToOrderReport(DomainError):
    """The bureau is not asked."""

    title = "The bureau report was not ordered"
    messages = {
        "no_bureau": "No bureau is set up for this bank.",
        "no_consent": "{name} has not agreed that a credit bureau is asked, or no paper on file shows it, or too long ago. Record the consent first.",
        "not_a_party": "This person has no part in the application.",
        "no_identifier": "This party has no identifier on file; the bureau could answer about somebody else.",
        "waiting": "A report on this party is on its way already.",
        "only_shown": "{name} does not answer for the loan: the report is shown, and counts for nothing.",
        "not_received": "There is no report to take over.",
        "in_file": "The report is in the file already.",
    }


@transaction.atomic
def order_report(*, application: Application, borrower: Borrower, actor: User, business_date: date) -> BureauReport:
    """Order a report on a party of the file; a worker fetches it.

    Raises UnableToOrderReport: `no_bureau`, `no_consent`, `not_a_party`, `no_identifier`, `waiting`; UnableToInvestigate as `lock_for_work`
    does.
    """
    lock_file(application, actor=actor, business_date=business_date)
    adapter = adapter_in_use()
    if adapter is None:
        raise UnableToOrderReport("no_bureau")
    if not application.parties.filter(borrower=borrower).exists():
        raise UnableToOrderReport("not_a_party")
    if bureau_consent(application, borrower.pk, business_date=business_date) is None:
        raise UnableToOrderReport("no_consent", name=borrower.name)
    if not identifier_of(borrower):
        raise UnableToOrderReport("no_identifier")
    now = timezone.now()
    try:
        with transaction.atomic():
            report = BureauReport.objects.create(
                application=application,
                borrower=borrower,
                adapter=adapter.name,
                next_at=now,
                requested_by=actor,
                requested_at=now,
                requested_date=business_date,
            )
    except IntegrityError:
        raise UnableToOrderReport("waiting") from None
    audit.record("bureau.ordered", actor=actor, target=application, business_date=business_date, report=report.pk, party=borrower.reference)
    wake_after_commit(TASK, expires=60)
    return report


@transaction.atomic
def record_bureau_consent(
    *,
    application: Application,
    borrower: Borrower,
    given_date: date,
    actor: User,
    business_date: date,
    document: Document | None,
) -> Consent:
    """Record in the investigation that a party agreed to an enquiry, by the paper that shows it. Raises UnableToRecordConsent;
    UnableToInvestigate as `lock_for_work` does.
    """
    lock_file(application, actor=actor, business_date=business_date)
    return record_consent(
        application=application,
        borrower=borrower,
        kind=BUREAU,
        given_date=given_date,
        document=document,
        actor=actor,
        business_date=business_date,
    )


def fetch_due(*, business_date: date, today: date | None = None, limit: int = 50) -> int:
    """Ask the bureau for what is due, oldest first; two workers at once take different reports. What comes is known from
    `business_date` on, and may be of any day up to `today`, the calendar's, where the business day has not turned. A fault over one
    counts as an attempt of it and stops none of the others. Returns how many were asked for.
    """
    asked = 0
    for _ in range(limit):
        with transaction.atomic():
            due = BureauReport.objects.select_for_update(skip_locked=True, of=("self",)).select_related("application", "borrower")
            report = due.filter(state=State.WAITING, next_at__lte=timezone.now()).order_by("next_at").first()
            if report is None:
                break
            try:
                with transaction.atomic():
                    _attempt(report, business_date, today or business_date, timezone.now())
            except Exception:  # what was done about it is undone; the row is still ours
                log.exception("bureau_report_failed", report=str(report.pk))
                _note_fault(report, business_date, timezone.now())
            asked += 1
    return asked


def _note_fault(report: BureauReport, business_date: date, now: datetime) -> None:
    """Count an attempt that broke; after the last one the report is unusable."""
    report.refresh_from_db()
    report.attempts += 1
    wait = wait_after(report.attempts)
    if wait is None:
        _end(report, State.UNUSABLE, "The bureau's answer could not be taken in.", business_date, now)
        return
    report.next_at, report.detail = now + wait, "The bureau's answer could not be taken in; it is asked again."
    report.save(update_fields=["attempts", "next_at", "detail"])


def _attempt(report: BureauReport, business_date: date, today: date, now: datetime) -> None:
    if report.answer:
        _take_in(report, report.answer.encode("latin-1"), business_date, today, now)
        return
    adapter = adapter_in_use()
    circuit, _ = BureauCircuit.objects.get_or_create(adapter=report.adapter)
    if now - report.requested_at > GIVE_UP_AFTER:
        _end(report, State.FAILED, "The bureau gave no report within a day.", business_date, now)
    elif adapter is None:
        _end(report, State.FAILED, "No bureau is set up any more.", business_date, now)
    elif circuit.open_until is not None and circuit.open_until > now:
        report.next_at, report.detail = circuit.open_until, f"The bureau is down; asked again after {circuit.open_until:%H:%M} UTC."
        report.save(update_fields=["next_at", "detail"])
    else:
        _ask(report, adapter, business_date, today, now)


def _ask(report: BureauReport, adapter: Adapter, business_date: date, today: date, now: datetime) -> None:
    report.attempts += 1
    report.asked = whom_asked(report.borrower)
    try:
        answer = adapter.ask(Enquiry.about(report.borrower))
    except BureauDown as fault:
        _note_failure(adapter.name, now)
        wait = wait_after(report.attempts)
        if wait is None:
            _end(report, State.FAILED, f"{fault} Asked {report.attempts} times.", business_date, now)
            return
        report.next_at, report.detail = now + wait, str(fault)[:200]
        report.save(update_fields=["attempts", "next_at", "detail"])
        return
    except BureauRefused as refusal:
        _end(report, State.FAILED, str(refusal), business_date, now)
        return
    BureauCircuit.objects.filter(adapter=adapter.name).update(failures=0, open_until=None)
    if answer is None:
        _end(report, State.UNKNOWN, "The bureau holds nothing under this identifier.", business_date, now)
        return
    _take_in(report, answer, business_date, today, now)


def _take_in(report: BureauReport, answer: bytes, business_date: date, today: date, now: datetime) -> None:
    """Read the answer into the file. One of tomorrow is kept until its day: asked again, the bureau would count another enquiry."""
    report.answer = answer[: 1 << 20].decode("latin-1")
    try:
        read = read_report(answer, on=business_date, today=today, currency=report.application.currency)
        check_written(answer, report.application.currency)
        check_consistent(read)
        _check_subject(read, report.borrower)
    except Unusable as fault:
        if isinstance(fault, Ahead) and fault.by_a_day:
            report.next_at, report.detail = now + READ_AGAIN, f"{fault} It is read again then."
            report.save(update_fields=["next_at", "detail", "attempts", "answer", "asked"])
            return
        _end(report, State.UNUSABLE, str(fault), business_date, now, "answer")
        return
    report.number, report.as_of_date = read.number, read.as_of
    report.figures = {code: str(value) for code, value in read.facts().items()}
    _end(report, State.RECEIVED, "", business_date, now, "answer", "asked", "number", "as_of_date", "figures")
    investigation = Investigation.objects.select_for_update().filter(application=report.application).first()
    if investigation is not None and investigation.state == Investigation.State.OPEN:
        _put_into_file(report, business_date, now)


def _note_failure(adapter: str, now: datetime) -> None:
    BureauCircuit.objects.filter(adapter=adapter).update(failures=F("failures") + 1)
    BureauCircuit.objects.filter(adapter=adapter, failures__gte=FAILURES_TO_OPEN).update(open_until=now + OPEN_FOR)


def _end(report: BureauReport, state: str, detail: str, business_date: date, now: datetime, *more: str) -> None:
    report.state, report.detail, report.answered_at = state, detail[:200], now
    report.save(update_fields=["state", "detail", "answered_at", "attempts", *more])
    audit.record(
        "bureau.answered",
        actor=None,
        target=report.application,
        business_date=business_date,
        report=report.pk,
        state=state,
        detail=report.detail,
    )


def _check_subject(read: Report, borrower: Borrower) -> None:
    """A report about somebody else is worse than none. Raises Unusable."""
    if borrower.birth_date is not None and read.birth_date != borrower.birth_date:
        raise Unusable("The report is about somebody with another date of birth.")
    if name_likeness(read.name, borrower.name, company=borrower.kind == BorrowerKind.COMPANY) < SAME_NAME:
        raise Unusable("The report is about somebody with another name.")


def _put_into_file(report: BureauReport, business_date: date, now: datetime) -> None:
    """The applicant's figures become facts by the word of a third party. Those of who answers for the loan with them count from now on in
    the assessment and where what was stated is held against what was seen; those of others are only shown.
    """
    if report.as_of_date is None or not is_heard(report):
        return
    if report.borrower_id == report.application.borrower_id:
        _record_figures(report, report.as_of_date, business_date)
    report.in_file_at = now
    report.save(update_fields=["in_file_at"])


def _record_figures(report: BureauReport, as_of: date, business_date: date) -> None:
    source = source_of(report.number)
    found: dict[str, tuple[Any, str, str]] = {
        code: (value, source, Fact.Authenticity.THIRD_PARTY) for code, value in report.figures.items()
    }
    borrower = report.application.borrower
    if borrower is not None and borrower.kind == BorrowerKind.COMPANY:
        found |= yearly_payments(report)
    record_computed(
        application=report.application,
        facts=found,
        business_date=business_date,
        # Where the business day lags behind the calendar, what the bureau says is known as of the business day.
        as_of_dates=dict.fromkeys(found, min(as_of, business_date)),
        author_name="credit bureau",
    )
    if (place := read_report(report.answer.encode("latin-1"), on=as_of).address) is not None:
        take_from_report(report=report, place=place, business_date=business_date)


def yearly_payments(report: BureauReport) -> dict[str, tuple[Any, str, str]]:
    """What a company pays its lenders in a year by this report, to hold against the debt service of its accounts."""
    yearly = paid_in_a_year(Decimal(report.figures["monthly_obligations"]))
    return {"bureau_debt_service": (yearly, source_of(report.number), Fact.Authenticity.THIRD_PARTY)}


@transaction.atomic
def take_report(*, report: BureauReport, actor: User, business_date: date) -> BureauReport:
    """Put a report into the file that came after the investigation was put up or signed; this voids a sign-off.

    Raises UnableToOrderReport: `not_received`, `in_file`, `only_shown` for a report on somebody who does not answer for the loan;
    UnableToInvestigate.
    """
    lock_file(report.application, actor=actor, business_date=business_date)
    report = BureauReport.objects.select_for_update(of=("self",)).select_related("application", "borrower").get(pk=report.pk)
    if report.state != State.RECEIVED:
        raise UnableToOrderReport("not_received")
    if report.in_file_at is not None:
        raise UnableToOrderReport("in_file")
    if not is_heard(report):
        raise UnableToOrderReport("only_shown", name=report.borrower.name)
    _put_into_file(report, business_date, timezone.now())
    report.taken_by = actor
    report.save(update_fields=["taken_by"])
    audit.record("bureau.taken_over", actor=actor, target=report.application, business_date=business_date, report=report.pk)
    return report
