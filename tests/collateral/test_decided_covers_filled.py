"""Files granted before what secured them was kept: filled from what their decision froze, or from what the night measured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from collateral.models import Cover, DecidedCover, Pledge, Valuation
from collateral.services.pledges import perfect_pledge
from core.models import User
from loans.models import Application
from loans.services.holds import is_held, measure_again
from risk.models import Decision
from tests.collateral.books import Book
from tests.collateral.test_decided_covers import decide, falls_to, granted

__all__ = ["decide", "granted"]

FILL = import_module("risk.migrations.0016_decided_covers_of_before").FILL


@pytest.fixture
def before(granted: Application, approver: User, today: date) -> Callable[[str | None], DecidedCover]:
    """The file as it stood when decisions froze their evidence and nothing else was kept; gives what is kept of it now."""

    def make(frozen: str | None) -> DecidedCover:
        kept = DecidedCover.objects.get()
        DecidedCover.objects.all().delete()
        facts = {"collateral_coverage": {"value": frozen}} if frozen else {}
        Decision.objects.create(
            application=granted,
            outcome="APPROVED",
            amount=granted.amount,
            rationale="Seen.",
            system_recommendation="APPROVE",
            authority_level=2,
            exposure_after=Decimal(100_000),
            evidence={"application": {"amount": str(granted.amount)}, "evaluation": {"facts": facts}},
            evidence_hash="0",
            decided_by=approver,
            decided_by_name=approver.full_name,
            decided_date=today,
        )
        return kept

    return make


def fill() -> int:
    with connection.cursor() as cursor:
        cursor.execute(FILL)
        return int(cursor.rowcount)


def test_is_what_would_have_been_kept_and_holds_the_file_as_that_does(
    before: Any, granted: Application, accepted: Valuation, pledge: Pledge, investigator: User, today: date
) -> None:
    kept = before("1.0000")
    assert (fill(), fill()) == (1, 0)
    found = DecidedCover.objects.get()
    assert (found.available, found.exposure, found.decided_date) == (kept.available, kept.exposure, kept.decided_date)
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    assert not is_held(granted)
    falls_to(100_000, accepted)
    measure_again(granted, business_date=today)
    assert is_held(granted)


@pytest.mark.parametrize(
    ("frozen", "registered", "available"),
    [("1.5000", 120_000, 120_000), ("0.7000", 120_000, 70_000), ("1.0000", 0, None), (None, 120_000, None)],
)
def test_is_at_most_what_is_registered_and_nothing_that_nobody_said(
    before: Any, frozen: str | None, registered: int, available: int | None
) -> None:
    before(frozen)
    if registered:
        Pledge.objects.update(amount=Decimal(registered))
    else:
        Pledge.objects.update(state="WITHDRAWN")
    assert fill() == (available is not None)
    assert DecidedCover.objects.values_list("available", flat=True).first() == available


@pytest.mark.parametrize(("change", "filled"), [({}, True), ({"undrawn": 0}, False), ({"state": "CLOSED"}, False)])
def test_is_of_files_alone_whose_money_may_still_leave(
    before: Any, granted: Application, book: Book, change: dict[str, Any], filled: bool
) -> None:
    before("1.0000")
    loan = book.lend(100_000, state="SIGNED").loan
    for name, value in change.items():
        setattr(loan, name, value)
    loan.application = granted
    loan.save()
    assert fill() == filled


def test_follows_the_night_where_something_was_given_back_since(before: Any, granted: Application, book: Book, today: date) -> None:
    before("1.0000")
    loan = book.lend(100_000).loan
    loan.application, loan.undrawn = granted, Decimal(40_000)
    loan.save()
    Pledge.objects.update(state="PARTLY_RELEASED")
    assert fill() == 0
    worth = Decimal(80_000)
    Cover.objects.create(
        loan=loan, exposure=worth, market_value=worth, lending_value=worth, claims_before=0, available=worth, overhang=0, pledges=1,
        unvalued=0, status_date=today,
    )  # fmt: skip
    assert fill() == 1 and DecidedCover.objects.get().available == worth


@pytest.fixture
def book(granted: Application, today: date) -> Book:
    assert granted.product_version is not None
    return Book(granted.branch, granted.product_version, today)
