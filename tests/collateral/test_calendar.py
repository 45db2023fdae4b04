"""The calendar of CRR 208(3): land for business is looked at as often as what is built on it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from collateral.domain.calendar import calendar_class
from collateral.models import Asset, LandFacts
from collateral.selectors.value_settings import class_in_calendar
from collateral.services.computed_values import revalue
from collateral.services.facts import record_facts
from collateral.services.sweep import mark_revaluations_due
from core.models import Branch, User
from loans.models import ProductVersion
from tests.collateral.books import EVERY, Book
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_computed_values import index_of
from tests.shared_rows import shared

YEAR = timedelta(days=365)
FIELD: dict[str, Any] = GOOD["LAND"] | {"zoning": "AGRICULTURAL", "use": "FARMING"}


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def plot(book: Book) -> Asset:
    """A plot behind a running loan."""
    plot = book.asset(300_000, kind="LAND")
    book.pledge(plot, book.lend(100_000), 200_000)
    return plot


class TestLand:
    @pytest.mark.parametrize(
        ("zoning", "use", "found"),
        [
            ("COMMERCIAL", "VACANT", "COMMERCIAL"), ("INDUSTRIAL", "FARMING", "COMMERCIAL"), ("MIXED", "HOUSING", "COMMERCIAL"),
            ("UNPLANNED", "BUSINESS", "COMMERCIAL"), ("RESIDENTIAL", "INDUSTRY", "COMMERCIAL"),
            ("RESIDENTIAL", "HOUSING", "LAND"), ("AGRICULTURAL", "FARMING", "LAND"), ("UNPLANNED", "VACANT", "LAND"), (None, None, "LAND"),
        ],
    )  # fmt: skip
    def test_for_business_is_commercial(self, zoning: str | None, use: str | None, found: str) -> None:
        assert calendar_class("LAND", use, zoning) == found

    def test_is_valued_yearly_once_its_plan_gives_it_to_business(self, plot: Asset, officer: User, today: date) -> None:
        index_of(dict.fromkeys(range(2018, 2034), "100"))
        record_facts(asset=plot, facts=FIELD, actor=officer, business_date=today)
        assert class_in_calendar(plot) == "LAND"
        assert plot.valuations.get().expires_date == today + 3 * YEAR
        record_facts(asset=plot, facts=FIELD | {"zoning": "INDUSTRIAL"}, actor=officer, business_date=today)
        assert class_in_calendar(Asset.objects.get()) == "COMMERCIAL"
        assert plot.valuations.get().expires_date == today + YEAR
        assert revalue(business_date=today + YEAR - timedelta(days=7), **EVERY) == 1
        assert plot.valuations.get(state="ACCEPTED").expires_date == today + 2 * YEAR - timedelta(days=7)

    @pytest.mark.parametrize("change", [{"zoning": "COMMERCIAL"}, {"use": "BUSINESS"}, {"held": [{"zoning": "MIXED", "use": "VACANT"}]}])
    def test_that_was_accepted_for_longer_is_asked_for_after_a_year(
        self, plot: Asset, officer: User, today: date, change: dict[str, Any]
    ) -> None:
        record_facts(asset=plot, facts=FIELD, actor=officer, business_date=today)
        assert mark_revaluations_due(business_date=today + YEAR, **EVERY) == 0
        LandFacts.objects.update(**change)
        assert class_in_calendar(Asset.objects.get()) == "COMMERCIAL"
        assert mark_revaluations_due(business_date=today + YEAR, **EVERY) == 1
