"""A decision on other terms than were asked for: what the file comes to on them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import User
from loans.models import Application
from risk.models import Decision, PolicyVersion, Recommendation
from risk.services import rules_of_decision
from risk.services.decisions import confirm_decision
from risk.services.other_terms import OnTerms
from risk.services.replay import replay_decision
from risk.services.rules_of_decision import UnableToDecide
from risk.web.papers import memo_of
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided, lend_at_most, nothing_happened
from tests.risk.test_decisions import REASONED


class TestOnTheTermsDecided:
    """What is granted is held against the policy, not what was asked for."""

    def test_a_burden_the_policy_refuses_takes_a_reason_and_two_people(self, reviewed: Make, approver: User, second_approver: User) -> None:
        """12,000 over six months takes half of the income, over 60 months a tenth."""
        application = reviewed(term="60")
        assert application.recommendation == "APPROVE"
        short: dict[str, Any] = {"outcome": "COUNTER_OFFERED", "term_months": 6}
        with pytest.raises(UnableToDecide, match="override_missing_on_terms") as refusal:
            decided(application, approver, **short)
        assert "On these terms the system says decline: Debt service to income 55" in refusal.value.detail
        assert nothing_happened()
        made = decided(application, approver, **short, override_code="STRONG_COLLATERAL")
        assert isinstance(made, Recommendation)
        told = made.content["on_terms"]
        client = Client()
        client.force_login(second_approver)
        panel = client.get(reverse("risk:decision_panel", args=[application.pk])).text
        assert "System on these terms" in panel and "Debt service to income: 55" in panel
        assert told["outcome"] == "DECLINE" and {"dsti", "disposable_income"} <= {row["fact"] for row in told["rows"]}
        decision = confirm_decision(application=application, actor=second_approver, business_date=TODAY)
        panel = client.get(reverse("risk:decision_panel", args=[application.pk])).text
        assert "On the terms decided" in panel and "Debt service to income: 55" in panel and "As asked for: " in panel
        rows = {row["fact"]: row["result"] for row in decision.evidence["terms"]["rows"]}
        asked = {row["fact"]: row["result"] for row in decision.evidence["evaluation"]["rows"]}
        page = client.get(reverse("risk:decision_detail", args=[decision.pk])).text
        assert "System on these terms" in page and "Debt service to income: 55" in page
        assert "debt service to income 55" in dict(memo_of(decision, "Bank")["decision"])["System on these terms"]
        assert (rows["dsti"], asked["dsti"], decision.system_recommendation) == ("FAIL", "PASS", "APPROVE")

    def test_a_rate_the_income_does_not_carry_takes_two_people(self, reviewed: Make, approver: User) -> None:
        lend_at_most(above=Decimal("0.50"))
        application = reviewed(amount="41000.00")
        made = decided(application, approver, outcome="COUNTER_OFFERED", annual_rate=Decimal("0.57"), **REASONED)
        assert isinstance(made, Recommendation) and made.content["on_terms"]["outcome"] == "DECLINE"

    def test_a_counter_offer_the_policy_approves_leaves_no_recommendation(self, reviewed: Make, approver: User) -> None:
        application = reviewed(facts={"living_expenses": "3300"})
        assert application.recommendation == "REFER"
        decision = decided(application, approver, outcome="COUNTER_OFFERED", amount=Decimal(3000))
        assert isinstance(decision, Decision) and decision.override_code == ""
        assert (decision.system_recommendation, decision.evidence["terms"]["outcome"]) == ("REFER", "APPROVE")

    def test_what_was_asked_for_is_assessed_once(self, in_review: Application, approver: User) -> None:
        decision = decided(in_review, approver)
        assert isinstance(decision, Decision) and "terms" not in decision.evidence

    def test_the_worse_grade_counts_for_the_authority(
        self, in_review: Application, approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[Any] = []
        real = rules_of_decision.authority_for
        monkeypatch.setattr(
            rules_of_decision, "authority_for", lambda *given, **named: (asked.append(named["grade"]), real(*given, **named))[1]
        )
        monkeypatch.setattr(OnTerms, "grade", "E")
        made = decided(in_review, approver, outcome="COUNTER_OFFERED", amount=Decimal(9000))
        assert asked == ["E"] and isinstance(made, Recommendation)  # no row of the matrix lets one person decide over it

    def test_is_frozen_and_replays_to_the_byte(self, in_review: Application, approver: User, policy: PolicyVersion) -> None:
        decision = decided(in_review, approver, outcome="COUNTER_OFFERED", amount=Decimal(9000), term_months=24)
        assert isinstance(decision, Decision)
        decision = Decision.objects.get(pk=decision.pk)
        result = replay_decision(decision=decision)
        assert result.identical and "policy rows on the decided terms" in result.parts and "score on the decided terms" in result.parts
        decision.evidence["terms"]["facts"]["dsti"]["value"] = "0.9"
        assert "recommendation on the decided terms" in [one.part for one in replay_decision(decision=decision).differences]
