"""What an asset covers is the same for whoever reads: claims of other branches count though their loans are not seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Cover
from collateral.selectors.coverage import coverage_of
from collateral.selectors.covers import cover_on, holdings_of
from collateral.selectors.lapsed import available_with_lapsed
from collateral.services.covers import refresh_covers
from core.models import Branch, User
from core.roles import Role
from core.row_security import WHOLE_BANK, branches_of, see
from loans.models import Loan
from tests.collateral.books import EVERY, Book, Lent
from tests.collateral.conftest import hire


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@contextmanager
def seen_by(person: User) -> Iterator[None]:
    """As in a request of theirs that only reads."""
    see(branches_of(person))
    try:
        yield
    finally:
        see(WHOLE_BANK)


@pytest.fixture
def officer_here(branch: Branch) -> User:
    return hire("olga_here", Role.OFFICER, branch=branch)


@pytest.fixture
def here(book: Book, other_branch: Branch, today: date) -> Lent:
    """A loan behind 10,000 still owed to another branch, whose lien of 100,000 ranks first on the same house."""
    house, here, there = book.asset(400_000), book.lend(300_000), book.lend(10_000)
    book.pledge(house, there, 100_000, rank=1)
    book.pledge(house, here, 300_000, rank=2)
    Loan.objects.filter(pk=there.loan.pk).update(branch=other_branch)
    refresh_covers(business_date=today, **EVERY)
    return here


def test_is_what_the_night_measures_on_every_page(here: Lent, officer_here: User, today: date) -> None:
    kept = Cover.objects.get(loan=here.loan)
    assert kept.claims_before == 10_000
    with seen_by(officer_here):
        assert Loan.objects.count() == 1
        shown = cover_on(here.loan, business_date=today)
        assert shown == kept and shown is not None and shown.pk is not None
        assert [one.available for one in holdings_of(here.loan, business_date=today)] == [kept.available]
        assert available_with_lapsed([here.loan.pk], business_date=today) == {here.loan.pk: kept.available}


def test_is_what_the_decision_reads_on_the_page_of_the_file(here: Lent, officer_here: User, today: date) -> None:
    read = coverage_of(here.application, business_date=today, standing=True)
    with seen_by(officer_here):
        assert coverage_of(here.application, business_date=today, standing=True) == read
    assert read.available > Decimal(0)
