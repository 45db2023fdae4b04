"""Field work: what was stated against what was seen, visits with photos and place, audits ordered or drawn by lot, and who may what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect

from core.models import Branch, User
from core.roles import Role
from loans.models import Application, BankAccount, Borrower
from loans.services.holds import is_held
from loans.services.statements import LineDraft, add_statement
from risk.domain.cross_checks import PAIRS, Verdict, compare
from risk.models import Explanation, FieldRecord, FileAudit, Investigation
from risk.selectors.facts import current_facts
from risk.services.assessment import work_out_facts
from risk.services.cross_checks import cross_checks, differences, unexplained
from risk.services.facts import record_computed, record_fact
from risk.services.field_work import UnableToRecordVisit, explain_difference
from risk.services.file_audits import UnableToAudit, order_audit, order_sample, record_audit
from risk.web.panels import FILE_READERS
from tests.browser.fixtures import assert_accessible, assert_no_sideways_scroll
from tests.risk.conftest import TODAY, make_person
from tests.risk.files import add_document, visit
from tests.risk.web.conftest import SignIn, world

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 30
Opened = Callable[..., Investigation]


def file_of(investigation: Investigation) -> Application:
    return Application.objects.select_related("borrower").get(pk=investigation.application_id)


def at(name: str, application: Application, *more: Any) -> str:
    return reverse(f"risk:{name}", args=[application.pk, *more])


def seen_elsewhere(application: Application, code: str, value: str, source: str) -> None:
    record_computed(application=application, facts={code: (value, source, "THIRD_PARTY")}, business_date=TODAY)


class TestCrossChecks:
    @pytest.mark.parametrize(
        ("code", "stated", "seen", "verdict"),
        [
            ("income_statements", "4200", "3780", Verdict.AGREES),  # ten in a hundred less is allowed
            ("income_statements", "4200", "3779.99", Verdict.DIFFERS),
            ("income_statements", "4200", "9000", Verdict.AGREES),  # more than stated speaks for nobody's harm
            ("obligations_bureau", "300", "331", Verdict.DIFFERS),
            ("obligations_bureau", "300", "0", Verdict.AGREES),
            ("obligations_bureau", "0", "1", Verdict.DIFFERS),
            ("turnover_accounts", "1000", None, Verdict.OPEN),
        ],
    )
    def test_only_what_harms_the_lender_differs(self, code: str, stated: str, seen: str | None, verdict: Verdict) -> None:
        pair = next(pair for pair in PAIRS if pair.code == code)
        assert compare(pair, Decimal(stated), None if seen is None else Decimal(seen))[0] == verdict

    def test_income_is_held_against_the_statements_and_a_difference_refers(self, in_work: Investigation, investigator: User) -> None:
        application = file_of(in_work)
        account = BankAccount.objects.create(borrower=application.borrower, iban="DE02120300000000202051")
        days = [TODAY - timedelta(days=30 * number + 1) for number in range(6)]
        lines = [LineDraft(str(number), day, Decimal(2100), "SALARY", Decimal(5000)) for number, day in enumerate(reversed(days))]
        add_statement(account=account, lines=lines, currency="EUR", source="test", actor=None)
        check = next(row for row in cross_checks(application, business_date=TODAY) if row.code == "income_statements")
        assert (check.stated, check.seen, check.share, check.verdict) == ("4200.00", "2100.00", Decimal("-0.5"), Verdict.DIFFERS)
        work_out_facts(application=application, business_date=TODAY)
        assert current_facts(application, business_date=TODAY)["failed_checks"].row.value == "1"
        why: dict[str, Any] = {"application": application, "check_code": "income_statements", "actor": investigator, "business_date": TODAY}
        with pytest.raises(UnableToRecordVisit) as refusal:
            explain_difference(code="WEATHER", reason=" ", **why)
        assert [fault.field for fault in refusal.value.faults] == ["code", "reason"]
        explain_difference(code="UNRESOLVED", reason="No answer.", **why)
        assert len(unexplained(application, business_date=TODAY)) == 1, "that nobody knows why explains nothing"
        explain_difference(code="ELSEWHERE", reason="The second employer pays in cash.", **why)
        assert unexplained(application, business_date=TODAY) == []
        work_out_facts(application=application, business_date=TODAY)
        assert current_facts(application, business_date=TODAY)["failed_checks"].row.value == "0"
        with pytest.raises(UnableToRecordVisit, match="agrees"):
            explain_difference(code="PERIOD", reason="x", **why | {"check_code": "debt_bureau"})

    def test_an_explanation_counts_for_its_figures_alone(self, in_work: Investigation, investigator: User) -> None:
        application = file_of(in_work)
        seen_elsewhere(application, "total_debt", "20000", "Bureau report SB-1")
        explain_difference(
            application=application, check_code="debt_bureau", code="MISSTATED", reason="A card.", actor=investigator, business_date=TODAY
        )
        assert unexplained(application, business_date=TODAY) == []
        seen_elsewhere(application, "total_debt", "30000", "Bureau report SB-2")
        assert len(unexplained(application, business_date=TODAY)) == 1

    def test_what_counts_is_held_against_what_was_seen(self, in_work: Investigation, investigator: User) -> None:
        """Neither an investigator's better figure nor a bureau's replaces a worse one without a word."""
        application = file_of(in_work)

        def differing() -> list[tuple[str, str | None, str | None]]:
            found = differences(application, business_date=TODAY)
            return [(row.code, row.stated, row.seen) for row in found if row.code.endswith(("_counted", "_superseded"))]

        def recorded(value: str) -> None:
            record_fact(
                application=application, code="monthly_obligations", value=value, source="Contracts", authenticity="DOCUMENT",
                evidence=add_document(application, f"{value}.pdf"), as_of_date=TODAY, actor=investigator, business_date=TODAY,
            )  # fmt: skip

        seen_elsewhere(application, "monthly_obligations", "1500.00", "Bureau report SB-1")
        assert differing() == []
        recorded("200")
        assert differing() == [("obligations_bureau_counted", "200.00", "1500.00")]
        recorded("2000")
        assert differing() == [], "more than the bureau knows harms nobody"
        seen_elsewhere(application, "monthly_obligations", "500.00", "Bureau report SB-2")
        assert differing() == [("monthly_obligations_superseded", "500.00", "2000.00")]
        who: dict[str, Any] = {"actor": investigator, "business_date": TODAY}
        explain_difference(application=application, check_code=differing()[0][0], code="NEWER", reason="Repaid in February.", **who)
        assert all(row.is_explained for row in differences(application, business_date=TODAY) if row.code.endswith("_superseded"))

    def test_the_address_is_held_against_the_visit_and_kept_from_sight(
        self, in_work: Investigation, investigator: User, sign_in: SignIn
    ) -> None:
        application = file_of(in_work)
        borrower = Borrower.objects.get(pk=application.borrower_id)
        borrower.address_line, borrower.postcode, borrower.city = "Lindenallee 12", "20999", "Nordersund"
        borrower.save()
        application = file_of(application.investigation)
        visit(application, investigator, address="DIFFERS", address_seen="Hafenweg 99, Westerkoog")
        check = cross_checks(application, business_date=TODAY)[-1]
        assert check.differs and check.seen == "Hafenweg 99, Westerkoog"
        explain_difference(
            application=application, check_code=check.code, code="CHANGED", reason="Moved in May.", actor=investigator, business_date=TODAY
        )
        page = sign_in(investigator).get(at("field_panel", application)).text
        assert "Moved in May." in page and "Hafenweg" not in page and "Lindenallee" not in page
        with connection.cursor() as cursor:
            cursor.execute("SELECT address_seen, (SELECT figures FROM risk_explanation) FROM risk_fieldrecord")
            stored, figures = cursor.fetchone()
        assert b"Hafenweg" not in bytes(stored) and "Hafenweg" not in figures
        visit(application, investigator)
        assert cross_checks(application, business_date=TODAY)[-1].verdict == Verdict.AGREES, "the newest visit counts"


class TestVisits:
    def test_keeps_photos_and_place_and_refuses_what_is_incomplete(self, in_work: Investigation, investigator: User, officer: User) -> None:
        application = file_of(in_work)
        photos = [SimpleUploadedFile(f"shop{number}.png", PNG, "image/png") for number in range(2)]
        kept = visit(application, investigator, photos=photos, place=(Decimal("53.551086"), Decimal("9.993682"), 12))
        kept.refresh_from_db()
        assert (kept.latitude, kept.accuracy, kept.photos.count()) == (Decimal("53.551086"), 12, 2)
        before = (FieldRecord.objects.count(), application.documents.count())
        for changes, field in (
            ({"people": " "}, "people"),
            ({"findings": ""}, "findings"),
            ({"seen_date": TODAY + timedelta(days=1)}, "seen_date"),
            ({"seen_date": TODAY - timedelta(days=91)}, "seen_date"),
            ({"address": "DIFFERS"}, "address_seen"),
            ({"photos": [SimpleUploadedFile("a.pdf", b"%PDF-")]}, "photos"),
            ({"place": (Decimal(91), Decimal(0), 1)}, "latitude"),
            ({"why_without": " "}, "why_without"),
        ):
            with pytest.raises(UnableToRecordVisit) as refusal:
                visit(application, investigator, **changes)
            assert [fault.field for fault in refusal.value.faults] == [field]
        assert (FieldRecord.objects.count(), application.documents.count()) == before


class TestAudits:
    def test_an_ordered_one_holds_the_file_until_it_is_clean(
        self, in_work: Investigation, risk_manager: User, second_risk_manager: User
    ) -> None:
        application = file_of(in_work)
        who: dict[str, Any] = {"actor": risk_manager, "business_date": TODAY}
        made = order_audit(application=application, auditor="Prüf & Partner", reason="Large for the officer", **who)
        assert is_held(application)
        with pytest.raises(UnableToAudit, match="waiting"):
            order_audit(application=application, auditor="Another", reason="x", **who)
        with pytest.raises(UnableToAudit, match="invalid"):
            record_audit(found=made, clean=False, result="", report=None, **who)
        other = who | {"actor": second_risk_manager}
        with pytest.raises(UnableToAudit) as refusal:
            record_audit(found=made, clean=True, result="Papers seen.", report=None, **other)
        assert [fault.field for fault in refusal.value.faults] == ["report"] and is_held(application), "nobody's word alone releases it"
        report = add_document(application, "audit.pdf")
        with pytest.raises(UnableToAudit, match="own_order"):
            record_audit(found=made, clean=True, result="Papers seen.", report=report, **who)
        assert is_held(application)
        record_audit(found=made, clean=True, result="Papers seen.", report=report, **other)
        assert not is_held(application)
        with pytest.raises(UnableToAudit, match="not_ordered"):
            record_audit(found=made, clean=False, result="x", report=None, **who)
        second = order_audit(application=application, auditor="Prüf & Partner", reason="Again", **who)
        record_audit(found=second, clean=False, result="The payslips are false.", report=None, **who)
        assert is_held(application), "findings keep it held"

    def test_none_is_clean_by_a_paper_that_is_no_report(
        self, in_work: Investigation, investigator: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        """Neither by one that was there before the audit was ordered, nor by one that a fact stands on."""
        application = file_of(in_work)
        before = add_document(application, "payslip-1.pdf")
        made = order_audit(application=application, auditor="P", reason="A call", actor=risk_manager, business_date=TODAY)
        shown = add_document(application, "payslip-2.pdf")
        record_fact(
            application=application, code="monthly_income", value="4200", source="Payslip", authenticity="DOCUMENT", evidence=shown,
            as_of_date=TODAY, actor=investigator, business_date=TODAY,
        )  # fmt: skip
        for paper, code in ((before, "before_order"), (shown, "counted")):
            with pytest.raises(UnableToAudit) as refusal:
                record_audit(found=made, clean=True, result="Fine.", report=paper, actor=second_risk_manager, business_date=TODAY)
            assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("report", code)]
        assert is_held(application)


class TestPages:
    def test_each_role_may_do_what_is_its_own_and_nothing_else(
        self, in_work: Investigation, branch: Branch, risk_manager: User, investigator: User, sign_in: SignIn
    ) -> None:
        application = file_of(in_work)
        made = order_audit(application=application, auditor="P", reason="x", actor=risk_manager, business_date=TODAY)
        Application.objects.update(decided_date=TODAY - timedelta(days=1))
        span: dict[str, Any] = {"since": TODAY - timedelta(days=2), "until": TODAY}
        lot = order_sample(size=1, auditor="P", actor=risk_manager, business_date=TODAY, **span)
        orders, lists = {Role.RISK_MANAGER, Role.COMPLIANCE}, {Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR}
        before = {key: value for key, value in world().items() if key != "counts"}
        for role in Role:
            client: Any = sign_in(make_person(f"one_{role.lower()}", branch, role))
            assert (client.get(at("field_panel", application)).status_code == 200) is (role in FILE_READERS), role
            for address in (reverse("risk:audit_list"), reverse("risk:audit_lot", args=[lot.pk])):
                assert (client.get(address).status_code == 200) is (role in lists), role
            assert (client.get(at("visit_new", application)).status_code == 200) is (role == Role.INVESTIGATOR), role
            if role != Role.INVESTIGATOR:
                for name in ("visit_new", "difference_explain"):
                    assert client.post(at(name, application), {"people": "x"}).status_code in (403, 404), (role, name)
            if role not in orders:
                for address in (at("audit_order", application), at("audit_report", application, made.pk), reverse("risk:audit_list")):
                    assert client.post(address, {"size": "1"}).status_code in (403, 404), (role, address)
        assert {key: value for key, value in world().items() if key != "counts"} == before
        assert (FieldRecord.objects.count(), Explanation.objects.count(), FileAudit.objects.count()) == (0, 0, 1)

    def test_an_audit_is_ordered_reported_and_drawn(
        self, in_work: Investigation, risk_manager: User, second_risk_manager: User, sign_in: SignIn
    ) -> None:
        application = file_of(in_work)
        client = sign_in(risk_manager)
        assert client.post(at("audit_order", application), {"audit-auditor": "P"}).status_code == 422
        client.post(at("audit_order", application), {"audit-auditor": "P & Q", "audit-reason": "Size"})
        made = FileAudit.objects.get()
        sent = {
            "report-clean_report": "yes",
            "report-result": "All papers seen.",
            "report-report": str(add_document(application, "audit.pdf").pk),
        }
        refused = client.post(at("audit_report", application, made.pk), sent)
        assert refused.status_code == 422 and "You ordered this audit." in refused.text and "All papers seen." in refused.text
        other = sign_in(second_risk_manager).post(at("audit_report", application, made.pk), sent, follow=True)
        assert other.status_code == 200 and "All papers seen." in other.text
        lot = {"size": "5", "since": "2026-01-01", "until": "2026-03-02", "auditor": "P & Q"}
        Application.objects.update(state="DECLINED", decided_date=date(2026, 2, 1))
        nothing = client.post(reverse("risk:audit_list"), lot)
        assert nothing.status_code == 422 and "No file is left to draw" in nothing.text
        assert client.post(reverse("risk:audit_list"), lot | {"size": "0"}).status_code == 422


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_visit_is_written_on_a_phone_without_a_network(
    in_work: Investigation, investigator: User, new_page: Callable[..., Page], sign_in_page: Callable[[Page, User], None], tmp_path: Any
) -> None:
    application = file_of(in_work)
    photo = tmp_path / "front.png"
    photo.write_bytes(PNG)
    page = new_page(width=390, geolocation={"latitude": 53.551086, "longitude": 9.993682, "accuracy": 8}, permissions=["geolocation"])
    sign_in_page(page, investigator)
    page.goto(at("visit_new", application))
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.context.set_offline(True)
    page.get_by_label("Who was met").fill("Freya Lindqvist")
    page.get_by_label("What was found").fill("The shop is open and stocked.")
    page.get_by_role("radio", name="As on file").check(force=True)
    page.get_by_role("button", name="Take the place from this device").click()
    expect(page.get_by_role("spinbutton", name="Latitude")).to_have_value("53.551086")
    page.get_by_label("Photos").set_input_files(str(photo))
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    page.context.set_offline(False)
    page.goto(at("field_panel", application))
    page.goto(at("visit_new", application))
    expect(page.get_by_label("What was found")).to_have_value("The shop is open and stocked.")
    expect(page.get_by_role("button", name="Remove photo 1, front.png")).to_be_visible()
    page.get_by_role("button", name="Save to the file").click()
    expect(page.get_by_text("The visit is in the file.")).to_be_visible()
    assert_no_sideways_scroll(page)
    kept = FieldRecord.objects.get()
    assert (kept.people, str(kept.longitude), kept.accuracy, kept.photos.count()) == ("Freya Lindqvist", "9.993682", 8, 1)
    assert kept.is_measured and kept.why_without == "", "nothing is missing"
    page.goto(at("visit_new", application))
    expect(page.get_by_label("What was found")).to_have_value("")
