"""The policy's rules alone: facts in, results out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.domain.default_policy import DEFAULT_RULES
from risk.domain.policy import Evaluation, Operator, PolicyFact, PolicyRule, Result
from risk.domain.policy_checks import check_rules
from risk.domain.policy_engine import evaluate
from risk.domain.states import Recommended, combine

MOST, LEAST, IN, IS = Operator.AT_MOST, Operator.AT_LEAST, Operator.IN, Operator.IS


def rule(operator: Operator = MOST, soft: str | None = "0.40", hard: str | None = "0.50", fact: str = "dsti", **more: Any) -> PolicyRule:
    return PolicyRule(fact, "Debt service", operator, soft, hard, **more)


def known(value: Any, verified: bool = True, stale: bool = False) -> PolicyFact:
    return PolicyFact(value, verified, stale, "payslips")


def result_of(one: PolicyRule, fact: PolicyFact | None) -> Result:
    return evaluate([one], {} if fact is None else {one.fact: fact}).rows[0].result


class TestOneRow:
    @pytest.mark.parametrize(
        ("operator", "soft", "hard", "value", "result"),
        [
            (MOST, "0.40", "0.50", Decimal("0.40"), Result.PASS),
            (MOST, "0.40", "0.50", Decimal("0.4001"), Result.SOFT),
            (MOST, "0.40", "0.50", Decimal("0.50"), Result.SOFT),
            (MOST, "0.40", "0.50", Decimal("0.5001"), Result.FAIL),
            (LEAST, "300", "0", Decimal("300"), Result.PASS),
            (LEAST, "300", "0", Decimal("-0.01"), Result.FAIL),
            (LEAST, "6", None, 5, Result.SOFT),
            (LEAST, None, "18", 18, Result.PASS),
            (LEAST, None, "18", 17, Result.FAIL),
            (IN, "A, B", "A, B, C", "B", Result.PASS),
            (IN, "A, B", "A, B, C", "C", Result.SOFT),
            (IN, "A, B", "A, B, C", "D", Result.FAIL),
            (IS, "true", None, True, Result.PASS),
            (IS, "true", None, False, Result.SOFT),
            (IS, None, "true", False, Result.FAIL),
        ],
    )
    def test_stands_at_its_limits(self, operator: Operator, soft: str | None, hard: str | None, value: Any, result: Result) -> None:
        assert result_of(rule(operator, soft, hard), known(value)) == result

    def test_never_passes_what_nobody_has_shown(self) -> None:
        assert result_of(rule(), None) == Result.MISSING
        assert result_of(rule(), known(None)) == Result.MISSING
        assert result_of(rule(), known(Decimal("0.1"), verified=False)) == Result.UNVERIFIED
        assert result_of(rule(), known(Decimal("0.1"), stale=True)) == Result.STALE

    def test_never_declines_on_what_nobody_has_shown(self) -> None:
        for fact in (known(Decimal("0.9"), verified=False), known(Decimal("0.9"), stale=True)):
            assert evaluate([rule()], {"dsti": fact}).outcome == Recommended.REFER

    def test_signs_the_headroom_by_its_direction(self) -> None:
        def headroom(one: PolicyRule, value: Any) -> Decimal | None:
            return evaluate([one], {one.fact: known(value)}).rows[0].headroom

        assert headroom(rule(), Decimal("0.38")) == Decimal("0.02")
        assert headroom(rule(), Decimal("0.45")) == Decimal("-0.05")
        assert headroom(rule(), Decimal("0.60")) == Decimal("-0.10")  # to the hard limit it broke
        assert headroom(rule(LEAST, "300", "0"), Decimal("100")) == Decimal("-200")
        assert str(headroom(rule(), Decimal("0.40"))) == "0.00"
        assert headroom(rule(IN, "A", None), "A") is None

    @pytest.mark.parametrize("value", ["much", 0.3, True, Decimal("NaN")])
    def test_refuses_a_value_that_is_no_exact_number(self, value: Any) -> None:
        with pytest.raises(ValueError, match="dsti"):
            evaluate([rule()], {"dsti": known(value)})


class TestTheTable:
    def test_declines_when_one_row_fails_whatever_the_others_say(self) -> None:
        rows = [rule(), rule(LEAST, "6", "1", fact="employment_months")]
        found = evaluate(rows, {"dsti": known(Decimal("0.9")), "employment_months": known(40)})
        assert found.outcome == Recommended.DECLINE
        assert [row.rule.fact for row in found.fired] == ["dsti"]

    def test_refers_when_nothing_was_tested(self) -> None:
        assert evaluate([], {}).outcome == Recommended.REFER
        assert (
            evaluate([rule(applies_to=("company",))], {"dsti": known(Decimal("0.1"))}, frozenset({"person"})).outcome == Recommended.REFER
        )

    def test_applies_a_row_only_where_all_its_marks_are(self) -> None:
        one = rule(applies_to=("person", "secured"))
        assert not evaluate([one], {}, frozenset({"person"})).rows
        assert evaluate([one], {}, frozenset({"person", "secured"})).rows

    def test_gives_the_same_bytes_for_the_same_facts(self) -> None:
        facts = {"dsti": known(Decimal("0.4100"))}
        assert evaluate([rule()], facts).to_json() == evaluate([PolicyRule.from_dict(rule().to_dict())], dict(facts)).to_json()

    @given(st.decimals(min_value=0, max_value=2, places=4), st.booleans(), st.booleans())
    def test_approves_only_verified_fresh_values_within_the_soft_limit(self, value: Decimal, verified: bool, stale: bool) -> None:
        found: Evaluation = evaluate([rule()], {"dsti": known(value, verified, stale)})
        assert (found.outcome == Recommended.APPROVE) == (verified and not stale and value <= Decimal("0.40"))


class TestCheckRules:
    def test_finds_nothing_wrong_with_the_default_table(self) -> None:
        assert check_rules([one.to_dict() for one in DEFAULT_RULES]) == []

    @pytest.mark.parametrize(
        ("changes", "cell", "words"),
        [
            ({"fact": "shoe_size"}, "fact", "not in the catalogue"),
            ({"operator": "~"}, "operator", "Choose"),
            ({"soft": None, "hard": None}, "soft", "soft limit, a hard limit"),
            ({"soft": "forty"}, "soft", "not a number"),
            ({"soft": 0.4}, "soft", "exact"),
            ({"soft": "0.60"}, "hard", "stricter"),
            ({"soft": "=1+1"}, "soft", "not a number"),
            ({"soft": "NaN"}, "soft", "not a number"),
            ({"soft": "0.4_0"}, "soft", "plain digits"),
            ({"soft": "\u0660.\u0664"}, "soft", "plain digits"),
            ({"soft": "4e-1"}, "soft", "plain digits"),
            ({"soft": "9" * 30, "hard": None}, "soft", "at most 20 digits"),
            ({"applies_to": ["martian"]}, "applies_to", "never reached"),
            ({"applies_to": ["person", "company"]}, "applies_to", "never reached"),
            ({"fact": "bureau_worst_dpd", "soft": "-1", "hard": None}, "soft", "no value can pass"),
            ({"fact": "age", "operator": ">=", "soft": None, "hard": "140"}, "hard", "no value can pass"),
            ({"fact": "grade", "operator": "in", "soft": "A, E", "hard": "A, B"}, "soft", "pass and fail at once"),
        ],
    )
    def test_names_the_cell(self, changes: dict[str, Any], cell: str, words: str) -> None:
        faults = check_rules([rule().to_dict() | changes])
        assert [fault.cell for fault in faults] == [cell]
        assert words in faults[0].detail

    def test_refuses_a_row_that_is_never_reached_and_an_empty_table(self) -> None:
        twice = check_rules([rule().to_dict(), rule(soft="0.3").to_dict()])
        assert (twice[0].row, twice[0].cell) == (2, "fact")
        assert "at most 200 rules; this one has 5,000" in check_rules([rule().to_dict()] * 5000)[0].detail
        assert check_rules([])[0].detail == "An empty policy tests nothing."

    @pytest.mark.parametrize(
        ("first", "second", "words"),
        [
            ({}, {"soft": "0.45", "applies_to": ["person"]}, "Row 1 holds for all of these"),
            ({"soft": "0.45", "applies_to": ["person"]}, {}, "It holds for all that row 1 does"),
            ({"fact": "grade", "operator": "in", "soft": "A, B", "hard": None}, {"fact": "grade", "operator": "in", "soft": "A, B, C", "hard": None, "applies_to": ["person"]}, "Row 1 holds"),
            ({"fact": "grade", "operator": "in", "soft": "A, B", "hard": None}, {"fact": "grade", "operator": "is", "soft": "C", "hard": None, "applies_to": ["person"]}, "no value can pass"),
        ],
    )  # fmt: skip
    def test_refuses_rows_that_overlap(self, first: dict[str, Any], second: dict[str, Any], words: str) -> None:
        (fault,) = check_rules([rule().to_dict() | first, rule().to_dict() | second])
        assert fault.row == 2 and words in fault.detail

    @pytest.mark.parametrize(
        "second",
        [
            {"soft": "0.30", "applies_to": ["person"]},
            {"soft": None, "hard": "0.45", "applies_to": ["person"]},
            {"soft": "0.45", "hard": "0.48", "applies_to": ["person"]},
        ],
    )
    def test_lets_a_row_be_stricter_for_some(self, second: dict[str, Any]) -> None:
        assert check_rules([rule().to_dict(), rule().to_dict() | second]) == []


class TestCombine:
    @pytest.mark.parametrize(
        ("policy", "passes", "outcome"),
        [
            ("APPROVE", True, "APPROVE"),
            ("APPROVE", False, "REFER"),
            ("APPROVE", None, "REFER"),
            ("REFER", True, "REFER"),
            ("DECLINE", True, "DECLINE"),
        ],
    )
    def test_takes_the_stricter(self, policy: str, passes: bool | None, outcome: str) -> None:
        assert combine(Recommended(policy), score_passes=passes) == outcome
