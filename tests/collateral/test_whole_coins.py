"""Money is exact in the coins of its currency: three decimals of the Kuwaiti dinar, none of the yen."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from collateral.domain.computed_values import Due, by_curve, by_index, part_of, worth_of
from collateral.domain.revaluation import DEFAULTS
from collateral.models import Asset, Valuation
from collateral.selectors.value_caps import find_caps
from core.models import Branch
from loans.models import ProductVersion
from tests.collateral.books import Book
from tests.shared_rows import shared

DAY = date(2026, 3, 2)


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


def due(currency: str, worth: str) -> Due:
    return Due(uuid4(), "REAL_ESTATE", currency, 1, DAY, uuid4(), Decimal(worth), DAY, revised=False)


class TestAComputedValue:
    @pytest.mark.parametrize(("currency", "worth"), [("KWD", "100000.333"), ("EUR", "100000.33"), ("JPY", "100000")])
    def test_is_of_whole_coins(self, currency: str, worth: str) -> None:
        facts = ("s", Decimal(300), DAY, Decimal(300), DAY, None, 0, Decimal("100000.3333"), Decimal(1))
        made = by_index(due(currency, "100000.3333"), facts, DEFAULTS, DAY)
        assert (made.value, made.cap) == (Decimal(worth), Decimal(worth))
        assert worth_of(Decimal("33.3333"), Decimal("3000.01"), currency).normalize() == {
            "KWD": Decimal("100000.233"), "EUR": Decimal("100000.23"), "JPY": Decimal(100_000),
        }[currency].normalize()  # fmt: skip

    @pytest.mark.parametrize(("currency", "coin"), [("KWD", "0.001"), ("EUR", "0.01"), ("JPY", "1")])
    def test_is_one_coin_at_least(self, currency: str, coin: str) -> None:
        assert part_of(Decimal("0.0004"), currency) == Decimal(coin)
        made = by_curve(due(currency, "0.0004"), ("car", DAY - timedelta(days=9000), "[]"), DEFAULTS, DAY)
        assert made.value == Decimal(coin)


@pytest.mark.parametrize(("currency", "cap"), [("KWD", "100000.123"), ("EUR", "100000.12"), ("JPY", "100000")])
def test_a_cap_is_of_whole_coins(book: Book, currency: str, cap: str) -> None:
    house = book.asset(100_000)
    book.pledge(house, book.lend(10_000), 10_000)
    house.valuations.update(market_value=Decimal("100000.1234"))
    Asset.objects.filter(pk=house.pk).update(currency=currency)
    later = book.value(house, 200_000)
    Valuation.objects.filter(pk=later.pk).update(valued_date=book.today + timedelta(days=9))
    assert find_caps([later.pk])[later.pk].amount == Decimal(cap)
