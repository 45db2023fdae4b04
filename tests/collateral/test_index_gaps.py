"""An index that says nothing of a day, or of a year, neither moves a value over the gap nor lends evidence."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from collateral.models import Asset
from collateral.selectors.indices import index_factor
from tests.collateral.test_computed_values import Lend, index_of, lend, sweep

__all__ = ["lend"]
YEAR = timedelta(days=1096)


@pytest.fixture
def home(lend: Lend) -> Asset:
    """A home valued at 200,000 in March 2026."""
    return lend()


def test_a_gap_before_the_valuation_moves_nothing(home: Asset, today: date) -> None:
    index_of({2010: "100", 2028: "150"})
    assert sweep(today + YEAR) == 0
    assert home.valuations.get().state == "ACCEPTED"


def test_a_point_within_the_year_before_does(home: Asset, today: date) -> None:
    index_of({2025: "100", 2028: "90"})
    assert sweep(today + YEAR) == 1
    assert home.valuations.get(state="ACCEPTED").market_value == 180_000


@pytest.mark.parametrize(("years", "points"), [((2022, 2023, 2024, 2025, 2026, 2027, 2028), 7), ((2022, 2023, 2024, 2025, 2027, 2028), 2)])
def test_the_mean_ends_at_a_year_without_a_point(home: Asset, today: date, years: tuple[int, ...], points: int) -> None:
    """With two points in a row there is no average of three, and what was lent on caps the value."""
    index_of({year: "120" if year > 2026 else "100" for year in years} | {2025: "100"})
    assert sweep(today + YEAR) == 1
    made = home.valuations.get(state="ACCEPTED")
    assert made.computed.evidence["points"] == str(points)
    assert made.market_value == (Decimal("211428.57") if points == 7 else 200_000)


def test_a_series_that_ended_is_no_evidence_of_today(today: date, db: None) -> None:
    index_of({2023: "100", 2025: "110"})
    asked = {"country": "DE", "region": ""}
    assert index_factor(**asked, then=date(2024, 6, 1), now=today) == Decimal("1.1")
    assert index_factor(**asked, then=date(2024, 6, 1), now=date(2027, 6, 1)) is None
    assert index_factor(**asked, then=date(2025, 6, 1), now=today) is None
