"""While a claim before or beside another waits for its second person nothing is given out that it may be paid first of: no price of a sale,
in one step or awaited, and no insurer's money.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, Proceeds, SaleRest
from collateral.services.enforcement import UnableToEnforce, decide_enforcement
from collateral.services.sale_prices import decide_price
from core.models import Proposal, User
from loans.models import Payment
from tests.collateral.enforcement.selling import Sell, Two, ask_insurance, ask_price, book_insurance
from tests.collateral.enforcement.selling import propose as propose_sale
from tests.collateral.test_claims_ahead import decide, propose

pytestmark = pytest.mark.usefixtures("media")


def waits(act: Callable[[], object]) -> None:
    """It is refused in words that name whose claim it is, and nothing is given out."""
    with pytest.raises(UnableToEnforce, match=r"A claim of Tax office .* taken back, first") as refusal:
        act()
    assert refusal.value.code == "claim_waits" and not Payment.objects.exists() and not Proceeds.objects.exists()


def paid_others() -> set[tuple[str, Any]]:
    return {(one.lien.holder, one.amount) for one in SaleRest.objects.exclude(lien=None).select_related("lien") if one.lien is not None}


def test_no_sale_is_booked(two: Two, collector: User, officer: User, approver: User, second_approver: User) -> None:
    book, _, machine = two
    today = book.today
    sold: Callable[[], object] = lambda: decide_enforcement(  # noqa: E731
        asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=today
    )
    propose_sale(book, machine, collector)
    propose(machine, officer, today, amount=Decimal(6_500))
    waits(sold)
    # It can be confirmed still, and is paid before the bank.
    decide(machine, approver, today)
    sold()
    assert paid_others() == {("Tax office", 6_500)}


def test_no_sale_is_proposed(two: Two, collector: User, officer: User, approver: User) -> None:
    book, _, machine = two
    propose(machine, officer, book.today)
    waits(lambda: propose_sale(book, machine, collector))
    assert not Proposal.objects.filter(kind="collateral.enforcement").exists()
    decide(machine, approver, book.today, confirm=False)
    propose_sale(book, machine, collector)


def test_no_awaited_price_is_booked(two: Two, sell: Sell, collector: User, officer: User, approver: User, second_approver: User) -> None:
    book, _, machine = two
    today = book.today
    sell()
    booked: Callable[[], object] = lambda: decide_price(  # noqa: E731
        asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=today
    )
    propose(machine, officer, today, amount=Decimal(6_500))
    waits(lambda: ask_price(machine, collector, today))
    decide(machine, officer, today, confirm=False)
    ask_price(machine, collector, today)
    propose(machine, officer, today, amount=Decimal(6_500), holder="Tax office ", registry_reference="R-10")
    waits(booked)
    decide(machine, approver, today)
    booked()
    assert paid_others() == {("Tax office", 6_500)}


def test_no_money_of_an_insurer_is_booked(
    two: Two, lost: Asset, collector: User, officer: User, approver: User, second_approver: User
) -> None:
    today: date = two[0].today
    propose(lost, officer, today, amount=Decimal(6_500))
    waits(lambda: ask_insurance(lost, collector, today))
    decide(lost, officer, today, confirm=False)
    ask_insurance(lost, collector, today)
    propose(lost, officer, today, amount=Decimal(6_500), registry_reference="R-10")
    waits(lambda: book_insurance(lost, second_approver, today))
    decide(lost, approver, today)
    book_insurance(lost, second_approver, today)
    assert paid_others() == {("Tax office", 6_500)}
