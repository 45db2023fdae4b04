"""The credit bureau over a real local HTTP server: what it says becomes facts; what is missing is waited for and approves nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.models import AuditEntry, BankState, User
from loans.models import Application
from loans.selectors.consents import bureau_consent
from loans.selectors.drafts import kept_draft
from loans.services.consents import UnableToRecordConsent
from risk.models import BureauReport, ChecklistItem, Fact, Investigation, ModelVersion, PolicyVersion, RegisteredAddress
from risk.selectors.bureau import figures_of_report, is_outdated
from risk.selectors.facts import current_facts
from risk.services.bureau import (
    UnableToOrderReport,
    fetch_due,
    order_report,
    record_bureau_consent,
    take_report,
)
from risk.services.file_work import UnableToInvestigate
from risk.services.investigations import open_investigation, take_investigation
from risk.services.putting_up import submit_investigation
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from risk.tasks import fetch_bureau_reports
from tests.risk.conftest import TODAY
from tests.risk.files import GOOD_FACTS, add_document
from tests.risk.web.bureaus import Asked, Bureau, asked, bureau, bureau_facts, report

__all__ = ["asked", "bureau"]

pytestmark = pytest.mark.django_db
WITH_ADDRESS = {
    "name": "Freya Lindqvist",
    "birth_date": "1986-05-04",
    "address": {"line1": "Hafenstr. 1", "postcode": "20999", "city": "Nordersund", "country": "DE"},
}


class TestReport:
    def test_becomes_facts_of_the_file_by_the_word_of_a_third_party(self, asked: Asked, bureau: Bureau) -> None:
        row = asked()
        assert fetch_due(business_date=TODAY) == 1
        row.refresh_from_db()
        assert (row.state, row.number, row.attempts) == ("RECEIVED", "SB-1", 1) and row.in_file_at
        assert bureau_facts(row) == {
            "bureau_worst_dpd": "12",
            "bureau_enquiries": "2",
            "total_debt": "9500.50",
            "monthly_obligations": "350.25",
        }
        fact = Fact.objects.get(application=row.application, code="bureau_worst_dpd")
        assert (fact.authenticity, str(fact.as_of_date), fact.source) == ("THIRD_PARTY", "2026-02-27", "Bureau report SB-1")
        assert bureau.asked[0]["identifier"] == "L01X00T47" and bureau.headers[0]["Authorization"] == "Bearer secret-token"
        assert fetch_due(business_date=TODAY) == 0

    def test_is_kept_and_nobody_reads_it_in_the_database(self, asked: Asked, bureau: Bureau) -> None:
        row = asked()
        fetch_due(business_date=TODAY)
        row.refresh_from_db()
        assert row.answer.encode("latin-1") == report()
        with connection.cursor() as cursor:
            cursor.execute("SELECT answer FROM risk_bureaureport")
            assert b"Lindqvist" not in bytes(cursor.fetchone()[0])

    def test_needs_consent_a_bureau_a_party_and_one_at_a_time(
        self, asked: Asked, bureau: Bureau, officer: User, investigator: User, settings: Any
    ) -> None:
        future = (timezone.now() + timedelta(days=1)).isoformat()
        for consents in (
            [],
            [{"kind": "marketing", "given_at": "2026-01-05T09:00:00Z"}],
            [{"kind": "bureau", "given_at": future}],
            ["bureau"],
        ):
            with pytest.raises(UnableToOrderReport, match="no_consent"):
                asked(consents=consents, number=f"L01X{len(str(consents)):05d}")
        row = asked()
        assert row.application.borrower is not None
        who: dict[str, Any] = {"application": row.application, "borrower": row.application.borrower, "business_date": TODAY}
        with pytest.raises(UnableToOrderReport, match="waiting"):
            order_report(actor=investigator, **who)
        with pytest.raises(UnableToInvestigate, match="not_entitled"):
            order_report(actor=officer, **who)
        stranger = Application.objects.exclude(pk=row.application_id).select_related("borrower")[0].borrower
        with pytest.raises(UnableToOrderReport, match="not_a_party"):
            order_report(actor=investigator, **who | {"borrower": stranger})
        settings.CREDENCE_BUREAU_URL = settings.CREDENCE_BUREAU_FOLDER = ""
        with pytest.raises(UnableToOrderReport, match="no_bureau"):
            order_report(actor=investigator, **who)
        assert BureauReport.objects.count() == 1 and bureau.asked == []

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"<html>Sorry</html>", "no JSON"),
            (b"[1]", "no report"),
            (b"[" * 100_000, "no JSON"),
            (report(worst_dpd=-1), "worst_dpd"),
            (report(worst_dpd=True), "worst_dpd"),
            (report(enquiries_6m="2"), "enquiries_6m"),
            (
                report().replace(b'"dpd": 0', b'"dpd": 120', 1),
                "contradicts itself: 12 days late at worst, and an account is 120 days late now",
            ),
            (report().replace(b'"9000.00"', b"9000.00"), "no JSON"),
            (report().replace(b'"worst_dpd": 12', b'"worst_dpd": 200, "worst_dpd": 12'), "says “worst_dpd” twice"),
            (report().replace(b'"name": "Freya', b'"name": "Bruno Castellani", "name": "Freya'), "says “name” twice"),
            (report().replace(b'"dpd": 0', b'"dpd": 12, "dpd": 0', 1), "says “dpd” twice"),
            (report().replace(b'{"report"', b'{"x\\ud800": {"y": [{"x": 1, "x": 1}]}, "report"'), "says “x” twice"),
            (report().replace(b'"9000.00"', b'"NaN"'), "outstanding"),
            (report().replace(b'"9000.00"', b'"-1"'), "outstanding"),
            (report(as_of="2026-03-04"), "04 Mar 2026, a day that has not come yet"),
            (report(as_of="2025-12-01"), "thirty days"),
            (report(subject={"name": "Freya Lindqvist", "birth_date": "1986-05-05"}), "another date of birth"),
            (report(subject={"name": "Oksana Marchenko", "birth_date": "1986-05-04"}), "another name"),
            (report(accounts=None), "list of accounts"),
            (b" " * (1 << 20) + report(), "larger"),
        ],
    )
    def test_nonsense_is_shown_and_makes_no_fact(self, body: bytes, words: str, asked: Asked, bureau: Bureau, settings: Any) -> None:
        settings.CREDENCE_BUREAU_SECONDS = 5
        row = asked()
        bureau.answer = (200, body, 0.0)
        fetch_due(business_date=TODAY)
        row.refresh_from_db()
        assert row.state == "UNUSABLE" and words in row.detail
        assert bureau_facts(row) == {} and row.in_file_at is None

    def test_of_the_calendars_day_is_taken_while_the_business_day_has_not_turned(self, asked: Asked, bureau: Bureau) -> None:
        """After a close that failed; what it says is known as of the business day."""
        row = asked()
        bureau.answer = (200, report(as_of="2026-03-04", subject=WITH_ADDRESS), 0.0)
        fetch_due(business_date=TODAY, today=TODAY + timedelta(days=2))
        row.refresh_from_db()
        assert (row.state, row.as_of_date) == ("RECEIVED", TODAY + timedelta(days=2)) and row.in_file_at
        fact = Fact.objects.get(application=row.application, code="bureau_worst_dpd")
        assert (fact.as_of_date, fact.recorded_date) == (TODAY, TODAY)
        assert RegisteredAddress.objects.get(report=row).as_of_date == TODAY
        assert figures_of_report(str(row.pk), row.application_id) is not None, "a replay reads it again"

    def test_of_tomorrow_waits_for_its_day_and_nobody_is_asked_twice(self, asked: Asked, bureau: Bureau) -> None:
        row = asked()
        bureau.answer = (200, report(as_of="2026-03-03"), 0.0)
        fetch_due(business_date=TODAY, today=TODAY)
        row.refresh_from_db()
        assert row.state == "WAITING" and "03 Mar 2026, a day that has not come yet. It is read again then." in row.detail
        assert row.next_at > timezone.now() + timedelta(minutes=50) and fetch_due(business_date=TODAY, today=TODAY) == 0
        BureauReport.objects.update(next_at=timezone.now(), requested_at=timezone.now() - timedelta(hours=25))
        fetch_due(business_date=TODAY, today=TODAY)
        row.refresh_from_db()
        assert row.state == "WAITING" and bureau_facts(row) == {}
        BureauReport.objects.update(next_at=timezone.now())
        fetch_due(business_date=TODAY, today=TODAY + timedelta(days=1))
        row.refresh_from_db()
        assert (row.state, row.attempts, len(bureau.asked)) == ("RECEIVED", 1, 1)
        assert not is_outdated(row, row.borrower) and row.asked and bureau_facts(row)["bureau_worst_dpd"] == "12"

    def test_is_asked_for_by_the_worker_with_the_day_of_the_calendar(
        self, asked: Asked, bureau: Bureau, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = asked()
        BankState.objects.update(business_date=TODAY)
        monkeypatch.setattr("risk.tasks.timezone.localdate", lambda: TODAY + timedelta(days=1))
        bureau.answer = (200, report(as_of="2026-03-03"), 0.0)
        assert fetch_bureau_reports() == 1
        row.refresh_from_db()
        assert row.state == "RECEIVED"

    def test_needs_the_consent_of_the_very_person(
        self, file: Callable[..., Application], bureau: Bureau, officer: User, investigator: User
    ) -> None:
        guarantor = {
            "role": "guarantor",
            "kind": "person",
            "name": "Bruno Castellani",
            "birth_date": "1970-01-02",
            "national_id": "L01X77777",
        }
        application = file(1, related=[guarantor])
        Application.objects.filter(pk=application.pk).update(consents=[{"kind": "bureau", "given_at": "2026-01-05"}])
        application.refresh_from_db()
        found = open_investigation(application=application, business_date=TODAY)
        take_investigation(investigation=found, actor=investigator, business_date=TODAY)
        other = application.parties.get(part="GUARANTOR").borrower
        who: dict[str, Any] = {"application": application, "borrower": other, "actor": investigator, "business_date": TODAY}
        with pytest.raises(UnableToOrderReport, match="no_consent") as refusal:
            order_report(**who)
        assert "Bruno Castellani has not agreed" in refusal.value.detail
        paper = add_document(application, "consent.pdf")
        with pytest.raises(UnableToInvestigate, match="not_entitled"):
            record_bureau_consent(given_date=TODAY, document=paper, **who | {"actor": officer})
        with pytest.raises(UnableToRecordConsent) as early:
            record_bureau_consent(given_date=TODAY + timedelta(days=1), document=paper, **who)
        assert [fault.field for fault in early.value.faults] == ["given_date"]
        with pytest.raises(UnableToRecordConsent) as unshown:
            record_bureau_consent(given_date=TODAY, document=None, **who)
        assert [(fault.field, fault.code) for fault in unshown.value.faults] == [("document", "required")]
        with pytest.raises(UnableToOrderReport, match="no_consent"):
            order_report(**who)
        record_bureau_consent(given_date=TODAY, document=paper, **who)
        assert order_report(**who).borrower == other
        entry = AuditEntry.objects.get(action="application.consent_recorded")
        assert (entry.actor, entry.details["party"]) == (investigator, other.reference)
        application.refresh_from_db()
        assert kept_draft(application)["consents"] == [{"kind": "bureau", "given_at": "2026-01-05"}], (
            "the house's own is not handed in anew"
        )

    def test_of_a_guarantor_who_agreed_says_nothing_of_the_applicant(self, asked: Asked, bureau: Bureau, investigator: User) -> None:
        row = asked()
        application = row.application
        assert bureau_consent(application, application.borrower_id, business_date=TODAY) is not None
        application.consents = [{"kind": "bureau", "given_at": "2026-01-05", "person": "0198c0de-0000-7000-8000-000000000000"}]
        assert bureau_consent(application, application.borrower_id, business_date=TODAY) is None

    def test_counts_from_the_day_it_came(self, asked: Asked, bureau: Bureau) -> None:
        row = asked()
        fetch_due(business_date=TODAY + timedelta(days=3))
        known = current_facts(row.application, business_date=TODAY, recorded_until=TODAY)
        assert "bureau_worst_dpd" not in known, "on the day of the order nobody knew"
        fact = Fact.objects.get(application=row.application, code="bureau_worst_dpd")
        assert fact.recorded_date == TODAY + timedelta(days=3)
        assert AuditEntry.objects.get(action="bureau.answered").business_date == fact.recorded_date

    def test_of_somebody_unknown_or_an_enquiry_refused(self, asked: Asked, bureau: Bureau) -> None:
        for status, state, words in ((404, "UNKNOWN", "holds nothing"), (401, "FAILED", "HTTP 401"), (302, "FAILED", "HTTP 302")):
            row = asked(number=f"L01X00{status}")
            bureau.answer = (status, b"", 0.0)
            fetch_due(business_date=TODAY)
            row.refresh_from_db()
            assert (row.state, bureau_facts(row)) == (state, {}) and words in row.detail


class TestFile:
    def test_without_a_usable_report_the_file_is_referred(
        self,
        asked: Asked,
        submitted: Callable[..., Investigation],
        investigator: User,
        second_investigator: User,
        model: ModelVersion,
        policy: PolicyVersion,
        bureau: Bureau,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.delitem(GOOD_FACTS, "bureau_worst_dpd")
        investigation = submitted()
        bureau.answer = (200, b"nonsense", 0.0)
        application = investigation.application
        BureauReport.objects.create(
            application=application,
            borrower=application.borrower,
            adapter="http",
            next_at=timezone.now(),
            requested_at=timezone.now(),
            requested_by=investigator,
            requested_date=TODAY,
        )
        fetch_due(business_date=TODAY)
        evaluation = sign_off_investigation(investigation=investigation, actor=second_investigator, business_date=TODAY)
        missing = [row["fact"] for row in evaluation.rows if row["result"] == "MISSING"]
        assert (evaluation.outcome, "bureau_worst_dpd" in missing) == ("REFER", True)

    def test_a_report_that_comes_late_waits_for_a_person(
        self, asked: Asked, bureau: Bureau, investigator: User, second_investigator: User
    ) -> None:
        row = asked()
        Investigation.objects.update(state="SUBMITTED")
        fetch_due(business_date=TODAY)
        row.refresh_from_db()
        assert (row.state, row.in_file_at, bureau_facts(row)) == ("RECEIVED", None, {})
        with pytest.raises(UnableToInvestigate, match="not_open"):
            take_report(report=row, actor=investigator, business_date=TODAY)
        with pytest.raises(UnableToSignOff, match="report_unread"):
            sign_off_investigation(investigation=Investigation.objects.get(), actor=second_investigator, business_date=TODAY)
        Investigation.objects.update(state="OPEN")
        ChecklistItem.objects.update(state="DONE")
        with pytest.raises(UnableToInvestigate, match="report_unread"):
            submit_investigation(investigation=Investigation.objects.get(), summary="Sound.", actor=investigator, business_date=TODAY)
        take_report(report=row, actor=investigator, business_date=TODAY)
        assert bureau_facts(row)["total_debt"] == str(Decimal("9500.50"))
        with pytest.raises(UnableToOrderReport, match="in_file"):
            take_report(report=row, actor=investigator, business_date=TODAY)

    def test_one_that_was_asked_for_is_waited_for(self, asked: Asked, bureau: Bureau, investigator: User) -> None:
        """For a day at most: then the bureau is given up, and the file goes on without it, referred by the policy."""
        row = asked()
        file = {"investigation": Investigation.objects.get(), "summary": "Sound.", "actor": investigator, "business_date": TODAY}
        ChecklistItem.objects.update(state="DONE")
        with pytest.raises(UnableToInvestigate, match="report_waiting") as refusal:
            submit_investigation(**file)
        assert row.borrower.name in refusal.value.detail
        BureauReport.objects.update(requested_at=timezone.now() - timedelta(hours=25))
        fetch_due(business_date=TODAY)
        assert submit_investigation(**file).state == "SUBMITTED"

    def test_files_of_the_bureau_serve_as_well(self, asked: Asked, settings: Any, tmp_path: Path) -> None:
        settings.CREDENCE_BUREAU_URL, settings.CREDENCE_BUREAU_FOLDER = "", str(tmp_path)
        row, other = asked(), asked(number="L01X00T99")
        (tmp_path / f"{row.borrower.reference}.json").write_bytes(report())
        fetch_due(business_date=TODAY)
        assert {one.pk: one.state for one in BureauReport.objects.all()} == {row.pk: "RECEIVED", other.pk: "UNKNOWN"}
