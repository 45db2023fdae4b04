"""A value that is computed is made anew before the one in force runs out, and followed on for a while where nothing could be computed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from collateral.domain.calendar import AHEAD_DAYS, Rule
from collateral.domain.revaluation import DEFAULTS
from collateral.models import Asset, PropertyFacts, Valuation
from collateral.services.computed_values import revalue
from collateral.services.sweep import mark_revaluations_due
from core.models import Branch
from loans.models import ProductVersion
from tests.collateral.books import EVERY, Book
from tests.collateral.test_computed_values import index_of
from tests.shared_rows import shared

YEAR = timedelta(days=365)


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def shop(book: Book) -> Asset:
    """A shop behind a running loan, whose value holds for a year and whose index stands still."""
    shop = book.asset(300_000)
    PropertyFacts.objects.create(
        asset=shop,
        use="RETAIL",
        occupancy="OWNER",
        floor_area=100,
        plot_area=200,
        built_year=1990,
        valid_from=book.today,
        recorded_date=book.today,
    )
    book.pledge(shop, book.lend(100_000), 200_000)
    shop.valuations.update(expires_date=book.today + YEAR)
    index_of(dict.fromkeys(range(2018, 2034), "100"))
    return shop


def nights(first: date, days: int) -> None:
    """So many nights: what is due is computed, and what ran out ends."""
    for day in range(days):
        revalue(business_date=first + timedelta(days=day), **EVERY)
        mark_revaluations_due(business_date=first + timedelta(days=day), **EVERY)


def in_force(asset: Asset, day: date) -> bool:
    return asset.valuations.filter(state="ACCEPTED", expires_date__gt=day).exists()


@pytest.mark.parametrize("kind", ["COMMERCIAL", "MACHINERY", "VEHICLE"])
def test_what_is_computed_yearly_is_computed_a_week_before_it_runs_out(kind: str) -> None:
    (rule,) = (rule for rule in DEFAULTS.rules if rule.kind == kind)
    assert (rule.valid_days, rule.computed_after) == (365, 365 - AHEAD_DAYS)


@pytest.mark.parametrize(("valid", "computed", "after"), [(30, 1, 1), (30, 30, 23), (5, 5, 1), (90, 0, 0), (1095, 365, 365)])
def test_what_is_set_otherwise_too(valid: int, computed: int, after: int) -> None:
    assert Rule("SECURITIES", DEFAULTS.rules[0].from_value, valid, computed, 3650).computed_after == after


def test_no_day_is_without_a_value(shop: Asset, today: date) -> None:
    before = today + YEAR - timedelta(days=AHEAD_DAYS + 1)
    nights(before, 1)
    assert shop.valuations.count() == 1
    for day in range(1, 2 * AHEAD_DAYS):
        nights(before + timedelta(days=day), 1)
        # Files are held for the day that begins, on what the night left.
        assert in_force(shop, before + timedelta(days=day + 1))
    assert shop.valuations.count() == 2


def test_one_that_ran_out_lately_is_followed_on(shop: Asset, today: date) -> None:
    late = today + YEAR + timedelta(days=DEFAULTS.grace_days)
    mark_revaluations_due(business_date=late, **EVERY)
    assert not in_force(shop, late)
    assert revalue(business_date=late, **EVERY) == 1
    assert in_force(shop, late)
    (made,) = shop.valuations.filter(state="ACCEPTED")
    assert (made.market_value, made.valued_date, made.expires_date) == (300_000, late, late + YEAR)


def test_one_that_ran_out_long_ago_or_was_found_wrong_takes_an_appraiser(shop: Asset, book: Book, today: date) -> None:
    late = today + YEAR + timedelta(days=DEFAULTS.grace_days)
    mark_revaluations_due(business_date=late, **EVERY)
    assert revalue(business_date=late + timedelta(days=1), **EVERY) == 0
    Valuation.objects.update(ended_date=late, ended_by=["damaged"])
    assert revalue(business_date=late, **EVERY) == 0


def test_the_last_one_alone_is_followed(shop: Asset, book: Book, today: date) -> None:
    """Another value before it that would have held for longer does not come back."""
    shop.valuations.update(expires_date=today + YEAR + timedelta(days=DEFAULTS.grace_days), decided_at=None)
    last = book.value(shop, 200_000)
    Valuation.objects.filter(pk=last.pk).update(expires_date=today + timedelta(days=200), state="EXPIRED")
    assert revalue(business_date=today + YEAR + timedelta(days=DEFAULTS.grace_days), **EVERY) == 0
