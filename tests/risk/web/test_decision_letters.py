"""The letter that a decision owes: written once, of the day on which it was, and missed before it is too late."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.events import deliver_pending
from core.models import AuditEntry, User
from loans.models import Application, Borrower, MissingRequest
from loans.services.missing import close_unanswered
from monitoring.models import Alert
from risk.models import Decision, DecisionLetter
from risk.selectors.letters import asked_until, letter_for, letters_for
from risk.services import letters
from risk.services.letter_words import letter_of
from risk.services.letters import write_letter
from risk.services.owed_letters import tell_owed_letters
from risk.services.second_looks import UnableToAskForSecondLook
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided
from tests.risk.looking_again import TOO_MUCH_OWED, ask, decline, wrote
from tests.risk.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def told_nothing(reviewed: Make, approver: User) -> Decision:
    """A decline of which nobody has written to the applicant."""
    made = decline(reviewed(facts=TOO_MUCH_OWED), approver)
    assert isinstance(made, Decision)
    made.application.refresh_from_db()
    return made


def days(number: int) -> Any:
    return TODAY + timedelta(days=number)


def told() -> list[tuple[str, str]]:
    while deliver_pending():
        pass
    return list(Alert.objects.filter(kind="LETTER").order_by("id").values_list("subject", "state"))


class TestWritten:
    def test_once_and_a_copy_is_of_its_day_whatever_was_amended_since(self, told_nothing: Decision, approver: User, officer: User) -> None:
        pdf = write_letter(decision=told_nothing, actor=approver, business_date=days(20))
        Borrower.objects.update(name="Freya Adler")
        later = Decision.objects.select_related("application__borrower", "application__branch").get()
        assert write_letter(decision=later, actor=officer, business_date=days(50)) == pdf
        kept = DecisionLetter.objects.get()
        assert (kept.written_date, kept.written_by, kept.sha256) == (days(20), approver, hashlib.sha256(pdf).hexdigest())
        assert "Freya Lindqvist" in kept.words and "22 March 2026" in kept.words
        written, copied = (AuditEntry.objects.get(action=f"decision.letter_{did}") for did in ("written", "copied"))
        assert (written.actor, written.details["sha256"], copied.actor) == (approver, kept.sha256, officer)
        with connection.cursor() as cursor:
            cursor.execute("SELECT words FROM risk_decisionletter")
            assert b"Lindqvist" not in bytes(cursor.fetchone()[0]), "whom it was sent to is sealed"

    def test_is_kept_by_the_database(self, told_nothing: Decision, approver: User) -> None:
        wrote(told_nothing.application, approver)
        for change in ("UPDATE risk_decisionletter SET written_date = written_date + 1", "DELETE FROM risk_decisionletter"):
            with pytest.raises(DatabaseError, match="kept as it was written"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)
        assert DecisionLetter.objects.get().written_date == TODAY

    def test_says_of_a_counter_offer_that_ended_that_it_did(self, in_review: Application, approver: User) -> None:
        made = decided(in_review, approver, outcome="COUNTER_OFFERED", amount=Decimal(9000))
        assert isinstance(made, Decision)
        assert letter_of(made).leading[0].startswith("Tell us by ")
        assert letter_of(made, on=days(90)).leading[0].startswith("The offer stood until ")

    def test_is_owed_of_no_approval(self, in_review: Application, approver: User) -> None:
        made = decided(in_review, approver)
        assert isinstance(made, Decision) and letter_for(made) is None and not DecisionLetter.objects.exists()


class TestSecondLook:
    def test_may_be_asked_for_as_long_after_a_late_letter_as_after_one_in_time(
        self, told_nothing: Decision, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent: dict[str, Any] = {}
        monkeypatch.setattr(letters, "set_paper", lambda _, data: sent.update(data) or b"x")
        write_letter(decision=told_nothing, actor=approver, business_date=days(90))
        assert sent["date"] == "31 May 2026" and "ask us by 30 June 2026 to look at it again" in sent["closing"][0]
        assert asked_until(told_nothing, letter_for(told_nothing)) == days(120)
        with pytest.raises(UnableToAskForSecondLook, match="until 30 Jun 2026"):
            ask(told_nothing.application, officer, asked_date=days(121), business_date=days(121))
        assert ask(told_nothing.application, officer, asked_date=days(120), business_date=days(121)).asked_date == days(120)

    def test_is_lost_by_nobody_who_was_not_told(self, told_nothing: Decision, officer: User, sign_in: SignIn) -> None:
        page = sign_in(officer).get(reverse("risk:second_look", args=[told_nothing.application_id])).text
        assert "their days begin with the letter, which nobody has written yet" in page
        assert ask(told_nothing.application, officer, asked_date=days(200), business_date=days(200)).asked_date == days(200)

    def test_of_an_older_house_is_what_it_promised(self, told_nothing: Decision) -> None:
        assert asked_until(told_nothing, None) == days(30)


class TestReturned:
    @pytest.fixture
    def returned(self, in_review: Application, approver: User) -> Decision:
        return send_back(in_review, approver)

    def test_file_is_open_until_its_letter_is_written_and_thirty_days_from_then_on(
        self, returned: Decision, approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = returned.application
        assert close_unanswered(business_date=days(60)) == 0
        file.refresh_from_db()
        assert file.state == "RETURNED" and letters_for(approver).count() == 1
        sent: dict[str, Any] = {}
        monkeypatch.setattr(letters, "set_paper", lambda _, data: sent.update(data) or b"x")
        write_letter(decision=returned, actor=approver, business_date=days(60))
        assert "Send us what is missing by 31 May 2026." in sent["closing"][0] and days(90).isoformat() == "2026-05-31"
        write_letter(decision=returned, actor=approver, business_date=days(70))
        assert close_unanswered(business_date=days(90)) == 0, "a copy gives no other day than the letter"
        assert close_unanswered(business_date=days(91)) == 1
        file.refresh_from_db()
        assert file.state == "WITHDRAWN"

    def test_file_says_by_when_it_is_to_be_completed(
        self, returned: Decision, approver: User, officer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(letters, "set_paper", lambda *_: b"x")
        client, url = sign_in(officer), reverse("loans:application_detail", args=[returned.application_id])
        assert "Thirty days from the letter, which nobody has written yet" in client.get(url).text
        write_letter(decision=returned, actor=approver, business_date=days(3))
        page = client.get(url).text
        assert "To be completed by" in page and "4 Apr 2026" in page and "nobody has written yet" not in page

    def test_file_waits_for_the_letter_of_its_last_return(
        self, returned: Decision, approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(letters, "set_paper", lambda *_: b"x")
        Application.objects.update(state="REVIEW", complete_by=days(5))
        again = send_back(Application.objects.select_related("borrower", "branch").get(), approver)
        write_letter(decision=returned, actor=approver, business_date=days(1))
        assert close_unanswered(business_date=days(60)) == 0
        write_letter(decision=again, actor=approver, business_date=days(2))
        assert close_unanswered(business_date=days(32)) == 0
        assert close_unanswered(business_date=days(33)) == 1

    def test_file_that_went_on_gets_no_last_day(self, returned: Decision, approver: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(letters, "set_paper", lambda *_: b"x")
        Application.objects.update(state="INVESTIGATING")
        write_letter(decision=returned, actor=approver, business_date=TODAY)
        assert Application.objects.get().complete_by is None


def send_back(application: Application, actor: User, **changes: Any) -> Decision:
    reasons = [{"code": "INCOMPLETE", "text": "The last payslip is missing."}]
    made = decided(application, actor, outcome="RETURNED", reasons=reasons, **changes)
    assert isinstance(made, Decision)
    return Decision.objects.select_related("application__borrower", "application__branch").get(pk=made.pk)


class TestOwed:
    def test_is_listed_for_who_may_write_it(
        self, told_nothing: Decision, approver: User, officer: User, investigator: User, outsider: User, sign_in: SignIn
    ) -> None:
        for person, sees in ((approver, 1), (officer, 1), (investigator, 0), (outsider, 0)):
            assert letters_for(person).count() == sees, person
        page = sign_in(approver).get(reverse("risk:work")).text
        assert "Letters to write" in page and reverse("risk:decision_detail", args=[told_nothing.pk]) in page
        assert "Letters to write" not in sign_in(investigator).get(reverse("risk:work")).text
        wrote(told_nothing.application, approver)
        assert not letters_for(approver).exists()

    @pytest.mark.parametrize("state", ["REVIEW", "WITHDRAWN"])
    def test_is_not_listed_once_the_file_went_on(self, told_nothing: Decision, approver: User, state: str) -> None:
        Application.objects.update(state=state)
        assert not letters_for(approver).exists() and tell_owed_letters(business_date=days(25)) == 0

    @pytest.mark.parametrize(("completed", "due"), [(None, 30), (10, 34), (-5, 30)])
    def test_is_due_thirty_days_after_the_application_was_complete(
        self, in_review: Application, officer: User, approver: User, completed: int | None, due: int
    ) -> None:
        """A file that took 27 days to decide; what was asked for on the way came on the tenth, or long before it was handed in anew."""
        if completed is not None:
            MissingRequest.objects.create(
                application=in_review, until=days(30), days_left=5, asked_by=officer, asked_date=days(completed),
                state="CAME", closed_date=days(completed),
            )  # fmt: skip
        made = send_back(in_review, approver, business_date=days(27))
        assert DecisionLetter.objects.get(decision=made).due_date == days(due)

    def test_of_a_file_decided_anew_is_due_soon_after_that(self, told_nothing: Decision, second_approver: User) -> None:
        """Its applicant had an answer in time; this is another one."""
        Application.objects.update(state="REVIEW")
        again = send_back(Application.objects.get(), second_approver, business_date=days(40))
        assert DecisionLetter.objects.get(decision=again).due_date == days(47)

    def test_is_told_once_before_its_last_day_and_ends_when_it_is_written(
        self, told_nothing: Decision, approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert tell_owed_letters(business_date=days(3)) == 0
        assert tell_owed_letters(business_date=days(4)) == 1
        assert told() == [(f"letter:{told_nothing.pk}", "OPEN")]
        alert = Alert.objects.get(kind="LETTER")
        assert alert.title == f"The letter about {told_nothing.application.reference} is to be written by 9 Mar 2026"
        assert alert.branch_id == told_nothing.application.branch_id
        assert tell_owed_letters(business_date=days(29)) == 0
        monkeypatch.setattr(letters, "set_paper", lambda *_: b"x")
        write_letter(decision=told_nothing, actor=approver, business_date=days(29))
        assert told() == [(f"letter:{told_nothing.pk}", "RESOLVED")]

    def test_costs_the_same_for_any_number(self, reviewed: Make, approver: User, sign_in: SignIn) -> None:
        cost, client = [], sign_in(approver)
        for number in range(3):
            decline(reviewed(facts=TOO_MUCH_OWED, number=f"L01X0077{number}"), approver)
            if number == 1:
                continue
            client.get(reverse("risk:work"))
            with CaptureQueriesContext(connection) as page:
                assert client.get(reverse("risk:work")).text.count("Waiting</span>") >= number
            with CaptureQueriesContext(connection) as queries:
                assert tell_owed_letters(business_date=days(25)) == max(number, 1)
            cost.append((len(page), len(queries)))
        assert cost[0] == cost[1]

    def test_stands_on_the_page_of_the_decision(self, told_nothing: Decision, approver: User, sign_in: SignIn) -> None:
        client, url = sign_in(approver), reverse("risk:decision_detail", args=[told_nothing.pk])
        panel = reverse("risk:decision_panel", args=[told_nothing.application_id])
        for page in (client.get(url).text, client.get(panel).text):
            assert "Not written yet" in page and "9 Mar 2026" in page
        wrote(told_nothing.application, approver)
        for page in (client.get(url).text, client.get(panel).text):
            assert "Written on" in page and "Not written yet" not in page
        assert "Copy of the letter" in client.get(url).text
