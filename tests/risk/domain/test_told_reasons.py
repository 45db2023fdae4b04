"""Reasons that are true of a file, and reasons that people answer for."""

from __future__ import annotations

import pytest

from risk.domain.directions import FALLING, RISING
from risk.domain.facts import CATALOGUE
from risk.domain.told_reasons import BY_PEOPLE, REASONS, true_of, untrue_among


@pytest.mark.parametrize(
    ("fact", "result", "codes"),
    [
        ("dsti", "PASS", []),
        ("dsti", "FAIL", ["AFFORDABILITY"]),
        ("stressed_dscr", "SOFT", ["AFFORDABILITY"]),
        ("dsti", "UNVERIFIED", ["INCOME_UNVERIFIED"]),
        ("monthly_income", "MISSING", ["INCOME_UNVERIFIED", "INCOMPLETE"]),
        ("bureau_worst_dpd", "FAIL", ["CREDIT_HISTORY"]),
        ("bureau_worst_dpd", "STALE", []),
        ("bureau_enquiries", "SOFT", []),
        ("address_registered", "CONFLICTING", []),
        ("ltv", "SOFT", ["COLLATERAL"]),
        ("valuation_age_days", "SOFT", []),
        ("years_in_business", "FAIL", ["TIME_IN_BUSINESS"]),
        ("grade", "FAIL", ["SCORE"]),
        ("open_red_flags", "FAIL", []),
    ],
)
def test_a_row_bears_out_what_is_about_it(fact: str, result: str, codes: list[str]) -> None:
    assert true_of([{"fact": fact, "result": result}], score_passes=True) == codes


def test_a_score_below_its_cut_off_is_a_reason() -> None:
    assert true_of([], score_passes=False) == ["SCORE"] and true_of([], score_passes=None) == []


@pytest.mark.parametrize(
    ("outcome", "system", "override", "untrue"),
    [
        ("DECLINED", "APPROVE", "", ["INCOMPLETE", "KNOWLEDGE", "PORTFOLIO", "PRICE"]),
        ("DECLINED", "APPROVE", "PORTFOLIO_LIMIT", ["INCOMPLETE", "KNOWLEDGE", "PRICE"]),
        ("DECLINED", "REFER", "", ["INCOMPLETE", "PRICE"]),
        ("DECLINED", "DECLINE", "", ["INCOMPLETE", "KNOWLEDGE", "PORTFOLIO", "PRICE"]),
        ("RETURNED", "REFER", "", ["KNOWLEDGE", "PORTFOLIO", "PRICE"]),
        ("COUNTER_OFFERED", "DECLINE", "RISK_BEYOND_GRADE", ["INCOMPLETE"]),
    ],
)
def test_people_say_some_with_a_code_of_their_own_or_where_they_are_asked(
    outcome: str, system: str, override: str, untrue: list[str]
) -> None:
    codes = ["SCORE", "INCOMPLETE", *BY_PEOPLE]
    assert untrue_among(codes, {"SCORE"}, outcome=outcome, system=system, said={override}) == untrue
    assert set(codes) <= REASONS.keys()


def test_directions_are_of_facts_that_exist_and_never_both_ways() -> None:
    assert not set(RISING) & set(FALLING)
    assert {*RISING, *FALLING} - CATALOGUE.keys() == {"amount_to_income"}
