"""Facts against policy and the score: panels of the workspace that are also pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from risk.domain.facts import CATALOGUE
from risk.models import Investigation
from risk.services.sign_off import sign_off_investigation
from risk.web.panels import FILE_READERS
from risk.web.wording import headroom_words
from tests.risk.conftest import TODAY, make_person
from tests.risk.web.conftest import HTMX, SignIn, world

Make = Callable[..., Any]
PANELS = ("facts_panel", "score_panel", "similar_panel", "investigation_panel", "decision_panel")


def address(name: str, application: Application) -> str:
    return reverse(f"risk:{name}", args=[application.pk])


class TestEveryPanel:
    def test_is_a_page_without_scripts_and_a_fragment_with_htmx(self, in_review: Application, auditor: User, sign_in: SignIn) -> None:
        client = sign_in(auditor)
        for name in PANELS:
            page = client.get(address(name, in_review))
            fragment = client.get(address(name, in_review), headers=HTMX)
            assert (page.status_code, fragment.status_code) == (200, 200)
            assert "<h1>" in page.text and in_review.reference in page.text
            assert "<h1>" not in fragment.text and "<section" in fragment.text

    @pytest.mark.parametrize("stage", ["apply", "opened", "submitted", "reviewed"])
    def test_stands_at_each_stage_of_a_file(self, stage: str, request: pytest.FixtureRequest, auditor: User, sign_in: SignIn) -> None:
        made = request.getfixturevalue(stage)()
        application = made if isinstance(made, Application) else made.application
        client = sign_in(auditor)
        for name in PANELS:
            assert client.get(address(name, application)).status_code == 200

    def test_opens_to_those_who_handle_files(self, in_review: Application, branch: Branch, sign_in: SignIn) -> None:
        before = world()
        for role in Role:
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            for name in PANELS:
                page = client.get(address(name, in_review))
                assert page.status_code == (200 if role in FILE_READERS else 403), (role, name)
                assert role in FILE_READERS or "Lindqvist" not in page.text
        assert world() == before

    def test_of_another_branch_looks_as_if_it_were_absent(self, in_review: Application, outsider: User, sign_in: SignIn) -> None:
        client = sign_in(outsider)
        for name in PANELS:
            there = client.get(address(name, in_review))
            nowhere = client.get(reverse(f"risk:{name}", args=[uuid4()]))
            assert (there.status_code, nowhere.status_code) == (404, 404)
            assert "Lindqvist" not in there.text


class TestFactsAgainstPolicy:
    def test_shows_value_limit_headroom_and_word(self, reviewed: Make, auditor: User, sign_in: SignIn) -> None:
        page = sign_in(auditor).get(address("facts_panel", reviewed(facts={"bureau_worst_dpd": "45"})))
        lines = {line.code: line for group in page.context["groups"] for line in group.lines}
        late = lines["P11"]
        assert (late.value, late.policy, late.headroom) == ("45 days", "soft 30 days, hard 90 days", "\u221215 days")
        assert (late.word, late.css) == ("Soft limit", "soft")
        assert lines["P16"].policy == "yes"
        assert lines["P12"].policy == "soft A, B, C; hard A, B, C, D"
        assert "min" in lines["P04"].policy
        assert "Refer" in page.text

    def test_costs_the_same_at_any_length(self, reviewed: Make, auditor: User, sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
        client = sign_in(auditor)
        application = reviewed()
        # session, user, roles, application, evaluation with policy and score: one each; the rows lie in the evaluation.
        with django_assert_max_num_queries(6):
            client.get(address("facts_panel", application), headers=HTMX)


class TestScore:
    def test_draws_the_waterfall_and_says_what_cost_most(self, in_review: Application, auditor: User, sign_in: SignIn) -> None:
        page = sign_in(auditor).get(address("score_panel", in_review))
        assert page.context["chart"].final == in_review.score
        assert "<svg" in page.text and "Show as table" in page.text
        assert f"Score {in_review.score}, grade {in_review.grade}" in page.text
        costs = page.context["costs"]
        assert costs and [float(lost) for _, _, lost in costs] == sorted((float(lost) for _, _, lost in costs), reverse=True)
        assert all(value.endswith(("%", " EUR", " months")) for _, value, _ in costs), costs

    def test_says_so_when_no_scorecard_was_in_force(
        self, to_sign_off: Investigation, second_investigator: User, policy: Any, auditor: User, sign_in: SignIn
    ) -> None:
        sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        page = sign_in(auditor).get(address("score_panel", to_sign_off.application))
        assert "No scorecard was in force" in page.text


class TestHeadroom:
    @pytest.mark.parametrize(
        ("fact", "headroom", "words"),
        [
            ("collateral_coverage", "0.0000", "at limit"),
            ("ltv", "0.1300", "+13.0 pp"),
            ("ltv", "-0.0004", "−0.04 pp"),
            ("dscr", "-0.0002", "−0.0002×"),
            ("disposable_income", "-0.40", "−0.40 EUR"),
            ("lowest_balance", "-0.30", "−0.30 EUR"),
            ("employment_months", "1", "+1 month"),
            ("years_in_business", "-0.5", "−0.5 years"),
            ("dscr", "0", "at limit"),
            ("open_red_flags", "0", "at limit"),
        ],
    )
    def test_has_the_unit_of_its_fact(self, fact: str, headroom: str, words: str) -> None:
        assert headroom_words(CATALOGUE[fact], headroom, "EUR") == words
