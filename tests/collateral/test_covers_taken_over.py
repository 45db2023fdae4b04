"""Files taken over without a decision here: what secured them on their first night is what they were decided on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, DecidedCover, Pledge, Valuation
from collateral.services.covers_taken_over import take_over_covers
from collateral.services.decided_covers import lacks_decided_cover, write_decided_cover
from core.models import AuditEntry, Branch, User
from core.uuids import uuid7
from loans.models import ConditionPrecedent, Loan, ProductVersion
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import SignIn
from tests.shared_rows import shared


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def house(book: Book) -> Asset:
    """80,000 of it lends."""
    return book.asset(100_000)


@shared
def lent(book: Book, house: Asset) -> Lent:
    lent = book.lend(70_000)
    book.pledge(house, lent, 70_000)
    book.sweep()
    return lent


def kept() -> list[tuple[Decimal, Decimal, date, bool]]:
    return list(DecidedCover.objects.order_by("available").values_list("available", "exposure", "decided_date", "taken_over"))


def test_keep_what_is_pledged_once_and_say_so(lent: Lent, risk_manager: User, sign_in: SignIn, today: date) -> None:
    assert [take_over_covers(business_date=today + timedelta(days=days)) for days in (0, 1)] == [1, 0]
    assert kept() == [(70_000, 70_000, today, True)]
    assert AuditEntry.objects.get(action="application.cover_taken_over").target_id == str(lent.application.pk)
    client = sign_in(risk_manager)
    pages = (
        reverse("collateral:loan_cover", args=[lent.loan.public_id]),
        reverse("collateral:application_panel", args=[lent.application.pk]),
    )
    for page in pages:
        words = client.get(page).text
        assert "Secured when taken over" in words and "the file was not decided here" in words
    # A decision of this house takes its place.
    write_decided_cover(lent.application, today + timedelta(days=3))
    assert [row[3] for row in kept()] == [False]
    assert "Secured when granted" in client.get(pages[0]).text


def test_hold_the_money_that_may_still_leave(book: Book, lent: Lent, house: Asset, today: date) -> None:
    lent.loan.undrawn = Decimal(20_000)
    lent.loan.save()
    ConditionPrecedent.objects.create(application=lent.application, code="collateral_perfected", title="Perfected", state="SATISFIED")
    take_over_covers(business_date=today)
    assert lacks_decided_cover(lent.application, today) == 0
    Valuation.objects.filter(asset=house).update(market_value=50_000)
    assert lacks_decided_cover(lent.application, today) == 30_000


@pytest.mark.parametrize("state", ["SIGNED", None])
def test_measure_a_file_without_a_running_loan_by_itself(book: Book, house: Asset, today: date, state: str | None) -> None:
    lent = book.lend(60_000, state="SIGNED")
    book.pledge(house, lent, 60_000)
    if state is None:
        lent.loan.delete()
    assert take_over_covers(business_date=today) == 1 and kept() == [(60_000, 60_000, today, True)]


@pytest.mark.parametrize("state", ["ACTIVE", "SIGNED"])
def test_measure_a_file_by_what_runs_or_may_be_paid_out_not_by_what_is_over(book: Book, house: Asset, today: date, state: str) -> None:
    lent = book.lend(60_000, state=state)
    book.pledge(house, lent, 60_000)
    over = Loan.objects.get(pk=lent.loan.pk)
    over.pk, over.public_id, over.reference, over.principal = None, uuid7(), "LO-OVER", Decimal(500_000)
    over.state, over.outstanding_principal = "CLOSED", Decimal(0)
    over.save(force_insert=True)
    book.sweep()
    take_over_covers(business_date=today)
    assert kept()[0][1] == 60_000


def test_count_a_value_that_ran_out_as_it_last_was(lent: Lent, house: Asset, today: date) -> None:
    house.valuations.update(state="EXPIRED", expires_date=today - timedelta(days=200))
    take_over_covers(business_date=today)
    assert kept()[0][0] == 70_000


@pytest.mark.parametrize("change", ["decided", "closed", "proposed", "in review"])
def test_are_none_that_were_decided_here_or_secure_nothing(lent: Lent, change: str, today: date) -> None:
    if change == "decided":
        lent.application.outcomes.create(outcome="APPROVED", amount=70_000, decided_date=today)
    elif change == "closed":
        lent.loan.state, lent.loan.outstanding_principal = "CLOSED", Decimal(0)
        lent.loan.save()
    elif change == "proposed":
        Pledge.objects.update(state="PROPOSED")
    else:
        lent.application.state = "REVIEW"
        lent.application.save()
    assert take_over_covers(business_date=today) == 0 and kept() == []


@pytest.mark.parametrize("number", [1, 4])
def test_cost_the_same_however_many(book: Book, house: Asset, lent: Lent, number: int, today: date, django_assert_num_queries: Any) -> None:
    for rank in range(number):
        book.pledge(house, book.lend(1_000), 1_000, rank=rank + 2)
    # A savepoint, the files, the settings, what is available, the covers, the audit trail.
    with django_assert_num_queries(7):
        assert take_over_covers(business_date=today) == number + 1
