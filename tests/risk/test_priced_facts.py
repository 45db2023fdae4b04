"""What the instalment does is worked out at the price of the grade and under stress; the scorecard that gives the grade never sees it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.test import Client
from django.urls import reverse

from core.models import BankState, Branch, User
from loans.models import Application, ApplicationOutcome, ProductVersion
from risk.domain import limits
from risk.domain.affordability import Stress, annuity_payment
from risk.models import Decision, Fact, Investigation, LimitSettings, PolicyEvaluation, PolicyVersion, Score
from risk.selectors.facts import current_facts
from risk.selectors.files import latest_evaluation
from risk.services.assessment import assess_application, is_overtaken
from risk.services.limit_settings import decide_limits, propose_limits
from risk.services.other_terms import holding
from risk.services.own_outcomes import read_own_outcomes
from risk.services.replay import replay_decision
from risk.services.scoring import frozen_row, scoring_row
from risk.services.sign_off import sign_off_investigation
from risk.web.papers import memo_of
from tests.risk.book import GRANTED, make_past_loans
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided

AMOUNT, TERM = Decimal(12000), 36
PRICES = {"A": "0.0490", "B": "0.0590", "C": "0.0690"}


def values_of(evaluation: PolicyEvaluation) -> dict[str, str]:
    return {code: kept["value"] for code, kept in evaluation.facts.items()}


def at(rate: str) -> str:
    return format(annuity_payment(AMOUNT, Decimal(rate), TERM), "f")


def put_in_force(stress: Stress, risk_manager: User, second: User) -> None:
    document = limits.as_document(replace(limits.DEFAULTS, stress=stress))
    proposed = propose_limits(kind=LimitSettings.Kind.APPETITE, document=document, reason="Rates rise", actor=risk_manager)
    decide_limits(proposed=proposed, confirm=True, reason="Agreed", actor=second)


class TestFeesOfEachInstalment:
    """Once the loan runs they fall due like the rest of it, so it is assessed with them."""

    FEES: ClassVar = [{"code": "account", "amount": "15.00", "percent": None, "when": "each_instalment"}]

    def test_are_carried_too_and_replay(self, in_review: Application, approver: User) -> None:
        before = values_of(PolicyEvaluation.objects.get())
        ProductVersion.objects.update(fees=self.FEES)
        application = Application.objects.get(pk=in_review.pk)
        evaluation = assess_application(application=application, business_date=TODAY)
        seen = values_of(evaluation)
        for code, by in (("new_instalment", 15), ("stressed_instalment", 15), ("disposable_income", -15)):
            assert Decimal(seen[code]) == Decimal(before[code]) + by
        assert Decimal(seen["dsti"]) > Decimal(before["dsti"]) and Decimal(seen["stressed_dsti"]) > Decimal(before["stressed_dsti"])
        assert evaluation.facts["new_instalment"]["source"].startswith("Request, fees included, at ")
        scored = (300 + Decimal(at("0.0790")) + 15) / 4200
        assert Score.objects.latest("pk").facts["dsti"] == format(scored.quantize(Decimal("0.0001")), "f")
        decided(application, approver)
        decision = Decision.objects.get()
        assert decision.evidence["parts"]["request"]["fees"] == self.FEES
        assert replay_decision(decision=decision).identical
        decision.evidence["parts"]["request"]["fees"] = []
        assert not replay_decision(decision=decision).identical

    def test_make_what_was_assessed_without_them_overtaken(self, in_review: Application) -> None:
        evaluation = PolicyEvaluation.objects.get()
        assert not is_overtaken(in_review, evaluation, TODAY)
        ProductVersion.objects.update(fees=self.FEES)
        assert is_overtaken(Application.objects.get(pk=in_review.pk), evaluation, TODAY)

    def test_are_none_in_evidence_of_before(self, in_review: Application, approver: User) -> None:
        """An older house kept no fees, and looked at none."""
        decided(in_review, approver)
        decision = Decision.objects.get()
        for name in ("fees", "frequency"):
            del decision.evidence["parts"]["request"][name]
        ProductVersion.objects.update(fees=self.FEES)
        assert [one.part for one in replay_decision(decision=decision).differences] == ["evidence hash"]

    def test_weigh_as_much_in_the_next_file(self, in_review: Application, reviewed: Make) -> None:
        other = reviewed(number="L01X00T48")
        ProductVersion.objects.update(fees=self.FEES)
        Application.objects.filter(pk=other.pk).update(borrower=in_review.borrower, state="OFFERED")
        terms: dict[str, Any] = {"amount": AMOUNT, "term_months": TERM, "annual_rate": Decimal(PRICES["A"])}
        ApplicationOutcome.objects.create(application=other, outcome="APPROVED", decided_date=TODAY, **terms)
        seen = values_of(assess_application(application=in_review, business_date=TODAY))
        assert Decimal(seen["own_obligations"]) == Decimal(at(PRICES["A"])) + 15


class TestAtTheRateReallyCharged:
    def test_policy_sees_the_price_of_the_grade_and_the_scorecard_the_product(self, in_review: Application) -> None:
        evaluation, score = PolicyEvaluation.objects.get(), Score.objects.get()
        seen = values_of(evaluation)
        price = PRICES[in_review.grade]
        assert seen["new_instalment"] == at(price)
        assert seen["dsti"] == format(((300 + Decimal(at(price))) / 4200).quantize(Decimal("0.0001")), "f")
        assert f"the price of grade {in_review.grade}" in evaluation.facts["new_instalment"]["source"]
        before = format(((300 + Decimal(at("0.0790"))) / 4200).quantize(Decimal("0.0001")), "f")
        assert score.facts["dsti"] == before != seen["dsti"]
        # Neither what is recorded nor what is frozen brings the price back into a score.
        known = current_facts(in_review, business_date=TODAY)
        assert known["dsti"].row.value == seen["dsti"]
        assert scoring_row(in_review, known)["dsti"] == frozen_row(in_review, evaluation.facts)["dsti"] == before
        assert not {code for code in scoring_row(in_review, known) if code.startswith("stressed")}

    def test_assessing_again_gives_the_same_score(self, in_review: Application) -> None:
        assess_application(application=in_review, business_date=TODAY)
        first, again = Score.objects.order_by("id")
        assert first.facts == again.facts and first.points == again.points
        assert Fact.objects.filter(application=in_review, code="dsti").values("value").distinct().count() == 1

    def test_without_a_grade_at_the_highest_rate_of_the_product(
        self, to_sign_off: Investigation, second_investigator: User, policy: PolicyVersion
    ) -> None:
        sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        evaluation = PolicyEvaluation.objects.get()
        assert evaluation.score is None and values_of(evaluation)["new_instalment"] == at("0.0790")
        assert evaluation.facts["new_instalment"]["source"] == "Request at 7.90%, the product's highest, without a grade"


def test_what_is_learnt_from_own_loans_is_the_rate_before_grades(branch: Branch) -> None:
    """A price follows from a score: a scorecard never learns from it, nor from stress. What came without its parts is taken as it came."""
    first, *others = make_past_loans(branch, ["good", "bad"] * 30)
    known = {"monthly_income": "4200", "monthly_obligations": "300", "dsti": "0.9000", "stressed_dsti": "0.9900"}
    Fact.objects.bulk_create(
        Fact(application=first, code=code, value=value, source="x", authenticity="DOCUMENT", as_of_date=GRANTED,
             recorded_date=GRANTED, author_name="x")
        for code, value in known.items()
    )  # fmt: skip
    frame = read_own_outcomes(population="retail", first=GRANTED, last=TODAY, window=12, business_date=TODAY).frame
    assert first.product_version is not None and first.amount is not None and first.term_months is not None
    instalment = annuity_payment(first.amount, first.product_version.annual_rate, first.term_months)
    learnt = sorted(frame["dsti"])
    assert float(((300 + instalment) / 4200).quantize(Decimal("0.0001"))) in learnt and 0.9 not in learnt
    assert len(frame) == len(others) + 1 and "stressed_dsti" not in frame.columns


class TestUnderStress:
    def test_is_worked_out_held_against_the_policy_and_shown(self, in_review: Application, approver: User) -> None:
        evaluation = PolicyEvaluation.objects.get()
        seen = values_of(evaluation)
        stressed = annuity_payment(AMOUNT, Decimal(PRICES[in_review.grade]) + Decimal("0.03"), TERM)
        assert seen["stressed_instalment"] == format(stressed, "f")
        assert seen["stressed_disposable_income"] == format(Decimal("4200") * Decimal("0.9") - 1500 - 300 - stressed, ".2f")
        rows = {row["fact"]: row["result"] for row in evaluation.rows}
        assert rows["stressed_dsti"] == rows["stressed_disposable_income"] == "PASS"
        assert evaluation.facts["stressed_dsti"]["authenticity"] == "DOCUMENT"
        assert evaluation.facts["stressed_dsti"]["as_of_date"] == evaluation.facts["monthly_income"]["as_of_date"]
        assert evaluation.facts["stressed_dsti"]["source"].startswith("Rate +3.00 pp, income \N{MINUS SIGN}10.0%: ")
        client = Client()
        client.force_login(approver)
        page = client.get(reverse("risk:facts_panel", args=[in_review.pk])).text
        assert "Debt service to income under stress" in page and f"the price of grade {in_review.grade}" in page
        assert "at the product's rate before grades" in client.get(reverse("risk:score_panel", args=[in_review.pk])).text
        decision = decided(in_review, approver)
        assert isinstance(decision, Decision)
        memo = memo_of(decision, "Bank")
        assert dict(memo["summary"])["Assessed"].endswith("; rate +3.00 pp, income \N{MINUS SIGN}10.0%")
        assert any(row[0] == "Debt service to income under stress" for group in memo["groups"] for row in group["rows"])

    def test_a_file_that_carries_it_today_alone_is_a_persons_to_weigh(self, reviewed: Make) -> None:
        """Of 4,200 a month 3,400 go on living and 300 to lenders: some 135 are left, and nothing of a tenth less."""
        application = reviewed(facts={"living_expenses": "3200"})
        rows = {row["fact"]: row["result"] for row in PolicyEvaluation.objects.get().rows}
        assert rows["disposable_income"] == "PASS" and rows["stressed_disposable_income"] == "SOFT"
        assert application.recommendation == "REFER"

    def test_of_a_new_version_the_file_is_assessed_anew(
        self, in_review: Application, approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        latest = latest_evaluation(in_review)
        assert latest is not None and not is_overtaken(in_review, latest, TODAY)
        put_in_force(Stress(Decimal("0.05"), Decimal("0.60")), risk_manager, second_risk_manager)
        assert is_overtaken(in_review, latest, TODAY)
        with pytest.raises(Exception, match="override_missing"):
            decided(in_review, approver)

    def test_holds_for_a_company(self, company: Application, policy: PolicyVersion) -> None:
        figures = {
            "ebitda": "60000",
            "tax_paid": "5000",
            "maintenance_capex": "4000",
            "working_capital_change": "-1000",
            "debt_service": "20000",
        }
        Fact.objects.bulk_create(
            Fact(application=company, code=code, value=value, source="Accounts", authenticity="DOCUMENT", as_of_date=TODAY,
                 recorded_date=TODAY, author_name="x")
            for code, value in figures.items()
        )  # fmt: skip
        evaluation = assess_application(application=company, business_date=TODAY)
        seen = values_of(evaluation)
        assert (seen["dscr"], seen["stressed_dscr"]) == ("2.0403", "1.7808")
        assert {row["fact"]: row["result"] for row in evaluation.rows}["stressed_dscr"] == "PASS"


class TestOnOtherTerms:
    def test_are_held_under_stress_at_the_rate_decided(self, in_review: Application, approver: User) -> None:
        decision = decided(
            in_review,
            approver,
            outcome="COUNTER_OFFERED",
            amount=Decimal(9000),
            annual_rate=Decimal("0.0890"),
            price_code="RISK_BEYOND_GRADE",
        )
        assert isinstance(decision, Decision)
        decision = Decision.objects.get(pk=decision.pk)
        terms = decision.evidence["terms"]["facts"]
        assert terms["new_instalment"]["value"] == format(annuity_payment(Decimal(9000), Decimal("0.0890"), TERM), "f")
        assert terms["new_instalment"]["source"] == "Request at 8.90%"
        assert terms["stressed_instalment"]["value"] == format(annuity_payment(Decimal(9000), Decimal("0.1190"), TERM), "f")
        assert replay_decision(decision=decision).identical

    def test_without_a_rate_are_priced_by_the_grade_they_get(self, in_review: Application) -> None:
        held = holding(in_review, PolicyEvaluation.objects.get())(Decimal(2000), 12, None)
        assert held.annual_rate == Decimal(PRICES[held.grade])


def test_the_stress_is_changed_on_the_page_by_two(bank: BankState, risk_manager: User, second_risk_manager: User) -> None:
    client = Client()
    client.force_login(risk_manager)
    page = client.get(reverse("risk:appetite"))
    assert "+3.00 pp" in page.text and "10.0%" in page.text
    form: Any = page.context["form"]
    sent = {field.html_name: field.value() for field in form if field.value() is not None}
    sent |= {"npl": "5", "past_due_30": "8", "stress_rate": "2", "stress_income": "15", "rate_margin": "4", "reason": "Rates fell"}
    sent |= {name: "50" for name in sent if name.startswith("most_")}
    assert client.post(reverse("risk:appetite"), sent | {"stress_rate": "25"}).status_code == 422
    assert client.post(reverse("risk:appetite"), sent).status_code == 302
    proposed = LimitSettings.objects.get()
    assert (proposed.document["stress"], proposed.document["rate_margin"]) == ({"rate": "0.02", "income": "0.15"}, "0.04")
    assert "Fall of income under stress" in client.get(reverse("risk:appetite")).text
