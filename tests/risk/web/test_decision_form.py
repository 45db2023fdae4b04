"""The form to decide: what it offers, to whom, and what it says of the file."""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from loans.models import Application, ApplicationHold
from risk.models import PolicyEvaluation
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import did_before
from tests.risk.web.conftest import HTMX, SignIn
from tests.risk.web.test_decision_rail import LARGE, Make, address, post, waiting  # noqa: F401 -- a fixture among them


class TestTheForm:
    def test_offers_every_outcome_and_chooses_none(self, in_review: Application, approver: User, sign_in: SignIn) -> None:
        page = sign_in(approver).get(address("panel", in_review), headers=HTMX)
        assert page.text.count('type="radio"') == 6
        assert 'value="12,000"' in page.text
        assert " checked" not in page.text
        assert page.context["rail"].authority.level == 1
        assert "your decision takes effect at once" in page.text

    def test_says_that_a_large_one_goes_to_a_second_person(self, reviewed: Make, approver: User, sign_in: SignIn) -> None:
        page = sign_in(approver).get(address("panel", reviewed(**LARGE)))
        assert "Two people: an approval goes to a second person." in page.text

    def test_names_every_check_that_did_not_pass(self, in_review: Application, approver: User, sign_in: SignIn) -> None:
        evaluation = PolicyEvaluation.objects.get()
        rows = [row | {"result": "MISSING", "value": None, "headroom": None} for row in evaluation.rows[:8]]
        PolicyEvaluation.objects.create(
            application=in_review,
            policy_version=evaluation.policy_version,
            score=evaluation.score,
            facts=evaluation.facts,
            rows=[*rows, *evaluation.rows[8:]],
            outcome="REFER",
            business_date=TODAY,
        )
        page = sign_in(approver).get(address("panel", in_review)).text
        assert "8 need a person" in page and "And 2 more" in page
        assert all(f"<li>{row['title']}: " in page for row in rows)

    def test_says_who_acts_once_the_applicant_answered(self, in_review: Application, approver: User, sign_in: SignIn) -> None:
        application, client = in_review, sign_in(approver)
        post(client, application)
        for state, words in (
            ("OFFERED", "brings the offer to the applicant"),
            ("ACCEPTED", "who makes the contract"),
            ("OFFER_REFUSED", "the applicant refused the offer"),
        ):
            Application.objects.filter(pk=application.pk).update(state=state)
            assert words in client.get(address("panel", application)).text

    def test_tells_somebody_who_worked_on_the_file_why_not(self, in_review: Application, approver: User, sign_in: SignIn) -> None:
        did_before(in_review, approver, "TAKEN")
        page = sign_in(approver).get(address("panel", in_review))
        assert "You investigated the file." in page.text
        assert "Submit decision" not in page.text

    @pytest.mark.parametrize(
        ("reason", "told"),
        [
            ("FRAUD", "Fraud signal"),
            ("SCREENING", "The file cannot go on until the review has ended."),
            ("COLLATERAL", "Red flag against what is pledged"),
        ],
    )
    def test_offers_no_grant_while_the_file_is_held_and_says_who_ends_it(
        self, reason: str, told: str, in_review: Application, approver: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        ApplicationHold.objects.filter(application=in_review).delete()
        ApplicationHold.objects.create(application=in_review, reason=reason, source="test:1")
        page = sign_in(approver).get(address("panel", in_review), headers=HTMX)
        assert told in page.text and "risk manager" in page.text
        offered = {code for code, _ in page.context["decision_form"].fields["outcome"].choices}
        assert offered == {"REFERRED", "RETURNED", "DECLINED"}
        assert "decision-terms" not in page.text
        named = ApplicationHold.Reason(reason).label
        for person in (approver, risk_manager):
            file = sign_in(person).get(reverse("loans:application_detail", args=[in_review.pk]))
            assert (f">{named}</a>" in file.text) is (person == risk_manager or reason != "SCREENING")

    def test_offers_the_second_person_no_confirmation_while_the_file_is_held(
        self, waiting: Application, second_approver: User, sign_in: SignIn
    ) -> None:
        ApplicationHold.objects.filter(application=waiting).delete()
        page = sign_in(second_approver).get(address("panel", waiting), headers=HTMX)
        assert "Confirm decision" in page.text
        ApplicationHold.objects.create(application=waiting, reason="FRAUD", source="test:1")
        page = sign_in(second_approver).get(address("panel", waiting), headers=HTMX)
        assert "Confirm decision" not in page.text and "Why you refuse it" in page.text

    def test_is_shown_to_deciders_only(self, in_review: Application, branch: Branch, sign_in: SignIn) -> None:
        for role in (Role.OFFICER, Role.INVESTIGATOR, Role.AUDITOR, Role.COMPLIANCE):
            page = sign_in(make_person(f"some_{role.lower()}", branch, role)).get(address("panel", in_review))
            assert "Submit decision" not in page.text

    def test_costs_a_constant_number_of_queries(
        self, reviewed: Make, approver: User, sign_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        client = sign_in(approver)
        application = reviewed()
        # session, user, roles, branches, application, bank state twice, evaluation, proposal, decision; who worked on the file: one
        # read; the group, exposure with its limits, and cover: nine at most; matrix, appetite and book: three; what holds it: one; the
        # policy, whose rows say what has to be fresh: one. None grows with the file.
        with django_assert_max_num_queries(23):
            client.get(address("panel", application), headers=HTMX)
