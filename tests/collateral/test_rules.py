"""The pure rules of collateral: what is wrong with an asset or a value, and what a value is worth to a lender."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collateral.domain.haircuts import HAIRCUTS
from collateral.domain.red_flags import AssetFacts, ValuationFacts, find_in_asset, find_in_valuation
from collateral.domain.revaluation import DEFAULTS
from collateral.models import AssetKind

CLEAN = AssetFacts(
    on=date(2026, 3, 2),
    title_number="SN 4711-A",
    owner_name="Alder Workshop",
    borrower_name="ALDER WORKSHOP",
    in_use=True,
    insured_until=date(2026, 3, 2),
    needs_insurance=True,
    stated_value=Decimal(100_000),
)
FAIR = ValuationFacts(market_value=Decimal(100_000), comparables=[Decimal(100_000)] * 2)


def codes(found: Any) -> set[str]:
    return {finding.code for finding in found}


class TestFindInAsset:
    def test_finds_nothing_in_a_clean_one(self) -> None:
        assert find_in_asset(CLEAN) == []

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"title_number": ""}, "title_missing"),
            ({"owner_name": "Somebody Else"}, "owner_differs"),
            ({"in_use": False}, "idle"),
            ({"insured_until": date(2026, 3, 1)}, "insurance_lapsed"),
            ({"insured_until": None}, "insurance_lapsed"),
        ],
    )
    def test_finds_each_fault_alone(self, change: dict[str, Any], code: str) -> None:
        found = find_in_asset(replace(CLEAN, **change))
        assert codes(found) == {code}
        assert found[0].text.endswith(".")

    def test_asks_no_insurance_of_what_cannot_burn(self) -> None:
        assert find_in_asset(replace(CLEAN, needs_insurance=False, insured_until=None)) == []


class TestFindInValuation:
    def test_finds_nothing_in_a_fair_one(self) -> None:
        assert find_in_valuation(CLEAN, FAIR) == []

    # The limits themselves pass; what lies a cent beyond them does not.
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"comparables": []}, {"no_comparables"}),
            ({"market_value": Decimal("115000.00")}, set()),
            ({"market_value": Decimal("115000.01")}, {"above_comparables"}),
            ({"market_value": Decimal("125000.00"), "comparables": [Decimal(125_000)] * 2}, set()),
            ({"market_value": Decimal("125000.01"), "comparables": [Decimal(125_000)] * 2}, {"above_stated"}),
            ({"previous_value": Decimal("76923.08")}, set()),
            ({"previous_value": Decimal("76923.07")}, {"value_jump"}),
            ({"previous_value": Decimal("142857.14")}, set()),
            ({"previous_value": Decimal("142857.15")}, {"value_jump"}),
            ({"comparables": [Decimal(10), Decimal(100_000), Decimal(900_000)]}, set()),
        ],
    )
    def test_holds_its_limits_exactly(self, change: dict[str, Any], expected: set[str]) -> None:
        assert codes(find_in_valuation(CLEAN, replace(FAIR, **change))) == expected

    def test_gives_the_figures_that_led_to_it(self) -> None:
        (found,) = find_in_valuation(replace(CLEAN, stated_value=Decimal(200_000)), replace(FAIR, market_value=Decimal(150_000)))
        assert found.evidence == {"market_value": "150000", "median": "100000"}
        assert "50% above the median" in found.text


class TestLendingValue:
    @pytest.mark.parametrize(
        ("kind", "worth"),
        [
            ("REAL_ESTATE", "80.00"),
            ("LAND", "65.00"),
            ("MACHINERY", "55.00"),
            ("VEHICLE", "65.00"),
            ("RECEIVABLES", "50.00"),
            ("DEPOSIT", "95.00"),
            ("SECURITIES", "70.00"),
        ],
    )
    def test_takes_the_haircut_of_the_class(self, kind: str, worth: str) -> None:
        assert DEFAULTS.lending_value(kind, Decimal("100.00")) == Decimal(worth)
        assert DEFAULTS.lending_value(kind, Decimal("100.00"), "INDEX") == Decimal(worth) - 5

    def test_is_known_for_every_class(self) -> None:
        assert set(HAIRCUTS) == set(AssetKind.values)

    @given(kind=st.sampled_from(sorted(HAIRCUTS)), value=st.decimals(min_value=1, max_value=10**12, places=2))
    def test_lies_between_nothing_and_the_market(self, kind: str, value: Decimal) -> None:
        assert 0 < DEFAULTS.lending_value(kind, value) < value


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"comparables": [Decimal(100_000)]}, ["evidence_missing"]),
        ({"comparables": [Decimal(100_000)], "own_evidence": False}, ["evidence_missing"]),
        ({"comparables": [Decimal(100_000)], "least_comparables": 1}, []),
        ({"comparables": [Decimal(100_000)] * 2, "least_comparables": 3}, ["evidence_missing"]),
        ({"own_evidence": False, "comparables": [Decimal(100_000)] * 2}, []),
        ({"comparables": []}, ["no_comparables"]),
        ({"comparables": [], "needs_comparables": False, "own_evidence": False}, []),
    ],
)
def test_evidence_is_asked_for_where_there_can_be_some(change: dict[str, Any], expected: list[str]) -> None:
    assert [finding.code for finding in find_in_valuation(CLEAN, replace(FAIR, **change))] == expected
