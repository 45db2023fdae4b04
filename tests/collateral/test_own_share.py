"""What a lien may count on, and what of others counts before it:
limits that may be drawn, charges that are due, and more than all of a debt.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Covenant, Cover, MarginCall
from collateral.selectors.coverage import coverage_of
from collateral.selectors.covers import figures_of_book
from collateral.services.margin_calls import watch_covers
from collateral.services.releases import UnableToReleasePledge, outlook
from core.models import Branch, User
from loans.models import Facility, Instalment, Loan
from tests.collateral.books import EVERY, Book, Lent
from tests.collateral.test_releases import Pledged, collector, pledged

__all__ = ["collector", "pledged"]


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


def charge(lent: Lent, interest: int, today: date) -> None:
    """Interest and fees of a loan that were due a week ago and are not paid."""
    day = today - timedelta(days=7)
    Instalment.objects.create(
        loan=lent.loan, number=1, due_date=day, principal=0, interest=interest - 100, fee=100, balance=0, due_booked=True
    )
    Loan.objects.filter(pk=lent.loan.pk).update(arrears=interest)


def available(lent: Lent, book: Book) -> tuple[Any, Any]:
    """By the night and by the page of the file."""
    book.sweep()
    return Cover.objects.get(loan=lent.loan).available, coverage_of(lent.application, business_date=book.today).available


def test_a_limit_claims_all_that_may_be_drawn_whatever_is(book: Book) -> None:
    line, loan = book.lend(100_000), book.lend(90_000)
    house = book.asset(200_000)
    book.pledge(house, line, 120_000)
    book.pledge(house, loan, 90_000, rank=2)
    facility = Facility.objects.filter(pk=line.loan.facility_id)
    facility.update(revolving=True, end_date=book.today + timedelta(days=400), state="AVAILABLE", drawn=100_000)
    Loan.objects.filter(pk=line.loan.pk).update(outstanding_principal=1)
    assert available(loan, book) == (60_000, 60_000)
    assert Cover.objects.get(loan=loan.loan).claims_before == 100_000
    facility.update(state="SUSPENDED")
    assert available(loan, book) == (60_000, 60_000)
    facility.update(state="CANCELLED")
    assert available(loan, book) == (90_000, 90_000)


def test_charges_that_are_due_are_owed_and_claimed(book: Book) -> None:
    first, second = book.lend(100_000), book.lend(60_000)
    house = book.asset(200_000)
    book.pledge(house, first, 150_000)
    book.pledge(house, second, 60_000, rank=2)
    charge(first, 5_000, book.today)
    assert available(second, book) == (55_000, 55_000)
    assert Cover.objects.get(loan=first.loan).exposure == 105_000
    assert book.sweep() == 0


def test_one_asset_meets_a_covenant_above_all_of_the_debt(book: Book, risk_manager: User) -> None:
    lent = book.lend(100_000)
    house = book.asset(200_000)
    pledge = book.pledge(house, lent, 150_000)
    Covenant.objects.create(application=lent.application, min_coverage=Decimal("1.2"), agreed_date=book.today)
    assert available(lent, book) == (150_000, 150_000)
    assert watch_covers(business_date=book.today, **EVERY) == 0
    assert figures_of_book(risk_manager).coverage == 1  # More than one loan owes covers no other.
    type(pledge).objects.update(amount=110_000)
    book.sweep()
    watch_covers(business_date=book.today, **EVERY)
    assert MarginCall.objects.get().called == 10_000


def test_equal_ranks_leave_each_other_what_is_owed(book: Book) -> None:
    first, second = book.lend(50_000), book.lend(30_000)
    house = book.asset(200_000)
    for lent in (first, second):
        book.pledge(house, lent, 150_000)
    assert available(first, book) == (130_000, 130_000) and available(second, book) == (110_000, 110_000)
    book.value(house, 50_000)
    assert available(first, book) == (25_000, 25_000) and available(second, book) == (15_000, 15_000)


def test_what_settles_the_loan_stays_covered(pledged: Pledged, collector: User) -> None:
    """80,000 would be left and 76,000 of principal are owed, with 5,000 of interest and fees that are due."""
    Loan.objects.update(outstanding_principal=76_000)
    content = {"kind": "release", "amount": "", "replacement": ""}
    assert outlook(pledge=pledged.first, content=content, business_date=pledged.book.today).holds
    charge(pledged.lent, 5_000, pledged.book.today)
    with pytest.raises(UnableToReleasePledge, match=r"81,000\.00 EUR have to be covered"):
        pledged.propose(pledged.first, collector)
