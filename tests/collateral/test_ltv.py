"""Loan to value is of what counts, and gaps of several currencies are not one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.red_flags import Finding
from collateral.models import Asset, Cover
from collateral.selectors.coverage import coverage_from, coverage_of, ground_of
from collateral.selectors.covers import holdings_of, list_covers
from collateral.services.flags import decide_flag, raise_findings
from core.models import Branch, User
from loans.models import Application, Loan, ProductVersion
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import SignIn
from tests.shared_rows import shared


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def lent(book: Book) -> Lent:
    """A loan of 100,000 on a house of 200,000."""
    lent = book.lend(100_000)
    book.pledge(book.asset(200_000), lent, 200_000)
    book.sweep()
    return lent


@pytest.fixture
def of_others(lent: Lent, risk_manager: User, today: date) -> Asset:
    """The house, of which it was upheld that the title is somebody else's."""
    house = Asset.objects.get()
    (flag,) = raise_findings(asset=house, findings=[Finding("title_inconsistent", "Others.")], business_date=today)
    decide_flag(flag=flag, uphold=True, reason="Sold in May", actor=risk_manager, business_date=today)
    house.refresh_from_db()
    return house


def figures(lent: Lent, today: date) -> tuple[Any, ...]:
    """Market value that counts and loan to value, as the night keeps them and as a decision would stand on them."""
    kept, found = Cover.objects.get(loan=lent.loan), coverage_of(lent.application, business_date=today)
    assert (kept.market_value, kept.ltv) == (found.market_value, found.ltv)
    return kept.market_value, kept.ltv


def test_of_what_counts_nothing_there_is_none(
    lent: Lent, book: Book, of_others: Asset, officer: User, sign_in: SignIn, today: date
) -> None:
    assert figures(lent, today) == (0, None) and Cover.objects.get().unvalued == 0
    (holding,) = holdings_of(lent.loan, business_date=today)
    assert holding.market_value == 0
    page = sign_in(officer).get(reverse("collateral:loan_cover", args=[lent.loan.public_id])).text
    assert "no value that" in page and "no value in force" not in page
    book.pledge(book.asset(125_000), lent, 200_000)
    book.sweep()
    assert figures(lent, today) == (125_000, Decimal("0.8"))


def test_is_of_the_share_that_counts(lent: Lent, book: Book, today: date) -> None:
    assert figures(lent, today) == (200_000, Decimal("0.5"))
    Asset.objects.update(counted_share=Decimal("0.333333"))
    book.sweep()
    assert figures(lent, today) == (Decimal("66666.6"), Decimal(100_000) / Decimal("66666.6"))


def test_of_a_decision_of_the_past_is_worked_out_again_as_it_was(lent: Lent, of_others: Asset, today: date) -> None:
    ground = ground_of(lent.application, business_date=today)
    kept = ground.to_dict()
    assert coverage_from(kept) == ground.coverage() and ground.coverage().ltv is None
    del kept["by_whole_value"]
    assert (coverage_from(kept).ltv, coverage_from(kept).market_value, coverage_from(kept).available) == (Decimal("0.5"), 200_000, 0)


def test_the_largest_gap_first_is_one_of_each_currency(book: Book, officer: User, bank: Any) -> None:
    for currency, owed in (("EUR", 100), ("JPY", 1_000_000), ("EUR", 500_000), ("CHF", 700_000), ("JPY", 2_000_000)):
        lent = book.lend(owed)
        Loan.objects.filter(pk=lent.loan.pk).update(currency=currency)
        Application.objects.filter(pk=lent.application.pk).update(currency=currency)
        book.pledge(book.asset(1), lent, owed)
    book.sweep()
    assert bank.currency == "EUR"
    shown = [(cover.loan.currency, cover.exposure) for cover in list_covers(officer, view="all")]
    assert shown == [("EUR", 500_000), ("EUR", 100), ("CHF", 700_000), ("JPY", 2_000_000), ("JPY", 1_000_000)]
