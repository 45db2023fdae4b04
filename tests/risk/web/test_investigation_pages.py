"""The investigation in the browser: taking it, answering checks, recording facts, putting it up, signing it off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from risk.models import ChecklistItem, Explanation, Fact, Investigation
from risk.selectors.conflicts import SIGNERS
from risk.services.facts import record_computed
from risk.services.investigations import open_investigation
from tests.risk.conftest import TODAY, make_person
from tests.risk.files import add_document
from tests.risk.web.conftest import HTMX, SignIn, world

Make = Callable[..., Any]


def address(name: str, application: Application) -> str:
    return reverse(f"risk:{name}", args=[application.pk])


def check_address(item: ChecklistItem) -> str:
    return reverse("risk:item_complete", args=[item.investigation.application_id, item.pk])


def fact(**changes: str) -> dict[str, str]:
    sent = {"code": "monthly_income", "value": "4,100", "source": "Employer", "authenticity": "UNVERIFIED", "as_of_date": "2026-03-01"}
    return {f"fact-{name}": value for name, value in (sent | changes).items()}


class TestWorking:
    def test_is_taken_by_one_of_two(self, apply: Make, investigator: User, second_investigator: User, sign_in: SignIn) -> None:
        application = apply()
        open_investigation(application=application, business_date=TODAY)
        assert (
            "You work on this investigation now."
            in sign_in(investigator).post(address("investigation_take", application), follow=True).text
        )
        before = world()
        late = sign_in(second_investigator).post(address("investigation_take", application), headers=HTMX)
        assert late.status_code == 422 and "Ida Investigator" in late.text
        assert world() == before

    def test_answers_a_check_with_its_document(self, in_work: Investigation, investigator: User, sign_in: SignIn) -> None:
        paper = add_document(in_work.application)
        item = in_work.items.first()
        sent = {f"item-{item.pk}-result": "no", f"item-{item.pk}-note": "The names differ.", f"item-{item.pk}-evidence": str(paper.pk)}
        answer = sign_in(investigator).post(check_address(item), sent, headers=HTMX)
        assert answer.status_code == 200 and "The names differ." in answer.text
        item.refresh_from_db()
        assert (item.state, item.evidence, item.done_by) == ("FAILED", paper, investigator)

    def test_refuses_an_answer_without_words_and_keeps_the_rest(self, in_work: Investigation, investigator: User, sign_in: SignIn) -> None:
        item = in_work.items.first()
        before = world()
        for headers in ({}, HTMX):
            answer = sign_in(investigator).post(check_address(item), {f"item-{item.pk}-result": "yes"}, headers=headers)
            assert answer.status_code == 422
            assert "There is a problem" in answer.text and "<details open>" in answer.text
        assert world() == before

    def test_takes_no_document_of_another_file(self, opened: Make, investigator: User, sign_in: SignIn) -> None:
        mine, other = opened(), opened(number="L01X00T48")
        foreign = add_document(other.application, "foreign.pdf")
        item = mine.items.first()
        sent = {f"item-{item.pk}-result": "yes", f"item-{item.pk}-note": "Seen.", f"item-{item.pk}-evidence": str(foreign.pk)}
        before = world()
        assert sign_in(investigator).post(check_address(item), sent).status_code == 422
        assert world() == before

    def test_records_a_fact(self, in_work: Investigation, investigator: User, sign_in: SignIn) -> None:
        application = in_work.application
        answer = sign_in(investigator).post(address("fact_record", application), fact(), follow=True)
        assert "The fact is recorded." in answer.text
        kept = Fact.objects.filter(application=application, author=investigator).get()
        assert (kept.code, kept.value) == ("monthly_income", "4100.00")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"value": "a lot"}, "value"),
            ({"code": ""}, "code"),
            ({"authenticity": "DOCUMENT"}, "evidence"),
            ({"as_of_date": "2026-13-01"}, "as_of_date"),
        ],
    )
    def test_names_the_field_of_a_fact_and_keeps_the_rest(
        self, changes: dict[str, str], field: str, in_work: Investigation, investigator: User, sign_in: SignIn
    ) -> None:
        application = in_work.application
        before = world()
        answer = sign_in(investigator).post(address("fact_record", application), fact(**changes))
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert 'value="Employer"' in answer.text
        assert world() == before

    def test_keeps_what_was_typed_into_the_other_forms(self, in_work: Investigation, investigator: User, sign_in: SignIn) -> None:
        first, second = list(in_work.items.all())[:2]
        half = {"submit-summary": "Half a summary", "fact-value": "4,1", "fact-source": "Empl", f"item-{second.pk}-note": "Half a note"}
        done = {f"item-{first.pk}-result": "yes", f"item-{first.pk}-note": "Seen."}
        client = sign_in(investigator)
        answer = client.post(check_address(first), done | half, headers=HTMX)
        assert answer.status_code == 200
        for words in ("Half a summary", 'value="4,1"', 'value="Empl"', "Half a note"):
            assert words in answer.text, words
        assert answer.text.count("<details open>") == 1
        answer = client.post(address("fact_record", in_work.application), half | fact(), headers=HTMX)
        assert "Half a summary" in answer.text and 'value="Employer"' not in answer.text
        # The forms of the panel go along with the one that is sent.
        assert answer.text.count('hx-include="#panel-investigation"') == 5
        assert not Fact.objects.filter(value="4.1").exists()

    def test_loads_the_page_again_when_it_is_taken(self, apply: Make, investigator: User, sign_in: SignIn) -> None:
        application = apply()
        open_investigation(application=application, business_date=TODAY)
        answer = sign_in(investigator).post(address("investigation_take", application), headers=HTMX)
        assert answer.headers["HX-Refresh"] == "true"

    def test_costs_the_same_however_many_checks_and_documents(
        self, opened: Make, investigator: User, sign_in: SignIn, django_assert_num_queries: Any
    ) -> None:
        client = sign_in(investigator)
        investigation = opened()
        for number in (1, 8):
            for position in range(number):
                add_document(investigation.application, f"{number}-{position}.pdf")
                ChecklistItem.objects.create(investigation=investigation, code=f"more-{number}-{position}", title="More")
            # session, user, branches, roles, application; bank state; investigation, checks, documents, facts, replaced ones; who took it
            # in; judged signals; declared interests; what differs: lines, facts, explanations, reports on others who answer for it, days of
            # statements, register, visit, what is owed to us and was granted.
            with django_assert_num_queries(23):
                client.get(address("investigation_panel", investigation.application), headers=HTMX)


class TestSigningOff:
    def test_is_put_up_with_a_summary(self, to_sign_off: Investigation, sign_in: SignIn, investigator: User) -> None:
        Investigation.objects.update(state="OPEN", submitted_at=None)
        client = sign_in(investigator)
        empty = client.post(address("investigation_submit", to_sign_off.application), {"submit-summary": ""}, headers=HTMX)
        assert empty.status_code == 422
        client.post(address("investigation_submit", to_sign_off.application), {"submit-summary": "Sound."})
        to_sign_off.refresh_from_db()
        assert to_sign_off.state == "SUBMITTED"

    def test_keeps_the_summary_while_checks_are_open(self, in_work: Investigation, investigator: User, sign_in: SignIn) -> None:
        application = in_work.application
        before = world()
        answer = sign_in(investigator).post(address("investigation_submit", application), {"submit-summary": "Nearly there."})
        assert answer.status_code == 422
        assert "required checks are still open" in answer.text and "Nearly there." in answer.text
        assert world() == before

    def test_takes_another_person(
        self, to_sign_off: Investigation, investigator: User, second_investigator: User, model: Any, policy: Any, sign_in: SignIn
    ) -> None:
        application = to_sign_off.application
        before = world()
        own = sign_in(investigator).post(address("investigation_sign_off", application), seen())
        assert own.status_code == 422 and "You worked on this investigation" in own.text
        assert world() == before
        answer = sign_in(second_investigator).post(address("investigation_sign_off", application), seen(), headers=HTMX)
        assert answer.status_code == 200
        application.refresh_from_db()
        assert application.state == "REVIEW" and application.recommendation
        history = sign_in(investigator).get(reverse("loans:application_detail", args=[application.pk])).text
        assert [words for words in ("taken", "submitted", "signed off") if f"Investigation {words}" not in history] == []

    def test_lists_what_differs_with_its_explanation_to_be_looked_at(
        self, to_sign_off: Investigation, investigator: User, second_investigator: User, model: Any, policy: Any, sign_in: SignIn
    ) -> None:
        application = to_sign_off.application
        record_computed(application=application, facts={"total_debt": ("20000", "Bureau report SB-1", "THIRD_PARTY")}, business_date=TODAY)
        client, panel = sign_in(second_investigator), address("investigation_panel", application)
        page = client.get(panel).text
        assert "Debt: 9,000 EUR against 20,000 EUR (bureau report). Not explained." in page
        assert "Send it back" in page and ">Sign off<" not in page, "nothing is offered that would be refused"
        answer = client.post(address("investigation_sign_off", application), seen())
        assert answer.status_code == 422 and "Nobody has explained why these differ: Debt (bureau report)." in answer.text
        Investigation.objects.update(state="OPEN", submitted_at=None)
        own = sign_in(investigator)
        page = own.get(panel).text
        assert "Say why on" in page and "it is not put up before" in page
        early = own.post(address("investigation_submit", application), {"submit-summary": "Sound."})
        assert early.status_code == 422 and "Nobody has explained why these differ: Debt (bureau report)." in early.text
        assert "Sound.</textarea>" in early.text and Investigation.objects.get().state == "OPEN"
        field = {"check": "debt_bureau", "debt_bureau-reason": "Forgot a card."}
        assert own.post(address("difference_explain", application), field).status_code == 422
        own.post(address("difference_explain", application), field | {"debt_bureau-code": "MISSTATED"})
        own.post(address("investigation_submit", application), {"submit-summary": "Sound."})
        page = client.get(panel).text
        assert "(bureau report). Stated wrongly; what was seen counts: Forgot a card. Ida Investigator" in page
        answer = client.post(address("investigation_sign_off", application), seen())
        assert answer.status_code == 422 and "Not yet: Debt (bureau report)." in answer.text
        ticked = {"sign-explanations": [str(Explanation.objects.get().pk)]}
        assert client.post(address("investigation_sign_off", application), seen() | ticked).status_code == 302
        assert Investigation.objects.get().state == "SIGNED_OFF"

    def test_says_so_when_no_policy_is_in_force(self, to_sign_off: Investigation, second_investigator: User, sign_in: SignIn) -> None:
        application = to_sign_off.application
        before = world()
        answer = sign_in(second_investigator).post(address("investigation_sign_off", application), seen())
        assert answer.status_code == 422 and "No policy is in force" in answer.text
        assert world() == before

    def test_is_sent_back_with_a_reason_and_refused_a_second_time(
        self, to_sign_off: Investigation, second_investigator: User, sign_in: SignIn
    ) -> None:
        application = to_sign_off.application
        client = sign_in(second_investigator)
        assert client.post(address("investigation_send_back", application), {"back-reason": ""}).status_code == 422
        assert client.post(address("investigation_send_back", application), {"back-reason": "Income again."}).status_code == 302
        assert Investigation.objects.get().state == "OPEN"
        assert client.post(address("investigation_send_back", application), {"back-reason": "Again."}).status_code == 409


def seen() -> dict[str, Any]:
    """What the form to sign off carries: when what it was shown with was put up."""
    submitted_at = Investigation.objects.get().submitted_at
    assert submitted_at is not None
    return {"sign-seen": submitted_at.isoformat()}


class TestDoors:
    def test_are_closed_to_other_roles_and_branches(self, to_sign_off: Investigation, branch: Branch, sign_in: SignIn) -> None:
        application = to_sign_off.application
        item = to_sign_off.items.first()
        before = world()
        doors = {
            address("investigation_take", application): (Role.INVESTIGATOR,),
            check_address(item): (Role.INVESTIGATOR,),
            address("fact_record", application): (Role.INVESTIGATOR,),
            address("investigation_submit", application): (Role.INVESTIGATOR,),
            address("investigation_sign_off", application): SIGNERS,
            address("investigation_send_back", application): SIGNERS,
        }
        for role in Role:
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            for url, roles in doors.items():
                assert client.get(url).status_code == 405
                if role not in roles:
                    assert client.post(url, fact()).status_code == 403, (role, url)
        stranger = sign_in(make_person("some_stranger", Branch.objects.create(code="B9", name="Far"), Role.INVESTIGATOR))
        for url in doors:
            assert stranger.post(url, fact()).status_code == 404
        assert world() == before

    def test_do_not_accept_the_check_of_another_file(self, opened: Make, investigator: User, sign_in: SignIn) -> None:
        mine, other = opened(), opened(number="L01X00T48")
        item = other.items.first()
        url = reverse("risk:item_complete", args=[mine.application_id, item.pk])
        before = world()
        assert sign_in(investigator).post(url, {f"item-{item.pk}-result": "yes", f"item-{item.pk}-note": "x"}).status_code == 404
        assert world() == before
