"""Figures of the market that were put right: no older proposal undoes a newer one, and what was made of the wrong figure is made anew."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, IndexPoint, IndexSeries, ValueFile
from collateral.services.computed_values import revalue
from collateral.services.holdings import record_holding
from collateral.services.price_changes import decide_price_change, open_changes, propose_correction
from collateral.services.value_files import import_index
from core.errors import Conflict
from core.models import BankState, Branch, User
from tests.collateral.books import EVERY, Book
from tests.collateral.test_computed_values import index_of
from tests.collateral.test_price_changes import DAYS, decide, priced, shares
from tests.collateral.test_value_files import SIEMENS

__all__ = ["shares"]


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


def revise(price: str, actor: User, day: date) -> ValueFile:
    content = f"date,country_code,country,price\n2026-12-31,DE,Germany,{price}\n"
    return import_index(stream=io.BytesIO(content.encode()), file_name=f"{price}.csv", measure="NOMINAL", actor=actor, business_date=day)


class TestAnIndex:
    def test_is_revised_by_no_older_proposal(self, investigator: User, risk_manager: User, bank: BankState, today: date) -> None:
        day = today + timedelta(days=366)
        index_of({2026: "100"})
        for price in ("110", "120"):
            revise(price, investigator, day)
        first, second = open_changes()
        word: dict[str, Any] = {"confirm": True, "reason": "Looked up.", "actor": risk_manager, "business_date": day}
        decide_price_change(seen=second.pk, **word)
        with pytest.raises(Conflict):
            decide_price_change(seen=first.pk, **word)
        assert IndexPoint.objects.get().value == 120

    def test_that_fell_by_a_revision_is_followed_the_next_night_and_once(
        self, book: Book, investigator: User, risk_manager: User, bank: BankState, today: date
    ) -> None:
        asset = book.asset(200_000)
        book.pledge(asset, book.lend(100_000), 200_000)
        index_of({2025: "100", 2026: "95"})
        day = today + timedelta(days=366)
        assert revalue(business_date=day, **EVERY) == 1
        revise("80", investigator, day)
        assert revalue(business_date=day, **EVERY) == 0
        decide(risk_manager, day)
        assert IndexSeries.objects.get().revised_date == day
        assert revalue(business_date=day + timedelta(days=1), **EVERY) == 1
        assert asset.valuations.get(state="ACCEPTED").market_value == 160_000
        assert [revalue(business_date=day + timedelta(days=days), **EVERY) for days in (1, 2)] == [0, 0]


def test_a_price_put_right_makes_nothing_of_what_was_appraised(
    shares: Asset, officer: User, investigator: User, risk_manager: User, today: date
) -> None:
    """Fewer papers leave a part of the appraised value, whatever the market said on its day."""
    valued = DAYS[0] - timedelta(days=3)
    priced(today, (valued, "90"))
    record_holding(asset=shares, isin=SIEMENS, quantity=Decimal(50), actor=officer, business_date=today)
    asked: dict[str, Any] = {"isin": SIEMENS, "price_date": valued, "reason": "The exchange.", "business_date": today}
    propose_correction(price=Decimal(120), actor=investigator, **asked)
    decide(risk_manager, today)
    assert shares.valuations.get(state="ACCEPTED").market_value == 5_000
