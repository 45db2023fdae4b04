"""The pages of a second look: recording a request, the desk it lies on, the answer, the letter; for whom, and at what cost."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page, expect

from core.models import AuditEntry, BankState, Branch, User
from core.roles import Role
from loans.models import Application
from risk.models import Decision, SecondLook
from risk.selectors.letters import WRITERS
from risk.selectors.terms import DECIDERS
from risk.web.panels import FILE_READERS
from tests.browser.fixtures import assert_accessible, assert_no_sideways_scroll
from tests.every_role import every_role
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import Make, did_before
from tests.risk.looking_again import WORDS, ask, asked, declined, everything, paper, refused, uphold
from tests.risk.web.conftest import HTMX, SignIn
from tests.risk.web.test_in_browser import NewPage, SignInPage

__all__ = ["asked", "refused"]
pytestmark = pytest.mark.django_db
UPHOLD = {"outcome": "uphold", "rationale": "It is of another loan.", "told": "Your letter is about another loan."}
DECIDE_ANEW = {"outcome": "decide", "rationale": "It is paid off.", "told": ""}


def at(application: Application) -> str:
    return reverse("risk:second_look", args=[application.pk])


def of(name: str, asked: SecondLook) -> str:
    return reverse(f"risk:second_look_{name}", args=[asked.application_id, asked.pk])


def request_of(**changes: Any) -> dict[str, Any]:
    return {"asked_date": TODAY.isoformat(), "words": WORDS} | changes


class TestRecording:
    def test_begins_at_the_decision_and_keeps_the_papers(
        self, refused: Application, officer: User, approver: User, sign_in: SignIn, settings: Any, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        client = sign_in(officer)
        panel = client.get(reverse("risk:decision_panel", args=[refused.pk]), headers=HTMX).text
        assert "The applicant may ask for one until 1 Apr 2026." in panel and "Record a request" in panel and at(refused) in panel
        assert "Record a request" not in sign_in(approver).get(reverse("risk:decision_panel", args=[refused.pk]), headers=HTMX).text
        answer = client.post(at(refused), request_of(papers=[paper(), paper("bank.pdf")]), follow=True)
        assert "The request is recorded" in answer.text and WORDS in answer.text and "paid-off.pdf" in answer.text
        assert SecondLook.objects.get().papers.count() == 2
        panel = client.get(reverse("risk:decision_panel", args=[refused.pk]), headers=HTMX).text
        assert "Asked for on 2 Mar 2026, to be answered by 9 Mar 2026." in panel
        assert "An approver or risk manager who had no part in the file" in panel, "who acts next"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"words": ""}, "words"),
            ({"asked_date": "soon"}, "asked_date"),
            ({"asked_date": "2026-03-09"}, "asked_date"),
            ({"papers": [paper("a.exe")]}, "papers"),
        ],
    )
    def test_says_what_is_wrong_at_its_field_and_keeps_the_rest(
        self, changes: dict[str, Any], field: str, refused: Application, officer: User, sign_in: SignIn
    ) -> None:
        before = everything()
        sent = request_of(**changes)
        answer = sign_in(officer).post(at(refused), sent)
        assert answer.status_code == 422 and set(answer.context["form"].errors) == {field}
        assert sent["words"] in answer.text and f'href="#id_{field}"' in answer.text
        assert everything() == before

    def test_is_offered_once(self, asked: SecondLook, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        assert "Record the request" not in client.get(at(asked.application)).text
        before = everything()
        answer = client.post(at(asked.application), request_of())
        assert answer.status_code == 422 and "asked for on 02 Mar 2026 already" in answer.text and WORDS in answer.text
        assert everything() == before


class TestTheDesk:
    def test_shows_what_waits_to_who_had_no_part(
        self, asked: SecondLook, approver: User, second_approver: User, outsider: User, investigator: User, sign_in: SignIn, bank: BankState
    ) -> None:
        desk = reverse("risk:work")
        shown = sign_in(second_approver).get(desk).text
        assert "Second looks" in shown and at(asked.application) in shown and "Second looks wait for you" in shown and "Late" not in shown
        for person in (approver, outsider, investigator):
            assert at(asked.application) not in sign_in(person).get(desk).text, person
        BankState.objects.update(business_date=asked.due_date + timedelta(days=1))
        assert "Late" in sign_in(second_approver).get(desk).text

    def test_costs_the_same_however_much_waits(
        self, asked: SecondLook, reviewed: Make, approver: User, officer: User, second_approver: User, sign_in: SignIn
    ) -> None:
        client, desk = sign_in(second_approver), reverse("risk:work")
        client.get(desk)
        with CaptureQueriesContext(connection) as few:
            client.get(desk)
        for number in range(3):
            ask(declined(reviewed, approver, number=f"L01X00T5{number}"), officer)
        with CaptureQueriesContext(connection) as many:
            shown = client.get(desk)
        assert len(shown.context["second_looks"]) == 4
        assert len(many) == len(few)
        assert sum('FROM "risk_secondlook"' in query["sql"] for query in many) == 2, "whether anything waits, and what"

    def test_of_one_file_costs_the_same_however_many_papers_came(
        self, asked: SecondLook, second_approver: User, sign_in: SignIn, settings: Any, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        client = sign_in(second_approver)
        asked.papers.set([asked.application.documents.all()[0]])
        client.get(at(asked.application))
        with CaptureQueriesContext(connection) as few:
            client.get(at(asked.application))
        asked.papers.add(
            *(asked.application.documents.create(kind="second_look", name=f"{one}.pdf", size=1, stored_as=f"x{one}") for one in range(4))
        )
        with CaptureQueriesContext(connection) as many:
            assert "3.pdf" in client.get(at(asked.application)).text
        assert len(many) == len(few)


class TestTheAnswer:
    def test_upholds_it_and_offers_the_letter(self, asked: SecondLook, second_approver: User, sign_in: SignIn) -> None:
        client = sign_in(second_approver)
        assert "Submit answer" in client.get(at(asked.application)).text
        assert "Take the second look" in client.get(reverse("risk:decision_panel", args=[asked.application_id]), headers=HTMX).text
        answer = client.post(of("answer", asked), UPHOLD, follow=True)
        assert "The decision is upheld. Write the letter to the applicant." in answer.text and UPHOLD["told"] in answer.text
        assert Application.objects.get().state == "DECLINED" and of("letter", asked) in answer.text
        letter = client.post(of("letter", asked))
        assert (letter.status_code, letter["Content-Type"]) == (200, "application/pdf")
        assert f"second-look-{asked.application.reference}" in letter["Content-Disposition"]
        assert AuditEntry.objects.filter(action="second_look.letter_written").count() == 1

    @pytest.mark.parametrize(
        ("outcome", "state", "acts"),
        [("decide", "REVIEW", "who did not decline it"), ("investigate", "INVESTIGATING", "Its investigator, who finds out what is new")],
    )
    def test_takes_the_file_up_again(
        self, outcome: str, state: str, acts: str, asked: SecondLook, second_approver: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        client = sign_in(second_approver)
        answer = client.post(of("answer", asked), DECIDE_ANEW | {"outcome": outcome})
        assert (answer.status_code, answer["Location"]) == (302, reverse("loans:application_detail", args=[asked.application_id]))
        assert Application.objects.get().state == state
        panel = sign_in(risk_manager).get(reverse("risk:decision_panel", args=[asked.application_id]), headers=HTMX).text
        assert "Taken up again" in panel and "It is paid off." in panel and acts in panel
        assert ("Submit decision" in panel) == (state == "REVIEW")
        assert client.post(of("letter", asked)).content.startswith(b"%PDF")

    def test_says_to_who_declined_it_why_they_decide_no_more(
        self, asked: SecondLook, second_approver: User, approver: User, sign_in: SignIn
    ) -> None:
        assert "You declined the application." in sign_in(approver).get(at(asked.application)).text
        sign_in(second_approver).post(of("answer", asked), DECIDE_ANEW)
        panel = sign_in(approver).get(reverse("risk:decision_panel", args=[asked.application_id]), headers=HTMX).text
        assert "You declined the application. Somebody who did not work on the file decides it." in panel and "Submit decision" not in panel

    @pytest.mark.parametrize(
        ("changes", "field"), [({"outcome": ""}, "outcome"), ({"rationale": " "}, "rationale"), ({"told": ""}, "told")]
    )
    def test_says_what_is_missing_and_keeps_what_was_typed(
        self, changes: dict[str, str], field: str, asked: SecondLook, second_approver: User, sign_in: SignIn
    ) -> None:
        before = everything()
        sent = UPHOLD | changes
        answer = sign_in(second_approver).post(of("answer", asked), sent)
        assert answer.status_code == 422 and set(answer.context["form"].errors) == {field}
        assert sent["told"] in answer.text and sent["rationale"].strip() in answer.text
        assert everything() == before

    def test_tells_the_second_of_two_who_was_first_and_keeps_the_words(
        self, asked: SecondLook, second_approver: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        sign_in(second_approver).post(of("answer", asked), UPHOLD)
        before = everything()
        answer = sign_in(risk_manager).post(of("answer", asked), DECIDE_ANEW | {"rationale": "I know the bank."})
        assert answer.status_code == 409 and "Alex Approver was first" in answer.text and "I know the bank." in answer.text
        assert everything() == before

    def test_gives_the_words_back_to_who_came_to_have_a_part(self, asked: SecondLook, second_approver: User, sign_in: SignIn) -> None:
        did_before(asked.application, second_approver)
        before = everything()
        for sent in (DECIDE_ANEW, DECIDE_ANEW | {"outcome": ""}):
            answer = sign_in(second_approver).post(of("answer", asked), sent)
            assert answer.status_code == 422 and "You signed the investigation." in answer.text
            assert "What you wrote, to copy" in answer.text and answer.text.count("It is paid off.") == 1
        assert everything() == before

    def test_needs_the_password_again_where_the_house_asks_for_it(
        self, asked: SecondLook, second_approver: User, sign_in: SignIn, settings: Any
    ) -> None:
        settings.CREDENCE_REQUIRE_STEP_UP = True
        answer = sign_in(second_approver).post(of("answer", asked), UPHOLD)
        assert answer.status_code == 302 and "/account/reauthenticate" in answer["Location"]
        assert SecondLook.objects.get().state == "OPEN"


class TestEveryRole:
    @every_role(Role)
    def test_records_a_request_or_is_refused(self, refused: Application, branch: Branch, sign_in: SignIn, role: Role) -> None:
        client = sign_in(make_person("some_body", branch, role))
        before = everything()
        assert client.get(at(refused)).status_code == (200 if role in FILE_READERS else 403)
        answer = client.post(at(refused), request_of())
        if role == Role.OFFICER:
            assert answer.status_code == 302 and SecondLook.objects.get().recorded_by.username == "some_body"
        else:
            assert answer.status_code == 403 and everything() == before

    @every_role(Role)
    def test_answers_it_or_is_refused(self, asked: SecondLook, branch: Branch, sign_in: SignIn, role: Role) -> None:
        client = sign_in(make_person("some_body", branch, role))
        before = everything()
        shown = client.get(at(asked.application)).text
        assert ("Submit answer" in shown) == (role in DECIDERS)
        answer = client.post(of("answer", asked), DECIDE_ANEW)
        if role in DECIDERS:
            assert answer.status_code == 302 and SecondLook.objects.get().state == "TAKEN_UP"
        else:
            assert answer.status_code == 403 and everything() == before

    @every_role(Role)
    def test_writes_the_letter_or_is_refused(
        self, asked: SecondLook, second_approver: User, branch: Branch, sign_in: SignIn, role: Role
    ) -> None:
        uphold(asked, second_approver)
        client = sign_in(make_person("some_body", branch, role))
        before = everything()
        answer = client.post(of("letter", asked))
        assert answer.status_code == (200 if role in WRITERS else 403)
        assert role in WRITERS or everything() == before

    def test_of_another_branch_finds_nothing(self, asked: SecondLook, outsider: User, sign_in: SignIn) -> None:
        before = everything()
        client = sign_in(outsider)
        assert client.get(at(asked.application)).status_code == 404
        for name, sent in (("answer", DECIDE_ANEW), ("letter", {})):
            assert client.post(of(name, asked), sent).status_code == 404
        officer = make_person("omar_elsewhere", outsider.branches.all()[0], Role.OFFICER)
        assert sign_in(officer).post(at(asked.application), request_of()).status_code == 404
        assert everything() == before


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_from_the_request_over_the_desk_to_another_decision(
    browser_page: Page,
    new_page: NewPage,
    reviewed: Make,
    approver: User,
    second_approver: User,
    officer: User,
    sign_in_page: SignInPage,
    settings: Any,
    tmp_path: Path,
) -> None:
    """The officer records it, an approver who had no part finds it on their desk and takes the file up again."""
    settings.MEDIA_ROOT = tmp_path
    file = declined(reviewed, approver)
    page = browser_page
    sign_in_page(page, officer)
    page.goto(reverse("loans:application_detail", args=[file.pk]))
    page.get_by_role("link", name="Record a request").click()
    page.get_by_role("button", name="Record the request").click()
    expect(page.locator(".problem")).to_be_focused()
    page.get_by_label("What the applicant says").fill(WORDS + " " + "x" * 200)
    name = "a-" + "very-" * 20 + "long-name.pdf"
    page.get_by_label("Papers").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"})
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name="Record the request").click()
    expect(page.get_by_text("The request is recorded and waits for somebody who had no part in the file.")).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    other = new_page(width=page.viewport_size["width"] if page.viewport_size else 1440)
    sign_in_page(other, second_approver)
    other.goto(reverse("risk:work"))
    assert_accessible(other)
    assert_no_sideways_scroll(other)
    other.get_by_role("link", name="Freya Lindqvist").click()
    expect(other.get_by_label("What the applicant is told")).to_be_hidden()
    other.locator("label", has_text=re.compile("Uphold the decision")).click()
    expect(other.get_by_label("What the applicant is told")).to_be_visible()
    assert_accessible(other)
    assert_no_sideways_scroll(other)
    other.locator("label", has_text=re.compile("Take up again, to be decided anew")).click()
    other.get_by_label("Rationale").fill("The loan is paid off.")
    other.get_by_role("button", name="Submit answer").click()
    expect(other.locator("#file-tag")).to_contain_text("In review")
    expect(other.locator("#decision")).to_contain_text("Taken up again")
    expect(other.get_by_role("button", name="Submit decision")).to_be_visible()
    assert Application.objects.get().state == "REVIEW" and Decision.objects.get().outcome == "DECLINED"
