"""Waiting for the applicant: what is asked for, the clock that stands still, what brings the file back, and what ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page, expect

from core.errors import Conflict
from core.models import AuditEntry, BankState, Branch, OutboxEvent, User
from core.roles import Role
from loans.models import Application, MissingItem, MissingRequest, StateChange
from loans.selectors.applications import QueueFilter, count_queue, list_queue
from loans.services.documents import store_document
from loans.services.missing import ASKERS, UnableToAskApplicant, Wanted, ask_for_missing, close_unanswered, go_on_without, note_told
from loans.services.withdrawals import withdraw_application
from loans.services.worklist import snooze_application
from risk.models import Investigation
from risk.selectors.letters import WRITERS
from risk.selectors.work import investigations_for
from risk.services.file_work import UnableToInvestigate
from risk.services.investigations import complete_item
from risk.services.letter_words import UnableToWriteLetter
from risk.services.letters import write_request_letter
from risk.services.putting_up import submit_investigation
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from risk.web.panels import FILE_READERS
from tests.browser.fixtures import assert_accessible, assert_no_sideways_scroll
from tests.risk.conftest import TODAY, make_person
from tests.risk.files import add_document
from tests.risk.web.conftest import HTMX, SignIn, sign_in, world

__all__ = ["sign_in"]
pytestmark = pytest.mark.django_db
Opened = Callable[..., Investigation]
PAYSLIPS, SAVINGS = Wanted("document", "payslips", "Last three payslips"), Wanted("fact", "savings", "Where the savings come from")


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, bank: BankState) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def fresh(application: Application) -> Application:
    return Application.objects.select_related("borrower").get(pk=application.pk)


def ask(application: Application, actor: User, **changes: Any) -> MissingRequest:
    given: dict[str, Any] = {"items": [PAYSLIPS, SAVINGS], "text": "Copies are enough.", "until": TODAY + timedelta(days=30)}
    return ask_for_missing(application=application, actor=actor, business_date=TODAY, **given | changes)


def bring(application: Application, kind: str, actor: User | None = None) -> None:
    upload = SimpleUploadedFile(f"{kind}.pdf", b"%PDF-1.7 " + kind.encode(), "application/pdf")
    store_document(application=application, kind=kind, upload=upload, actor=actor, actor_name="" if actor else "First Partner")


class TestAsking:
    def test_stops_the_clock_and_the_file_waits_in_one_place(
        self, in_work: Investigation, investigator: User, second_investigator: User
    ) -> None:
        application = in_work.application
        assert application.due_date == date(2026, 3, 9)
        snooze_application(
            application=application, until=date(2026, 3, 5), reason="colleague", note="", actor=investigator, business_date=TODAY
        )
        request = ask(application, investigator)
        kept = fresh(application)
        assert (kept.state, kept.due_date, kept.snoozed_until) == ("INCOMPLETE", TODAY + timedelta(days=30), None)
        assert (request.days_left, kept.assigned_to) == (5, investigator)
        counts = count_queue(investigator, TODAY).views
        assert (counts["applicant"], counts["mine"], counts["snoozed"], counts["investigating"], counts["open"]) == (1, 0, 0, 0, 1)
        for view, expected in counts.items():
            assert list_queue(investigator, QueueFilter(view=view), TODAY).count() == expected, view
        assert not investigations_for(second_investigator).exists()
        assert StateChange.objects.get(new_state="INCOMPLETE").reason == "Missing: Last three payslips, Where the savings come from"

    def test_is_refused_to_others_out_of_time_and_without_words(
        self, in_work: Investigation, reviewed: Callable[..., Application], investigator: User, approver: User
    ) -> None:
        application = in_work.application
        for changes, field in (
            ({"items": []}, "items"),
            ({"items": [Wanted("document", f"d{number}", "Paper") for number in range(21)]}, "items"),
            ({"items": [Wanted("document", " ", "Paper")]}, "items"),
            ({"until": TODAY + timedelta(days=4)}, "until"),
            ({"until": TODAY + timedelta(days=61)}, "until"),
        ):
            with pytest.raises(UnableToAskApplicant) as refusal:
                ask(application, investigator, **changes)
            assert [fault.field for fault in refusal.value.faults] == [field]
        with pytest.raises(UnableToAskApplicant, match="not_entitled"):
            ask(application, approver)
        with pytest.raises(UnableToAskApplicant, match="not_investigated"):
            ask(reviewed(number="L01X00T99"), investigator)
        assert fresh(application).state == "INVESTIGATING" and not MissingRequest.objects.exists()
        ask(application, investigator)
        with pytest.raises(UnableToAskApplicant, match="not_investigated"):
            ask(application, investigator)

    def test_lets_the_investigation_go_on_but_not_end(
        self, in_work: Investigation, submitted: Opened, investigator: User, second_investigator: User, officer: User
    ) -> None:
        ask(in_work.application, officer)
        for item in in_work.items.filter(required=True):
            complete_item(item=item, in_order=True, note="Seen.", actor=investigator, business_date=TODAY)
        with pytest.raises(UnableToInvestigate, match="incomplete"):
            submit_investigation(investigation=in_work, summary="Sound.", actor=investigator, business_date=TODAY)
        put_up = submitted(number="L01X00T48")
        ask(put_up.application, officer)
        with pytest.raises(UnableToSignOff, match="incomplete"):
            sign_off_investigation(investigation=put_up, actor=second_investigator, business_date=TODAY)


class TestGoingOn:
    def test_when_the_last_of_it_came_with_the_days_that_were_left(
        self, in_work: Investigation, investigator: User, bank: BankState
    ) -> None:
        application = in_work.application
        ask(application, investigator)
        BankState.objects.update(business_date=TODAY + timedelta(days=14))
        bring(application, "payslips")
        bring(application, "holiday_photo")
        assert fresh(application).state == "INCOMPLETE"
        assert list(MissingItem.objects.filter(document=None).values_list("code", flat=True)) == ["savings"]
        bring(application, "savings", investigator)
        kept = fresh(application)
        # Five business days were left on 2 March; so there are from 16 March on.
        assert (kept.state, kept.due_date, kept.assigned_to) == ("INVESTIGATING", date(2026, 3, 23), investigator)
        request = MissingRequest.objects.get()
        assert (request.state, request.closed_date) == ("CAME", TODAY + timedelta(days=14))
        assert AuditEntry.objects.filter(action="application.complete").exists()
        ask(application, investigator, until=TODAY + timedelta(days=40))

    def test_when_a_person_says_enough(self, in_work: Investigation, investigator: User, officer: User, approver: User) -> None:
        application = in_work.application
        with pytest.raises(UnableToAskApplicant, match="not_waiting"):
            go_on_without(application=application, reason="x", actor=officer, business_date=TODAY)
        ask(application, investigator)
        with pytest.raises(UnableToAskApplicant, match="invalid"):
            go_on_without(application=application, reason=" ", actor=officer, business_date=TODAY)
        with pytest.raises(UnableToAskApplicant, match="not_entitled"):
            go_on_without(application=application, reason="x", actor=approver, business_date=TODAY)
        go_on_without(application=application, reason="Told on the phone.", actor=officer, business_date=TODAY)
        request = MissingRequest.objects.get()
        assert (fresh(application).state, fresh(application).due_date) == ("INVESTIGATING", date(2026, 3, 9))
        assert (request.state, request.closed_by, request.reason) == ("ENOUGH", officer, "Told on the phone.")

    def test_never_gives_the_bank_more_than_the_law(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        ask(application, investigator)
        MissingRequest.objects.update(days_left=90)
        go_on_without(application=application, reason="Enough.", actor=investigator, business_date=TODAY)
        assert fresh(application).due_date == TODAY + timedelta(days=30)

    def test_not_after_a_withdrawal(self, in_work: Investigation, investigator: User, officer: User) -> None:
        application = in_work.application
        ask(application, investigator)
        withdraw_application(application=application, actor=officer, business_date=TODAY, reason="Bought no car.")
        assert MissingRequest.objects.get().state == "ENDED"
        bring(application, "payslips")
        assert fresh(application).state == "WITHDRAWN" and not MissingItem.objects.exclude(document=None).exists()


class TestRunningOut:
    def test_the_night_after_the_last_day_ends_it(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        until = ask(application, investigator).until
        assert close_unanswered(business_date=until) == 0
        assert close_unanswered(business_date=until + timedelta(days=1)) == 1
        kept = fresh(application)
        assert (kept.state, kept.assigned_to) == ("WITHDRAWN", None)
        assert MissingRequest.objects.get().state == "RAN_OUT"
        step = StateChange.objects.latest("id")
        assert (step.old_state, step.new_state, step.actor_name) == ("INCOMPLETE", "WITHDRAWN", "sweep")
        assert close_unanswered(business_date=until + timedelta(days=1)) == 0

    def test_so_does_that_of_a_returned_file_thirty_days_after_its_applicant_was_told(self, file: Callable[..., Application]) -> None:
        application, told = file(1), TODAY + timedelta(days=20)
        Application.objects.filter(pk=application.pk).update(state="RETURNED", decided_date=TODAY)
        assert close_unanswered(business_date=TODAY + timedelta(days=365)) == 0, "nobody told them"
        note_told(application, told)
        assert close_unanswered(business_date=told + timedelta(days=30)) == 0
        assert close_unanswered(business_date=told + timedelta(days=31)) == 1
        assert fresh(application).state == "WITHDRAWN"

    def test_takes_the_same_statements_for_any_number_and_tells_of_each(self, file: Callable[..., Application], investigator: User) -> None:
        counts, told = [], []
        for number in (1, 4):
            for one in range(number):
                ask(file(one), investigator)
            before = OutboxEvent.objects.count()
            with CaptureQueriesContext(connection) as queries:
                assert close_unanswered(business_date=TODAY + timedelta(days=31)) == number
            counts.append(len(queries))
            told.append(OutboxEvent.objects.count() - before)
        assert counts[0] == counts[1] and told == [1, 4]

    def test_an_answer_is_too_late_then(self, in_work: Investigation, investigator: User) -> None:
        application = in_work.application
        ask(application, investigator)
        close_unanswered(business_date=TODAY + timedelta(days=31))
        with pytest.raises((UnableToAskApplicant, Conflict)):
            go_on_without(application=application, reason="Came.", actor=investigator, business_date=TODAY + timedelta(days=31))


class TestLetter:
    def test_names_what_is_missing_and_the_last_day_in_tags(self, in_work: Investigation, investigator: User, auditor: User) -> None:
        request = ask(in_work.application, investigator)
        pdf = write_request_letter(request=request, actor=investigator, business_date=TODAY)
        assert pdf.startswith(b"%PDF-1.7") and b"pdfuaid:part" in pdf and b"/StructTreeRoot" in pdf
        later = write_request_letter(request=request, actor=investigator, business_date=TODAY + timedelta(days=3))
        assert pdf == later, "it is the notice of the day it was asked"
        assert AuditEntry.objects.filter(action="application.missing_letter_written").count() == 2
        with pytest.raises(UnableToWriteLetter, match="not_entitled"):
            write_request_letter(request=request, actor=auditor, business_date=TODAY)

    def test_says_it_all(self, opened: Opened, investigator: User, monkeypatch: pytest.MonkeyPatch) -> None:
        said: dict[str, Any] = {}
        monkeypatch.setattr("risk.services.letters.set_paper", lambda _, data: said.update(data) or b"")
        write_request_letter(request=ask(opened().application, investigator), actor=investigator, business_date=TODAY)
        assert said["subject"] == "Your application is not complete" and said["reasons"] == [PAYSLIPS.title, SAVINGS.title]
        assert said["closing"][0] == "Copies are enough." and "by 1 April 2026" in said["closing"][1]
        assert said["signed"] == [investigator.full_name] and said["to"][0] == "Freya Lindqvist"


class TestPages:
    def test_is_asked_awaited_and_gone_on_with(self, in_work: Investigation, investigator: User, officer: User, sign_in: SignIn) -> None:
        application = in_work.application
        client = sign_in(investigator)
        url, send = reverse("risk:missing_panel", args=[application.pk]), reverse("risk:missing_ask", args=[application.pk])
        assert "Identity checked" in client.get(url).text, "checks that are open are offered"
        assert client.post(send, {"missing-until": "2026-04-01"}, headers=HTMX).status_code == 422
        assert "Say what is missing" in client.post(send, {"missing-until": "2026-04-01"}, headers=HTMX).text
        sent = {
            "missing-items": ["identity"],
            "missing-other": "Tax return of 2025",
            "missing-text": "Copies.",
            "missing-until": "2026-04-01",
        }
        assert client.post(send, sent, headers=HTMX).headers["HX-Refresh"] == "true"
        assert set(MissingItem.objects.values_list("kind", "code")) == {("fact", "identity"), ("document", "tax_return_of_2025")}
        page = client.get(url).text
        assert "Waiting for the applicant" in page and "Tax return of 2025" in page and "Enough came" in page and "Ask for it" not in page
        work = client.get(f"{reverse('risk:work')}?view=snoozed").text
        assert "Waiting for the applicant" in work and application.reference in work
        whole = client.get(reverse("loans:application_detail", args=[application.pk])).text
        assert "Waiting for the applicant" in whole and 'value="tax_return_of_2025"' in whole, (
            "the form to add a file offers what is awaited"
        )
        letter = client.post(reverse("risk:missing_letter", args=[application.pk, MissingRequest.objects.get().pk]))
        assert letter.headers["Content-Type"] == "application/pdf"
        done = reverse("risk:missing_go_on", args=[application.pk])
        assert sign_in(officer).post(done, {"enough-reason": ""}).status_code == 422
        assert "Told on the phone." in sign_in(officer).post(done, {"enough-reason": "Told on the phone."}, follow=True).text

    def test_each_role_may_do_what_is_its_own_and_nothing_else(
        self, in_work: Investigation, investigator: User, branch: Branch, sign_in: SignIn
    ) -> None:
        application = in_work.application
        request = ask(application, investigator)
        before = {key: value for key, value in world().items() if key != "counts"}
        about = [application.pk]
        for role in Role:
            client = sign_in(make_person(f"one_{role.lower()}", branch, role))
            assert (client.get(reverse("risk:missing_panel", args=about)).status_code == 200) is (role in FILE_READERS), role
            letter = client.post(reverse("risk:missing_letter", args=[application.pk, request.pk])).status_code
            assert (letter == 200) is (role in (*WRITERS, *ASKERS)), role
            asked = client.post(reverse("risk:missing_ask", args=about), {}).status_code
            gone = client.post(reverse("risk:missing_go_on", args=about), {}).status_code
            assert (asked, gone) == ((422, 422) if role in ASKERS else (403, 403)), role
        assert {key: value for key, value in world().items() if key != "counts"} == before
        assert MissingRequest.objects.get().state == "OPEN"

    def test_a_file_out_of_sight_is_asked_nothing(self, in_work: Investigation, sign_in: SignIn) -> None:
        application = in_work.application
        other = make_person("far_officer", Branch.objects.create(code="B9", name="Lake"), Role.OFFICER)
        for name in ("missing_ask", "missing_go_on"):
            assert sign_in(other).post(reverse(f"risk:{name}", args=[application.pk]), {"enough-reason": "x"}).status_code == 404
        add_document(application)
        assert fresh(application).state == "INVESTIGATING"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_applicant_is_asked_on_a_phone(
    in_work: Investigation, investigator: User, new_page: Callable[..., Page], sign_in_page: Callable[[Page, User], None]
) -> None:
    application = in_work.application
    page = new_page(width=390)
    sign_in_page(page, investigator)
    page.goto(reverse("risk:missing_panel", args=[application.pk]))
    page.get_by_text("Ask the applicant").click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label("Identity checked").check()
    page.get_by_label("Something else").fill("Tax return of 2025")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("The application waits for the applicant. Send the letter.")).to_be_visible()
    page.get_by_text("Enough came").click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert Application.objects.get(pk=application.pk).state == "INCOMPLETE"
