"""Rows of a policy that hold for some applications only: exactly one answer each, open where nobody can tell, and gaps are named."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.domain.policy import Condition, Operator, PolicyFact, PolicyRule, Result
from risk.domain.policy_checks import check_rules
from risk.domain.policy_conditions import covers, gaps_of
from risk.domain.policy_engine import evaluate
from risk.domain.states import Recommended

LARGE = Condition("loan_amount", Operator.AT_LEAST, "50000.00")
SMALL = Condition("loan_amount", Operator.AT_MOST, "49999.99")
WEAK = Condition("grade", Operator.IN, "C, D")
STATES = st.sampled_from(["SHOWN", "MISSING", "UNVERIFIED", "STALE"])


def row(*conditions: Condition, soft: str = "0.40", **more: Any) -> PolicyRule:
    return PolicyRule("dsti", "Debt service", Operator.AT_MOST, soft, None, conditions=conditions, **more)


def fact(state: str, value: Any) -> PolicyFact:
    return PolicyFact(None if state == "MISSING" else value, is_verified=state != "UNVERIFIED", is_stale=state == "STALE")


@settings(max_examples=60, deadline=None)
@given(STATES, st.integers(49_998, 50_002), STATES, st.sampled_from("ABCD"), STATES, st.decimals(0, 1, places=2))
def test_a_row_answers_once_or_not_at_all_and_never_lets_through_what_nobody_can_tell(
    amount_state: str, amount: int, grade_state: str, grade: str, own_state: str, own: Decimal
) -> None:
    facts = {"loan_amount": fact(amount_state, Decimal(amount)), "grade": fact(grade_state, grade), "dsti": fact(own_state, own)}
    found = evaluate([row(LARGE, WEAK)], facts)
    holds = [(amount_state, amount >= 50_000), (grade_state, grade in "CD")]
    if any(state == "SHOWN" and not met for state, met in holds):
        assert found.rows == ()
        return
    (line,) = found.rows
    unknown = next((state for state, _ in holds if state != "SHOWN"), None)
    if unknown:
        assert line.result == unknown and line.open_condition and found.outcome == Recommended.REFER
    elif own_state != "SHOWN":
        assert (line.result, line.open_condition) == (own_state, "")
    else:
        assert line.result == (Result.PASS if own <= Decimal("0.40") else Result.SOFT)


def test_a_row_without_conditions_keeps_the_bytes_it_had_before_there_were_any() -> None:
    assert "conditions" not in row().to_dict()
    kept = row(LARGE, WEAK).to_dict()
    assert PolicyRule.from_dict(kept) == row(LARGE, WEAK)
    line = evaluate([row(LARGE)], {"loan_amount": fact("SHOWN", Decimal(60_000))}).rows[0].to_dict()
    assert line["conditions"] == kept["conditions"][:1] and line["result"] == "MISSING" and "open_condition" not in line


def test_a_wider_row_covers_a_narrower_one_and_not_the_other_way_round() -> None:
    larger = Condition("loan_amount", Operator.AT_LEAST, "60000.00")
    assert covers(row(), row(LARGE)) and covers(row(LARGE), row(larger, WEAK))
    assert not covers(row(LARGE), row()) and not covers(row(larger), row(LARGE)) and not covers(row(LARGE), row(SMALL))
    assert covers(row(WEAK), row(Condition("grade", Operator.IS, "C"))) and not covers(row(Condition("grade", Operator.IS, "C")), row(WEAK))


@pytest.mark.parametrize(
    ("conditions", "cell", "words"),
    [
        ([{"fact": "shoe_size", "operator": "<=", "value": "3"}], "where_fact_0", "not in the catalogue"),
        ([{"fact": "grade", "operator": "~", "value": "A"}], "where_operator_0", "Choose"),
        ([{"fact": "grade", "operator": "<=", "value": "A"}], "where_operator_0", "is no number"),
        ([{"fact": "loan_amount", "operator": ">=", "value": "much"}], "where_value_0", "not a number"),
        ([{"fact": "loan_amount", "operator": ">=", "value": ""}], "where_value_0", "has to be"),
        ([{"fact": "loan_amount", "operator": "<=", "value": "-1"}], "where_value_0", "never below"),
        ([{"fact": "loan_months", "operator": "in", "value": "12, 24.0"}], "where_value_0", "never written 24.0"),
        ([{"fact": "dsti", "operator": "<=", "value": "0.2"}], "where_fact_0", "is what the row limits"),
        ([LARGE.to_dict(), {"fact": "loan_amount", "operator": "<=", "value": "100.00"}], "where_value_1", "never reached"),
        ([WEAK.to_dict(), {"fact": "grade", "operator": "is", "value": "A"}], "where_value_1", "never reached"),
        ([WEAK.to_dict()] * 7, "where_fact_0", "at most 6"),
    ],
)
def test_the_cell_of_a_condition_is_named(conditions: list[dict[str, str]], cell: str, words: str) -> None:
    (fault,) = check_rules([row().to_dict() | {"conditions": conditions}])
    assert (fault.row, fault.cell) == (1, cell) and words in fault.detail


def test_rows_for_different_loans_stand_beside_each_other_and_one_that_says_nothing_new_does_not() -> None:
    assert check_rules([row(SMALL, soft="0.45").to_dict(), row(LARGE, soft="0.35").to_dict()]) == []
    assert check_rules([row().to_dict(), row(LARGE, soft="0.35").to_dict()]) == []
    (fault,) = check_rules([row().to_dict(), row(LARGE, soft="0.45").to_dict()])
    assert fault.row == 2 and "Row 1 holds for all of these" in fault.detail


class TestGaps:
    def test_there_is_none_where_the_rows_meet(self) -> None:
        assert gaps_of([row(SMALL), row(LARGE, soft="0.35")]) == []
        assert gaps_of([row(), row(LARGE, soft="0.35")]) == []

    def test_one_between_two_thresholds_is_found_to_the_cent(self) -> None:
        (gap,) = gaps_of([row(Condition("loan_amount", Operator.AT_MOST, "49999.98")), row(LARGE)])
        assert (gap.fact, gap.example) == ("dsti", {"loan_amount": "49999.99"})

    def test_one_in_a_corner_of_two_conditions_is_found(self) -> None:
        rows = [row(LARGE, WEAK), row(SMALL), row(LARGE, Condition("grade", Operator.IN, "A, B"))]
        (gap,) = gaps_of(rows)
        assert gap.example["grade"] is None and Decimal(gap.example["loan_amount"] or 0) >= 50_000

    def test_a_row_for_persons_leaves_companies_alone(self) -> None:
        assert gaps_of([row(SMALL, applies_to=("person",)), row(LARGE, applies_to=("person",))]) == []
        (gap,) = gaps_of([row(SMALL, applies_to=("person",)), row(LARGE, applies_to=("person", "secured"))])
        assert gap.marks == {"person"}
