"""A payment booked today and worth from a day gone by: nobody pays a penalty for days on which the money was there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.models import User
from loans.ledger import chart, selectors
from loans.models import Loan, ProductVersion
from loans.selectors.audit import first_difference
from loans.services.payments import reverse_payment
from tests.loans.servicing.test_close_of_day import FIRST_DUE, close
from tests.loans.servicing.test_payments import parts, pay

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]


@pytest.fixture(autouse=True)
def _penalties(product: ProductVersion) -> None:
    ProductVersion.objects.update(penalty_rate=Decimal("0.12"))


class TestAPaymentWorthFromADayGoneBy:
    @pytest.mark.parametrize("days", [0, 1, 4, 9])
    def test_leaves_the_loan_as_if_it_had_been_booked_then(self, active: Callable[..., Loan], on: Move, today: date, days: int) -> None:
        late, prompt = active(), active()
        worth = FIRST_DUE + timedelta(days=days)
        close(on, today, worth)
        amount = Decimal("1200.00")
        punctual = pay(prompt, amount, worth)
        day = close(on, worth, FIRST_DUE + timedelta(days=12))
        belated = pay(late, amount, day, value_date=worth)
        assert sorted(parts(belated), key=str) == sorted(parts(punctual), key=str)
        assert selectors.balances_of_loan(late.pk) == selectors.balances_of_loan(prompt.pk)
        assert late.instalments.get(number=1).penalty == prompt.instalments.get(number=1).penalty
        assert first_difference() is None

    def test_takes_back_its_share_of_the_penalty_only(self, loan: Loan, on: Move, today: date) -> None:
        day = close(on, today, FIRST_DUE + timedelta(days=20))
        charged = loan.instalments.get(number=1).penalty
        assert charged == Decimal("6.40")  # 972.80 x 12% x 20/365
        pay(loan, "560.00", day, value_date=FIRST_DUE)
        row = loan.instalments.get(number=1)
        # 60.00 of interest, then 500.00 of principal: 472.80 was overdue for twenty days.
        assert (row.paid_principal, row.penalty, row.paid_penalty) == (Decimal("500.00"), Decimal("3.11"), 0)
        assert selectors.balances_of_loan(loan.pk)[chart.PENALTY_RECEIVABLE] == Decimal("3.11")
        assert first_difference() is None

    def test_gives_back_a_penalty_that_was_paid(self, loan: Loan, on: Move, today: date, collector: User) -> None:
        day = close(on, today, FIRST_DUE + timedelta(days=20))
        first = pay(loan, "6.40", day)
        assert parts(first) == [("penalty", 1, Decimal("6.40"))]
        second = pay(loan, "1032.80", day, value_date=FIRST_DUE)
        assert parts(first) == [("suspense", None, Decimal("6.40"))]
        assert {name for name, _, _ in parts(second)} == {"interest", "principal"}
        assert loan.instalments.get(number=1).penalty == 0
        assert first_difference() is None
        for payment in (second, first):
            reverse_payment(payment=payment, reason="Bounced", actor=collector, business_date=day)
        assert first_difference() is None
