"""The decision rail: deciding, the second person, taking back; what is refused and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import BankState, Branch, Proposal, User
from core.roles import Role
from loans.models import Application
from risk.models import Decision, Recommendation
from risk.selectors.terms import DECIDERS
from risk.services.decisions import decide
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import did_before, read
from tests.risk.files import make_stranger
from tests.risk.web.conftest import HTMX, SignIn, world
from tests.shared_rows import shared

Make = Callable[..., Any]
LARGE = {"amount": "300000.00", "term": "240"}
APPROVE = {"outcome": "APPROVED", "rationale": "Carries it with room."}


def address(name: str, application: Application) -> str:
    return reverse(f"risk:decision_{name}", args=[application.pk])


def post(client: Client, application: Application, **changes: Any) -> Any:
    return client.post(address("panel", application), APPROVE | read(application) | changes)


@shared
def waiting(reviewed: Make, approver: User) -> Application:
    """A large loan that one approver put up."""
    application: Application = reviewed(**LARGE)
    made = decide(
        application=application,
        outcome="APPROVED",
        amount=None,
        term_months=None,
        annual_rate=None,
        conditions=[],
        reasons=[],
        rationale="Well covered.",
        override_code="STRONG_COLLATERAL",
        actor=approver,
        business_date=TODAY,
    )
    assert isinstance(made, Recommendation)
    return application


class TestDeciding:
    def test_states_in_place_what_happened_and_moves_the_focus_on(self, reviewed: Make, approver: User, sign_in: SignIn) -> None:
        application, other = reviewed(), reviewed(number="L01X00T48")
        make_stranger(other)
        answer = sign_in(approver).post(address("panel", application), APPROVE | read(application), headers=HTMX)
        assert answer.status_code == 200
        assert "<h1>" not in answer.text
        assert "The decision is taken" in answer.text and "Who acts next" in answer.text
        assert reverse("risk:work_next") in answer.text and other.reference in answer.text and "data-focus" in answer.text
        assert Decision.objects.get().decided_by == approver

    def test_redirects_without_scripts(self, in_review: Application, approver: User, sign_in: SignIn) -> None:
        client = sign_in(approver)
        answer = post(client, in_review)
        assert (answer.status_code, answer["Location"]) == (302, address("panel", in_review))
        assert "The decision is taken." in client.get(answer["Location"]).text

    def test_takes_amount_rate_and_conditions_as_people_write_them(self, in_review: Application, approver: User, sign_in: SignIn) -> None:
        answer = post(
            sign_in(approver),
            in_review,
            outcome="COUNTER_OFFERED",
            amount="9,000.00",
            term_months="24",
            annual_rate="7.9",
            price_code="RISK_BEYOND_GRADE",
            conditions=["insurance"],
            other_condition="Car handed over first",
        )
        assert answer.status_code == 302
        decision = Decision.objects.get()
        assert (decision.amount, decision.term_months, decision.annual_rate) == (Decimal(9000), 24, Decimal("0.079"))
        assert [one["code"] for one in decision.conditions] == ["insurance", "other"]

    def test_declines_with_reasons(self, reviewed: Make, approver: User, sign_in: SignIn) -> None:
        application = reviewed(facts={"monthly_obligations": "2600"})
        # A condition that was ticked before, and is out of sight with another outcome, is none of it.
        post(sign_in(approver), application, outcome="DECLINED", reasons=["AFFORDABILITY"], conditions=["insurance"])
        decision = Decision.objects.get()
        assert decision.reasons[0]["code"] == "AFFORDABILITY" and decision.conditions == []

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"outcome": ""}, "outcome"),
            ({"rationale": "  "}, "rationale"),
            ({"amount": "much"}, "amount"),
            ({"outcome": "COUNTER_OFFERED", "amount": "999,999.00"}, "amount"),
            ({"outcome": "DECLINED", "override_code": "PORTFOLIO_LIMIT"}, "reasons"),
            ({"outcome": "APPROVED_WITH_CONDITIONS"}, "conditions"),
            ({"conditions": ["insurance"]}, "conditions"),
            ({"other_condition": "Car handed over first"}, "conditions"),
            ({"annual_rate": "1.0"}, "price_code"),
            ({"override_code": "PORTFOLIO_LIMIT"}, "override_code"),
        ],
    )
    def test_answers_422_at_the_field_and_keeps_what_was_typed(
        self, changes: dict[str, Any], field: str, in_review: Application, approver: User, sign_in: SignIn
    ) -> None:
        before = world()
        for headers in ({}, HTMX):
            sent = APPROVE | read(in_review) | {"annual_rate": "9.123"} | changes
            answer = sign_in(approver).post(address("panel", in_review), sent, headers=headers)
            assert answer.status_code == 422
            assert field in answer.context["form"].errors
            assert f'href="#decision-{field}"' in answer.text
            assert f'value="{sent["annual_rate"]}"' in answer.text
        assert world() == before

    def test_tells_the_second_of_two_and_keeps_the_rationale(
        self, in_review: Application, approver: User, second_approver: User, sign_in: SignIn
    ) -> None:
        post(sign_in(approver), in_review)
        before = world()
        for headers in ({}, HTMX):
            answer = sign_in(second_approver).post(
                address("panel", in_review), APPROVE | {"rationale": "I know the employer."}, headers=headers
            )
            assert answer.status_code == 409
            assert "Anna Approver was first" in answer.text
            assert "I know the employer." in answer.text
        assert world() == before

    @pytest.mark.parametrize("how", ["put up", "invalid", "referred", "worked on", "assessed"])
    def test_gives_the_rationale_back_where_no_form_is_drawn_any_more(
        self, how: str, reviewed: Make, approver: User, second_approver: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        """Somebody put another decision up or referred the file meanwhile, or this person came to work on it:
        what they wrote is not lost.
        """
        application = reviewed(**LARGE)
        client, given = sign_in(second_approver), {"override_code": "STRONG_COLLATERAL"}
        sent = APPROVE | read(application) | given | {"rationale": "I know the employer."}
        if how == "referred":
            post(sign_in(approver), application, outcome="REFERRED")
        elif how == "worked on":
            did_before(application, second_approver)
        else:
            post(sign_in(approver), application, **given)
        sent |= {"outcome": ""} if how == "invalid" else {"evaluation": ""} if how == "assessed" else {}
        before = world()
        for headers in ({}, HTMX):
            answer = client.post(address("panel", application), sent, headers=headers)
            assert answer.status_code in (409, 422) and "Submit decision" not in answer.text
            assert answer.text.count("I know the employer.") == 1 and "What you wrote, to copy" in answer.text
        assert world() == before
        assert "What you wrote" not in client.get(address("panel", application)).text

    def test_is_taken_once_however_often_it_is_sent(self, in_review: Application, approver: User, sign_in: SignIn) -> None:
        pages = [sign_in(approver), sign_in(approver)]  # two windows of one person
        post(pages[0], in_review)
        before = world()
        assert [post(page, in_review).status_code for page in (*pages, pages[0])] == [409] * 3
        assert world() == before and Decision.objects.count() == 1

    def test_says_why_facts_that_went_stale_approve_nothing(
        self, in_review: Application, approver: User, bank: BankState, sign_in: SignIn
    ) -> None:
        BankState.objects.update(business_date=TODAY + timedelta(days=200))
        before = Decision.objects.count(), Proposal.objects.count()
        client = sign_in(approver)
        assert "these checks changed" in post(client, in_review, override_code="NEW_EVIDENCE").text, "shown first"
        answer = post(client, in_review, override_code="NEW_EVIDENCE")
        assert answer.status_code == 422
        assert "passed their shelf life" in answer.text
        assert (Decision.objects.count(), Proposal.objects.count()) == before

    def test_is_closed_to_other_roles_and_branches(self, in_review: Application, outsider: User, branch: Branch, sign_in: SignIn) -> None:
        before = world()
        for role in Role:
            if role in DECIDERS:
                continue
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            for name in ("panel", "confirm", "reject", "send_back"):
                assert client.post(address(name, in_review), APPROVE).status_code == 403, (role, name)
        for name in ("panel", "confirm", "reject"):
            assert sign_in(outsider).post(address(name, in_review), APPROVE).status_code == 404
        assert sign_in(outsider).post(address("send_back", in_review), APPROVE).status_code == 403, "a risk manager's alone"
        assert world() == before

    def test_sends_a_referral_back(self, in_review: Application, approver: User, risk_manager: User, sign_in: SignIn) -> None:
        post(sign_in(approver), in_review, outcome="REFERRED", annual_rate="")
        assert "Send back to the investigator" not in sign_in(approver).get(address("panel", in_review)).text
        client = sign_in(risk_manager)
        assert "Send back to the investigator" in client.get(address("panel", in_review)).text
        assert client.post(address("send_back", in_review), {"back-reason": ""}).status_code == 422
        answer = client.post(address("send_back", in_review), {"back-reason": "Ask for the lease."}, headers=HTMX)
        assert answer.status_code == 200 and "The file is with its investigator again." in answer.text
        late = client.post(address("send_back", in_review), {"back-reason": "Ask for the lease."}, headers=HTMX)
        assert late.status_code == 422 and "not referred any more" in late.text
        in_review.refresh_from_db()
        assert in_review.state == "INVESTIGATING"

    def test_needs_the_password_again_where_the_house_asks_for_it(
        self, reviewed: Make, approver: User, sign_in: SignIn, settings: Any
    ) -> None:
        settings.CREDENCE_REQUIRE_STEP_UP = True
        application = reviewed()
        client = sign_in(approver)
        assert client.get(address("panel", application)).status_code == 200
        answer = post(client, application)
        assert answer.status_code == 302 and "/account/reauthenticate" in answer["Location"]
        assert not Decision.objects.exists()


def seen() -> dict[str, str]:
    """What a form carries of the proposal that it was shown with."""
    return {"seen": str(Proposal.objects.get().pk)}


class TestTheSecondPerson:
    def test_sees_what_was_put_up_and_confirms_it(self, waiting: Application, second_approver: User, sign_in: SignIn) -> None:
        client = sign_in(second_approver)
        page = client.get(address("panel", waiting))
        assert "Well covered." in page.text and "Confirm decision" in page.text
        answer = client.post(address("confirm", waiting), seen(), headers=HTMX)
        assert answer.status_code == 200 and "The decision is taken" in answer.text
        assert Decision.objects.get().second_by == second_approver

    def test_is_never_the_first(self, waiting: Application, approver: User, sign_in: SignIn) -> None:
        client = sign_in(approver)
        page = client.get(address("panel", waiting))
        assert "Confirm decision" not in page.text and "Take back" in page.text
        before = world()
        answer = client.post(address("confirm", waiting), seen())
        assert answer.status_code == 422 and "You proposed this yourself" in answer.text
        assert world() == before

    def test_refuses_with_a_reason_that_is_kept_when_it_is_too_long(
        self, waiting: Application, second_approver: User, sign_in: SignIn
    ) -> None:
        client = sign_in(second_approver)
        before = world()
        assert client.post(address("reject", waiting), seen() | {"refuse-reason": ""}).status_code == 422
        long = client.post(address("reject", waiting), seen() | {"refuse-reason": "y" * 401})
        assert long.status_code == 422 and "y" * 401 in long.text
        assert world() == before
        answer = client.post(address("reject", waiting), seen() | {"refuse-reason": "The valuation is old."}, headers=HTMX)
        assert answer.status_code == 200
        assert Proposal.objects.get().state == "REJECTED"

    def test_lets_the_first_take_it_back(self, waiting: Application, approver: User, sign_in: SignIn) -> None:
        answer = sign_in(approver).post(address("reject", waiting), seen(), follow=True)
        assert "The application stays in review." in answer.text
        assert "Submit decision" in answer.text

    def test_hears_who_was_first(self, waiting: Application, second_approver: User, risk_manager: User, sign_in: SignIn) -> None:
        sign_in(second_approver).post(address("confirm", waiting), seen())
        answer = sign_in(risk_manager).post(address("confirm", waiting), seen())
        assert answer.status_code == 409 and "was first" in answer.text
        assert Decision.objects.count() == 1
