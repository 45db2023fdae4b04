"""Securities are worth what they are quoted at when money leaves on them, not what they were when the file was decided."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, DecidedCover, Pledge, SecurityHolding, SecurityPrice, ValueFile
from collateral.selectors.coverage import coverage_of
from collateral.services.computed_values import reprice_waiting
from core.events import deliver_pending
from core.models import BankState, Branch
from loans.models import ApplicationHold
from loans.services.holds import measure_again
from monitoring.services.turn_of_day import carry_out_turn
from tests.collateral.books import Book, Lent
from tests.collateral.test_value_files import SIEMENS


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@pytest.fixture
def lent(book: Book) -> Lent:
    """A contract signed for 60,000 of which nothing has left."""
    return book.lend(60_000, state="SIGNED")


@pytest.fixture
def shares(book: Book, lent: Lent, today: date) -> Asset:
    """A thousand shares valued at 100,000 a week ago, whose price fell by four fifths since."""
    asset = book.asset(100_000, kind="SECURITIES")
    asset.valuations.update(valued_date=today - timedelta(days=7), expires_date=today + timedelta(days=20))
    SecurityHolding.objects.create(
        asset=asset,
        isin=SIEMENS,
        quantity=1000,
        confirmed_isin=SIEMENS,
        confirmed_quantity=1000,
        recorded_date=today,
        confirmed_date=today,
    )
    book.pledge(asset, lent, 100_000)
    DecidedCover.objects.create(application=lent.application, available=60_000, exposure=60_000, decided_date=today)
    file = ValueFile.objects.create(kind="PRICES", market="prices", file_name="p.csv", fingerprint="", business_date=today)
    SecurityPrice.objects.create(isin=SIEMENS, price_date=today, price=Decimal(20), currency="EUR", source=file)
    return asset


def value_of(asset: Asset) -> Any:
    return asset.valuations.get(state="ACCEPTED").market_value


def test_a_file_is_held_when_its_paper_fell_before_its_money_leaves(bank: BankState, shares: Asset, lent: Lent, today: date) -> None:
    assert value_of(shares) == 100_000
    measure_again(lent.application, business_date=today)
    assert value_of(shares) == 20_000
    assert coverage_of(lent.application, business_date=today).available < 20_000
    assert ApplicationHold.objects.filter(application=lent.application, source="decided_cover", released_at=None).exists()
    while deliver_pending():
        pass
    assert reprice_waiting(business_date=today) == 0


@pytest.mark.parametrize("state", [Pledge.State.PROPOSED, Pledge.State.PERFECTED])
def test_the_turn_of_the_day_prices_what_waits_once(bank: BankState, shares: Asset, today: date, state: str) -> None:
    Pledge.objects.update(state=state)
    counts = carry_out_turn(business_date=today - timedelta(days=1), next_date=today)
    assert counts["securities_priced"] == 1 and value_of(shares) == 20_000
    assert reprice_waiting(business_date=today) == 0
    made = shares.valuations.get(state="ACCEPTED").computed
    assert made.source == "QUOTE" and made.evidence["price"] == "20.000000"


def test_of_a_running_loan_the_night_prices_and_a_file_asks_for_its_own(
    bank: BankState, book: Book, shares: Asset, lent: Lent, today: date
) -> None:
    running = book.lend(5_000)
    book.pledge(shares, running, 5_000, rank=2)
    assert reprice_waiting(business_date=today) == 0 and value_of(shares) == 100_000
    assert reprice_waiting(business_date=today, application=lent.application) == 1 and value_of(shares) == 20_000


def test_what_nobody_pledged_or_what_was_priced_today_stays(bank: BankState, shares: Asset, today: date) -> None:
    Pledge.objects.update(state=Pledge.State.RELEASED)
    assert reprice_waiting(business_date=today) == 0
