"""Deciding: authority, conflicts, overrides, voided evidence."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from collateral.models import Asset, Pledge
from core.errors import Conflict
from core.models import AuditEntry, OutboxEvent, User
from loans.models import Application, ApplicationHold, ApplicationOutcome, ConditionPrecedent
from loans.services.offers import UnableToAcceptOffer, accept_offer
from risk.models import Decision, Investigation, ModelVersion, Recommendation
from risk.services import rules_of_decision
from risk.services.facts import record_fact
from risk.services.investigations import UnableToSendBack, send_referred_back
from risk.services.letter_words import letter_of
from risk.services.replay import replay_decision
from risk.services.rules_of_decision import UnableToDecide
from risk.web.papers import memo_of
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided, did_before, nothing_happened, receive_statement


def told(code: str) -> dict[str, str]:
    return {"code": code, "text": rules_of_decision.REASONS[code]}


STRAINED, SHORT = {"living_expenses": "3400"}, {"monthly_obligations": "2600"}
"""Facts on which the system refers, and on which it declines."""
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

    @pytest.mark.parametrize(
        ("facts", "changes", "says"),
        [
            ({}, {"override_code": "LONG_RELATIONSHIP"}, "approve"),
            ({}, {"outcome": "COUNTER_OFFERED", "amount": Decimal(9000), "override_code": "STRONG_COLLATERAL"}, "approve"),
            ({}, {"outcome": "RETURNED", "reasons": [told("INCOMPLETE")], "override_code": "ADVERSE_KNOWLEDGE"}, "approve"),
            ({}, {"outcome": "REFERRED", "override_code": "NEW_EVIDENCE"}, "approve"),
            (SHORT, {"outcome": "DECLINED", "reasons": [told("AFFORDABILITY")], "override_code": "ADVERSE_KNOWLEDGE"}, "decline"),
            (STRAINED, {"outcome": "DECLINED", "reasons": [told("KNOWLEDGE")], "override_code": "ADVERSE_KNOWLEDGE"}, "refer"),
        ],
    )
    def test_keeps_no_reason_for_leaving_what_it_does_not_leave(
        self, reviewed: Make, approver: User, facts: dict[str, str], changes: dict[str, Any], says: str
    ) -> None:
        with pytest.raises(UnableToDecide, match="override_needless") as refusal:
            decided(reviewed(facts=facts), approver, **changes)
        [fault] = refusal.value.faults
        assert fault.field == "override_code" and f"The system says {says}" in fault.detail and nothing_happened()

    def test_tells_knowledge_where_the_system_leaves_it_to_people_and_not_where_it_declines(
        self, reviewed: Make, approver: User, second_approver: User
    ) -> None:
        """The principal reasons are told: those of the file where it declines (12 CFR 1002.9(b)(2))."""
        made = decided(reviewed(facts=STRAINED), approver, outcome="DECLINED", reasons=[told("KNOWLEDGE")])
        assert isinstance(made, Decision) and (made.system_recommendation, made.override_code) == ("REFER", "")
        beyond = reviewed(facts=SHORT, number="L01X00T48")
        with pytest.raises(UnableToDecide) as refusal:
            decided(beyond, approver, outcome="DECLINED", reasons=[told("KNOWLEDGE")])
        [fault] = refusal.value.faults
        assert fault.field == "reasons" and "is not told where the system declines" in fault.detail

    def test_counter_offers_less(self, in_review: Application, approver: User) -> None:
        decided(in_review, approver, outcome="COUNTER_OFFERED", amount=Decimal(9000), term_months=24)
        outcome = ApplicationOutcome.objects.get()
        assert (outcome.outcome, outcome.amount, outcome.term_months) == ("COUNTER_OFFERED", Decimal(9000), 24)

    def test_counter_offers_another_rate_alone(self, in_review: Application, approver: User) -> None:
        decision = decided(in_review, approver, outcome="COUNTER_OFFERED", annual_rate=Decimal("0.085"), price_code="RISK_BEYOND_GRADE")
        assert (decision.outcome, decision.annual_rate, decision.amount) == ("COUNTER_OFFERED", Decimal("0.085"), Decimal(12000))
        assert isinstance(decision, Decision) and decision.evidence["terms"]["outcome"] == "APPROVE"
        assert "at our usual rate" in letter_of(decision).leading[-1]

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
