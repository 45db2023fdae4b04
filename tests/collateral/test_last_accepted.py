"""What ran out counts as it last was: by the value that was accepted last, and not by one that another took the place of."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from collateral.models import Asset, ComputedValue, Valuation
from collateral.selectors.coverage import coverage_of
from collateral.selectors.lapsed import available_with_lapsed, counted_until
from collateral.selectors.sale_values import sale_value_of
from collateral.services.computed_values import revalue
from core.models import Branch
from loans.models import ProductVersion
from tests.collateral.books import EVERY, Book, Lent
from tests.collateral.test_computed_values import index_of
from tests.shared_rows import shared

LATER = timedelta(days=30)


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def house(book: Book) -> Asset:
    """Appraised at 100,000, and then at 80,000 for an earlier day, by a second look that took its place."""
    house = book.asset(100_000)
    Asset.objects.filter(pk=house.pk).update(country="DE")
    house.valuations.update(decided_at=timezone.now() - timedelta(hours=2), valued_date=book.today - timedelta(days=10))
    second = book.value(house, 80_000)
    Valuation.objects.filter(pk=second.pk).update(
        decided_at=timezone.now() - timedelta(hours=1), valued_date=book.today - timedelta(days=20), expires_date=book.today + LATER
    )
    return house


@shared
def lent(book: Book, house: Asset) -> Lent:
    lent = book.lend(90_000)
    book.pledge(house, lent, 90_000)
    return lent


def run_out(house: Asset) -> None:
    house.valuations.filter(state="ACCEPTED").update(state="EXPIRED")


@pytest.mark.parametrize(("days", "available"), [(1, 64_000), (89, 64_000), (90, 0)])
def test_a_call_counts_it_for_the_grace_and_nothing_in_its_place_after(
    house: Asset, lent: Lent, today: date, days: int, available: int
) -> None:
    day = today + LATER + timedelta(days=days)
    run_out(house)
    assert available_with_lapsed([lent.loan.pk], business_date=day).get(lent.loan.pk, 0) == available
    ((_, until),) = counted_until(lent.loan, [house], business_date=day)
    assert until == (today + LATER + timedelta(days=89) if available else None)


def test_so_do_a_release_and_a_sale(house: Asset, lent: Lent, today: date) -> None:
    run_out(house)
    assert coverage_of(lent.application, business_date=today + LATER, lapsed=True).available == 64_000
    assert sale_value_of(house, business_date=today + LATER).market_value == 80_000


def test_an_index_moves_it_on(house: Asset, lent: Lent, today: date) -> None:
    index_of({2024: "100", 2025: "100", 2026: "90"})
    Valuation.objects.update(expires_date=today + timedelta(days=900))
    assert revalue(business_date=today + timedelta(days=366), **EVERY) == 1
    made = ComputedValue.objects.get().valuation
    assert made.market_value == Decimal(72_000) and made.decided_at is not None
