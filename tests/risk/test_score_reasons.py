"""That the score is too low is no reason by itself: what lowered it is told (12 CFR 1002.9(b)(2))."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.models import User
from loans.models import Application
from risk.domain.customer_words import reasons_against
from risk.domain.told_reasons import REASONS
from risk.models import Decision, ModelVersion
from risk.selectors.told_reasons import TrueReasons, true_reasons
from risk.services.assessment import current_assessment
from risk.services.letter_words import letter_of
from risk.services.rules_of_decision import UnableToDecide
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided, put_another_scorecard_in_force

SCORE = {"code": "SCORE", "text": REASONS["SCORE"]}
SHORT = {"code": "SCORE_EMPLOYMENT_MONTHS", "text": "Months: 3"}


def row(fact: str, result: str, code: str) -> dict[str, Any]:
    return {"fact": fact, "result": result, "code": code, "title": fact, "value": None, "soft": "1", "hard": "2"}


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        ([], ["SCORE_EMPLOYMENT_MONTHS"]),
        ([row("dsti", "SOFT", "P01")], ["SCORE_EMPLOYMENT_MONTHS", "P01"]),
        ([row("grade", "FAIL", "P12"), row("dsti", "FAIL", "P01")], ["P01", "SCORE_EMPLOYMENT_MONTHS", "P12"]),
        (
            [row("grade", "SOFT", "P12"), row("dti", "SOFT", "P02"), row("dsti", "FAIL", "P01")],
            ["P01", "SCORE_EMPLOYMENT_MONTHS", "P02", "P12"],
        ),
    ],
)
def test_what_lowered_a_score_is_offered_beside_rows_that_fired(rows: list[dict[str, Any]], codes: list[str]) -> None:
    assert [reason["code"] for reason in reasons_against(rows, [SHORT], "EUR")] == codes


def test_nothing_is_chosen_for_a_score_of_which_nothing_can_be_told() -> None:
    bare = TrueReasons(own=({"code": "P12", "text": "Too low."},), coded=("SCORE",), of_score=frozenset({"SCORE", "P12"}))
    assert bare.main() == [] and bare.bare_score(["P12", "INCOME_UNVERIFIED"]) == ["P12"]


@pytest.fixture
def failing(reviewed: Make, model: ModelVersion, learnt: dict[str, Any]) -> Application:
    """A file whose score misses its cut-off, though every row of the policy passes."""
    application: Application = reviewed(facts={"employment_months": "14"})
    put_another_scorecard_in_force(model, learnt, cut_off=9999)
    return application


@pytest.mark.parametrize("outcome", ["DECLINED", "COUNTER_OFFERED"])
def test_nobody_is_told_of_the_score_alone(failing: Application, approver: User, outcome: str) -> None:
    less: dict[str, Any] = {"amount": Decimal(9000), "override_code": "STRONG_COLLATERAL"} if outcome == "COUNTER_OFFERED" else {}
    true = true_reasons(current_assessment(application=failing, business_date=TODAY), "EUR")
    assert true.factors and {reason["code"] for reason in true.own} >= true.factors
    with pytest.raises(UnableToDecide, match="invalid") as refusal:
        decided(failing, approver, outcome=outcome, **{"reasons": [SCORE]} | less)
    assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("reasons", "bare_score")]
    assert "is no reason by itself. Choose with it what lowered the score." in refusal.value.faults[0].detail
    factor = true.own[0]
    decided(failing, approver, outcome=outcome, **less | {"reasons": [factor, SCORE]})
    if outcome == "DECLINED":
        assert letter_of(Decision.objects.get()).reasons == [factor["text"], SCORE["text"]]
