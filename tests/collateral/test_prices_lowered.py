"""A price corrected downwards counts while it waits for a second person, and is undone when it is refused."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from collateral.models import Asset, Cover, SecurityPrice
from collateral.services.computed_values import revalue
from collateral.services.price_changes import UnableToChangePrices, propose_correction
from core.models import AuditEntry, Branch, User
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn
from tests.collateral.test_price_changes import DAYS, decide, on_record, priced, shares
from tests.collateral.test_value_files import SIEMENS

__all__ = ["shares"]


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@pytest.fixture
def lowered(shares: Asset, book: Book, investigator: User, today: date) -> Asset:
    """On record 110, on which the value and the loan's cover stand; somebody says that it was 60."""
    priced(today, (DAYS[3], "100"), (DAYS[4], "110"))
    assert revalue(business_date=today, **EVERY) == 1
    book.sweep()
    asked: dict[str, Any] = {"isin": SIEMENS, "price_date": DAYS[4], "reason": "The exchange.", "business_date": today}
    propose_correction(price=Decimal(60), actor=investigator, **asked)
    return shares


def worth(asset: Asset) -> Decimal | None:
    return asset.valuations.get(state="ACCEPTED").market_value


def test_counts_at_once_with_the_loans_it_covers(lowered: Asset, risk_manager: User, sign_in: SignIn, today: date) -> None:
    assert (worth(lowered), on_record()[DAYS[4]], Cover.objects.get().market_value) == (6_000, 60, 6_000)
    assert SecurityPrice.objects.get(price_date=DAYS[4]).counted_before == 110
    assert AuditEntry.objects.get(action="price.lowered").details["price"] == "60"
    assert "60 EUR in the place of 110" in sign_in(risk_manager).get(reverse("collateral:price_changes")).text
    decide(risk_manager, today)
    assert (worth(lowered), SecurityPrice.objects.get(price_date=DAYS[4]).counted_before) == (6_000, None)
    assert revalue(business_date=today, **EVERY) == 0


def test_is_undone_when_it_is_refused(lowered: Asset, risk_manager: User, today: date) -> None:
    decide(risk_manager, today, confirm=False)
    assert (worth(lowered), on_record()[DAYS[4]], Cover.objects.get().market_value) == (11_000, 110, 11_000)
    assert lowered.valuations.get(state="ACCEPTED").valued_date == DAYS[4]
    assert not SecurityPrice.objects.exclude(counted_before=None).exists()


def test_counts_the_night_after_where_no_value_followed_the_price_yet(
    shares: Asset, book: Book, investigator: User, risk_manager: User, today: date
) -> None:
    priced(today, (DAYS[3], "100"), (DAYS[4], "110"))
    asked: dict[str, Any] = {"isin": SIEMENS, "price_date": DAYS[4], "reason": "The exchange.", "business_date": today}
    propose_correction(price=Decimal(60), actor=investigator, **asked)
    assert worth(shares) == 10_000
    assert revalue(business_date=today, **EVERY) == 1 and worth(shares) == 6_000
    decide(risk_manager, today, confirm=False)
    assert worth(shares) == 11_000


def test_is_taken_back_by_who_proposed_it_only_where_nothing_follows_it(
    lowered: Asset, book: Book, investigator: User, risk_manager: User, today: date
) -> None:
    with pytest.raises(UnableToChangePrices, match="fall_counts"):
        decide(investigator, today, confirm=False)
    assert worth(lowered) == 6_000
    decide(risk_manager, today, confirm=False)
    asked: dict[str, Any] = {"isin": SIEMENS, "price_date": DAYS[3], "reason": "A slip.", "business_date": today}
    propose_correction(price=Decimal(50), actor=investigator, **asked)
    decide(investigator, today, confirm=False)
    assert (on_record()[DAYS[3]], worth(lowered)) == (100, 11_000)


def test_waits_lower_and_nothing_else(shares: Asset, today: date) -> None:
    priced(today - timedelta(days=1), (DAYS[4], "110"))
    with pytest.raises(IntegrityError, match="security_price_waits_lower"), transaction.atomic():
        SecurityPrice.objects.update(counted_before=100)
