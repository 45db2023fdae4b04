"""Deciding: authority, conflicts, overrides, voided evidence, replay."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from collateral.models import Asset, Pledge
from core.errors import Conflict
from core.models import AuditEntry, OutboxEvent, User
from loans.models import (
    Application,
    ApplicationHold,
    ApplicationOutcome,
    ConditionPrecedent,
)
from loans.services.offers import UnableToAcceptOffer, accept_offer
from risk.models import Decision, Investigation, ModelVersion, PolicyVersion, Recommendation
from risk.services import rules_of_decision
from risk.services.decisions import confirm_decision
from risk.services.facts import record_fact
from risk.services.investigations import UnableToSendBack, send_referred_back
from risk.services.letters import letter_of
from risk.services.other_terms import OnTerms
from risk.services.replay import replay_decision
from risk.services.rules_of_decision import UnableToDecide
from risk.web.papers import memo_of
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided, did_before, lend_at_most, nothing_happened, put_papers_on_file, receive_statement


def told(code: str) -> dict[str, str]:
    return {"code": code, "text": rules_of_decision.REASONS[code]}


REASONED = {"override_code": "STRONG_COLLATERAL", "price_code": "RISK_BEYOND_GRADE"}


class TestDecide:
    def test_within_authority_takes_effect_at_once(self, in_review: Application, approver: User) -> None:
        decision = decided(in_review, approver)
        in_review.refresh_from_db()
        assert isinstance(decision, Decision)
        assert in_review.state == "OFFERED"
        assert (decision.amount, decision.term_months, decision.exposure_after) == (Decimal(12000), 36, Decimal(12000))
        assert decision.second_by is None
        assert ApplicationOutcome.objects.get().outcome == "APPROVED"
        assert ConditionPrecedent.objects.get().code == "contract_signed"
        assert AuditEntry.objects.filter(action="decision.made").exists()
        assert OutboxEvent.objects.filter(name="DecisionMade").exists()

    def test_makes_it_a_condition_that_what_is_pledged_is_registered(self, reviewed: Make, approver: User) -> None:
        """The product asks for no collateral; the decision counts on what was pledged all the same."""
        application: Application = reviewed()
        asset = Asset.objects.create(
            branch=application.branch, kind="MACHINERY", description="Lathe", currency="EUR", stated_value=1, registered_date=TODAY
        )
        Pledge.objects.create(asset=asset, application=application, rank=1, amount=1)
        decided(application, approver, override_code="STRONG_COLLATERAL")
        assert {one.code for one in ConditionPrecedent.objects.all()} == {"contract_signed", "collateral_perfected"}

    def test_takes_the_price_of_the_grade(self, in_review: Application, approver: User) -> None:
        rates = {"A": "0.0490", "B": "0.0590", "C": "0.0690"}
        decision = decided(in_review, approver)
        assert decision.annual_rate == Decimal(rates.get(in_review.grade, "0.0790"))

    @pytest.mark.parametrize("who", ["officer", "investigator", "second_investigator", "validator"])
    def test_refuses_people_without_the_role(self, who: str, in_review: Application, request: pytest.FixtureRequest) -> None:
        with pytest.raises(UnableToDecide, match="not_entitled"):
            decided(in_review, request.getfixturevalue(who))
        assert nothing_happened()

    def test_refuses_whoever_signed_the_investigation(self, submitted: Make, risk_manager: User, model: ModelVersion, policy: Any) -> None:
        from risk.services.sign_off import sign_off_investigation

        investigation = submitted()
        sign_off_investigation(investigation=investigation, actor=risk_manager, business_date=TODAY)
        with pytest.raises(UnableToDecide, match="conflict_of_interest") as refusal:
            decided(investigation.application, risk_manager)
        assert refusal.value.detail.startswith("You signed the investigation.")
        assert nothing_happened()

    def test_bars_the_person_and_not_the_role(self, in_review: Application, investigator: User, approver: User) -> None:
        """Somebody who investigated the file and became an approver since is still barred."""
        did_before(in_review, approver, "TAKEN")
        with pytest.raises(UnableToDecide, match="conflict_of_interest"):
            decided(in_review, approver)
        assert nothing_happened()

    def test_needs_a_signed_investigation(self, to_sign_off: Investigation, approver: User, model: ModelVersion, policy: Any) -> None:
        application = to_sign_off.application
        with pytest.raises(Conflict):
            decided(application, approver)
        assert nothing_happened()

    def test_refuses_stale_facts(self, reviewed: Make, approver: User) -> None:
        application = reviewed(as_of=TODAY - timedelta(days=120))
        with pytest.raises(UnableToDecide, match="stale_facts"):
            decided(application, approver, override_code="NEW_EVIDENCE")
        assert nothing_happened()

    @pytest.mark.parametrize(("days_ago", "stands"), [(0, 30), (75, 15), (90, 0)])
    def test_makes_no_offer_that_outlives_its_facts(
        self, days_ago: int, stands: int, reviewed: Make, approver: User, officer: User
    ) -> None:
        """An income counts for 90 days, an offer stands for 30: what is accepted is accepted on what is known."""
        application = reviewed(facts={"bureau_worst_dpd": "0"}, as_of=TODAY - timedelta(days=days_ago), bureau_as_of=TODAY)
        decided(application, approver)
        until = ApplicationOutcome.objects.get().valid_until
        assert until == TODAY + timedelta(days=stands)
        application.refresh_from_db()
        with pytest.raises(UnableToAcceptOffer, match="expired"):
            accept_offer(application=application, actor=officer, business_date=until + timedelta(days=1))

    def test_needs_a_reason_to_leave_the_recommendation(self, reviewed: Make, approver: User) -> None:
        application = reviewed(facts={"living_expenses": "3400"})
        assert application.recommendation == "REFER"
        with pytest.raises(UnableToDecide, match="override_missing"):
            decided(application, approver)
        assert nothing_happened()
        decision = decided(application, approver, override_code="COMPENSATING_INCOME")
        assert isinstance(decision, Decision)
        assert (decision.system_recommendation, decision.override_code) == ("REFER", "COMPENSATING_INCOME")

    def test_takes_a_reason_for_the_price_beside_that_for_the_policy(self, reviewed: Make, approver: User) -> None:
        """Neither speaks for the other."""
        application = reviewed(facts={"living_expenses": "3400"})
        dear = {"outcome": "COUNTER_OFFERED", "annual_rate": Decimal("0.085")}
        with pytest.raises(UnableToDecide, match="override_missing"):
            decided(application, approver, **dear, price_code="RISK_BEYOND_GRADE")
        with pytest.raises(UnableToDecide, match="invalid"):
            decided(application, approver, **dear, override_code="COMPENSATING_INCOME")
        assert nothing_happened()
        made = decided(application, approver, **dear, override_code="COMPENSATING_INCOME", price_code="RISK_BEYOND_GRADE")
        assert (made.override_code, made.price_code) == ("COMPENSATING_INCOME", "RISK_BEYOND_GRADE")
        assert dict(memo_of(made, "Bank")["decision"])["Left the price of the grade"] == "Risk that the grade does not see"

    def test_takes_two_people_to_approve_what_the_system_declines(self, reviewed: Make, approver: User) -> None:
        application = reviewed(facts={"monthly_obligations": "2600"})
        assert application.recommendation == "DECLINE"
        assert isinstance(decided(application, approver, override_code="NEW_EVIDENCE"), Recommendation)
        assert not Decision.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"rationale": "  "}, "rationale"),
            ({"outcome": "DECLINED", "override_code": "PORTFOLIO_LIMIT"}, "reasons"),
            ({"outcome": "APPROVED_WITH_CONDITIONS"}, "conditions"),
            ({"amount": Decimal(9000)}, "amount"),
            ({"outcome": "COUNTER_OFFERED"}, "amount"),
            ({"outcome": "COUNTER_OFFERED", "amount": Decimal(500)}, "amount"),
            ({"outcome": "COUNTER_OFFERED", "amount": Decimal(13000)}, "amount"),
            ({"outcome": "COUNTER_OFFERED", "term_months": 999}, "term_months"),
            ({"outcome": "MAYBE"}, "outcome"),
            ({"override_code": "BECAUSE"}, "override_code"),
            ({"override_code": "ADVERSE_KNOWLEDGE"}, "override_code"),
            ({"annual_rate": Decimal("0.01")}, "price_code"),
            ({"annual_rate": Decimal("0.01"), "override_code": "STRONG_COLLATERAL"}, "price_code"),
            ({"annual_rate": Decimal("0.01"), "price_code": "RISK_BEYOND_GRADE"}, "price_code"),
            ({"price_code": "COMPETING_OFFER"}, "price_code"),
            ({"annual_rate": Decimal("0.60")}, "annual_rate"),
            ({"annual_rate": Decimal("0.071234567891"), "price_code": "RISK_BEYOND_GRADE"}, "annual_rate"),
            ({"outcome": "COUNTER_OFFERED", "annual_rate": Decimal("0.085")}, "price_code"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, in_review: Application, approver: User, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(UnableToDecide) as refusal:
            decided(in_review, approver, **changes)
        assert [fault.field for fault in refusal.value.faults] == [field]
        assert nothing_happened()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"outcome": "DECLINED", "override_code": "ADVERSE_KNOWLEDGE", "reasons": [told("SCORE")]}, "is not true of this file"),
            ({"outcome": "DECLINED", "override_code": "ADVERSE_KNOWLEDGE", "reasons": [told("AFFORDABILITY")]}, "is not true of this file"),
            ({"outcome": "DECLINED", "override_code": "ADVERSE_KNOWLEDGE", "reasons": [told("PORTFOLIO")]}, "Portfolio limit reached"),
            ({"outcome": "COUNTER_OFFERED", "amount": Decimal(9000), "reasons": [told("COLLATERAL")]}, "is not true of this file"),
            ({"outcome": "COUNTER_OFFERED", "amount": Decimal(9000), "reasons": []}, "Choose at least one reason"),
        ],
    )
    def test_tells_nothing_that_is_not_true_of_the_file(self, reviewed: Make, approver: User, changes: dict[str, Any], words: str) -> None:
        """Every check of this file passes."""
        with pytest.raises(UnableToDecide) as refusal:
            decided(reviewed(), approver, **changes)
        [fault] = refusal.value.faults
        assert fault.field == "reasons" and words in fault.detail and nothing_happened()

    def test_tells_what_a_person_says_with_a_code(self, in_review: Application, approver: User) -> None:
        made = decided(in_review, approver, outcome="DECLINED", override_code="ADVERSE_KNOWLEDGE", reasons=[told("KNOWLEDGE")])
        assert isinstance(made, Decision) and made.reasons[0]["code"] == "KNOWLEDGE"

    def test_counter_offers_less(self, in_review: Application, approver: User) -> None:
        decided(in_review, approver, outcome="COUNTER_OFFERED", amount=Decimal(9000), term_months=24)
        outcome = ApplicationOutcome.objects.get()
        assert (outcome.outcome, outcome.amount, outcome.term_months) == ("COUNTER_OFFERED", Decimal(9000), 24)

    def test_counter_offers_another_rate_alone(self, in_review: Application, approver: User) -> None:
        decision = decided(in_review, approver, outcome="COUNTER_OFFERED", annual_rate=Decimal("0.085"), price_code="RISK_BEYOND_GRADE")
        assert (decision.outcome, decision.annual_rate, decision.amount) == ("COUNTER_OFFERED", Decimal("0.085"), Decimal(12000))
        assert isinstance(decision, Decision) and decision.evidence["terms"]["outcome"] == "APPROVE"
        assert "at our usual rate" in letter_of(decision).opening[-1]

    def test_declines_with_the_reasons_the_applicant_is_told(self, reviewed: Make, approver: User) -> None:
        application = reviewed(facts={"monthly_obligations": "2600"})
        reasons = [{"code": "AFFORDABILITY", "text": "The payments are too high for the income."}]
        decided(application, approver, outcome="DECLINED", reasons=reasons)
        application.refresh_from_db()
        assert application.state == "DECLINED"
        assert ApplicationOutcome.objects.get().reasons == reasons

    def test_tells_the_second_of_two_who_was_first(self, in_review: Application, approver: User, second_approver: User) -> None:
        decided(in_review, approver)
        with pytest.raises(Conflict, match="decided_before") as refusal:
            decided(in_review, second_approver)
        assert "Anna Approver decided this" in refusal.value.detail
        assert Decision.objects.count() == 1

    def test_goes_on_from_a_referral_with_a_risk_manager_only(
        self, in_review: Application, approver: User, second_approver: User, risk_manager: User
    ) -> None:
        decided(in_review, approver, outcome="REFERRED")
        in_review.refresh_from_db()
        assert in_review.state == "REFERRED"
        with pytest.raises(UnableToDecide, match="referred"):
            decided(in_review, second_approver)
        decided(in_review, risk_manager)
        in_review.refresh_from_db()
        assert in_review.state == "OFFERED"

    def test_reads_a_statement_that_came_in_after_the_sign_off(self, in_review: Application, approver: User) -> None:
        file = receive_statement(in_review, TODAY - timedelta(days=3))
        decision = decided(in_review, approver, override_code="NEW_EVIDENCE")
        assert isinstance(decision, Decision)
        assert decision.evidence["statements"] == [{"id": str(file.pk), "sha256": "cd" * 32}]
        assert decision.evidence["evaluation"]["facts"]["statement_lines"]["value"] == "1"
        assert replay_decision(decision=Decision.objects.get(pk=decision.pk)).identical

    def test_sends_a_referral_back_to_its_investigator(
        self, in_review: Application, investigator: User, approver: User, risk_manager: User
    ) -> None:
        back: dict[str, Any] = {"application": in_review, "reason": "Ask for the lease.", "business_date": TODAY}
        with pytest.raises(UnableToSendBack, match="not_referred"):
            send_referred_back(actor=risk_manager, **back)
        decided(in_review, approver, outcome="REFERRED")
        with pytest.raises(UnableToSendBack, match="not_entitled"):
            send_referred_back(actor=approver, **back)
        with pytest.raises(UnableToSendBack, match="invalid"):
            send_referred_back(actor=risk_manager, **back | {"reason": " "})
        send_referred_back(actor=risk_manager, **back)
        in_review.refresh_from_db()
        found = Investigation.objects.get(application=in_review)
        assert (in_review.state, in_review.assigned_to, found.state, found.signed_by) == ("INVESTIGATING", investigator, "OPEN", None)
        record_fact(
            application=in_review, code="monthly_income", value="4100", source="Employer", authenticity="UNVERIFIED",
            as_of_date=TODAY, actor=investigator, business_date=TODAY,
        )  # fmt: skip
        assert AuditEntry.objects.get(action="investigation.sent_back").details["reason"] == "Ask for the lease."

    def test_never_approves_what_is_on_hold(self, in_review: Application, approver: User) -> None:
        ApplicationHold.objects.create(application=in_review, reason="FRAUD", source="signal:1")
        with pytest.raises(Exception, match="on_hold"):
            decided(in_review, approver)
        assert nothing_happened()

    def test_assesses_anew_when_a_hold_came_up_since(self, in_review: Application, approver: User) -> None:
        ApplicationHold.objects.create(application=in_review, reason="SCREENING", source="hit:1")
        with pytest.raises(UnableToDecide, match="override_missing"):
            decided(in_review, approver)
        assert nothing_happened()

    def test_the_database_refuses_to_change_a_decision(self, in_review: Application, approver: User) -> None:
        decision = decided(in_review, approver)
        for statement in ("UPDATE risk_decision SET outcome = 'DECLINED'", "DELETE FROM risk_decision"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        decision.refresh_from_db()
        assert isinstance(decision, Decision) and decision.outcome == "APPROVED"


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


class TestReplayDecision:
    def test_gives_the_same_bytes(self, in_review: Application, approver: User) -> None:
        decision = decided(in_review, approver)
        assert isinstance(decision, Decision)
        decision = Decision.objects.get(pk=decision.pk)
        result = replay_decision(decision=decision)
        assert result.identical
        assert "policy rows" in result.parts and "score" in result.parts

    def test_shows_what_differs_when_the_scorecard_was_tampered_with(
        self, in_review: Application, approver: User, model: ModelVersion
    ) -> None:
        decision = decided(in_review, approver)
        assert isinstance(decision, Decision)
        definition = model.definition
        definition["card"]["base_points"] += 5
        ModelVersion.objects.filter(pk=model.pk).update(definition=definition)
        result = replay_decision(decision=Decision.objects.get(pk=decision.pk))
        assert [one.part for one in result.differences][:2] == ["scorecard definition", "score"]

    def test_is_a_command(self, in_review: Application, approver: User, model: ModelVersion, settings: Any, tmp_path: Path) -> None:
        put_papers_on_file(settings, tmp_path)
        decided(in_review, approver)
        out = StringIO()
        call_command("replay_decision", in_review.reference, stdout=out)
        assert "replays byte for byte" in out.getvalue()
        with pytest.raises(CommandError, match="no decision"):
            call_command("replay_decision", "LA-0")
        ModelVersion.objects.filter(pk=model.pk).update(definition=model.definition | {"titles": {"dsti": "Other words"}})
        with pytest.raises(CommandError, match="differs in scorecard definition"):
            call_command("replay_decision", in_review.reference, stdout=out)
