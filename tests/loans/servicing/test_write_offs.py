"""Debt taken off the books, in full and in part: followed off balance, recovered later, and never improving how late a loan is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import User
from loans.ledger import chart, selectors
from loans.models import Loan, ProductVersion
from loans.selectors.audit import first_difference
from loans.selectors.write_offs import written_off_of_loan
from loans.services.accrual import set_recognised_share
from loans.services.changes import UnableToChangeLoan, confirm_change, propose_change
from loans.services.payments import UnableToPostPayment, reverse_payment
from loans.services.recoveries import UnableToRecover, post_recovery
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import move
from tests.loans.servicing.test_close_of_day import close
from tests.loans.servicing.test_payments import pay
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]


@shared
def late(loan: Loan, today: date) -> date:
    """Ten days after the first instalment fell due and was not paid; penalties at 12%."""
    ProductVersion.objects.update(penalty_rate=Decimal("0.12"))
    return close(move, today, date(2026, 4, 12))


@pytest.fixture
def change(loan: Loan, collector: User, approver: User) -> Callable[..., Loan]:
    def make(kind: str, values: dict[str, Any], day: date) -> Loan:
        propose_change(loan=loan, kind=kind, values=values, reason="Hopeless", actor=collector, business_date=day)
        return confirm_change(loan=loan, kind=kind, actor=approver, business_date=day)

    return make


class TestAWriteOff:
    def test_takes_the_debt_off_the_books_and_lets_recoveries_follow(
        self, loan: Loan, late: date, change: Callable[..., Loan], on: Move
    ) -> None:
        change("write_off", {}, late)
        loan.refresh_from_db()
        found = selectors.balances_of_loan(loan.pk)
        assert (loan.written_off_date, loan.outstanding_principal, loan.arrears) == (late, 0, 0)
        assert found[chart.WRITE_OFFS] == Decimal("12063.20")  # principal, interest due, penalty
        assert not {code for code in found if code.startswith("1") and code != chart.CASH}
        with pytest.raises(UnableToPostPayment, match="written_off"):
            pay(loan, "10.00", late)
        post_recovery(loan=loan, amount=Decimal("2000.00"), value_date=late, actor=None, business_date=late, external_reference="A")
        post_recovery(loan=loan, amount=Decimal("2000.00"), value_date=late, actor=None, business_date=late, external_reference="A")
        after = selectors.balances_of_loan(loan.pk)
        assert (after[chart.RECOVERIES], after[chart.CLAIMS_WRITTEN_OFF], after[chart.OFF_BALANCE]) == (
            -2000,
            Decimal("10063.20"),
            Decimal("-10063.20"),
        )
        assert written_off_of_loan(loan) == (Decimal("12063.20"), Decimal("10063.20"))
        before = snapshot()
        with pytest.raises(UnableToRecover, match="more_than_written_off"):
            post_recovery(loan=loan, amount=Decimal("10063.21"), value_date=late, actor=None, business_date=late)
        assert snapshot() == before
        close(on, late, late + timedelta(days=40))
        assert chart.ACCRUED_INTEREST not in selectors.balances_of_loan(loan.pk)
        assert first_difference() is None

    def test_is_the_only_ground_for_a_recovery(self, loan: Loan, late: date) -> None:
        with pytest.raises(UnableToRecover, match="not_written_off"):
            post_recovery(loan=loan, amount=Decimal(1), value_date=late, actor=None, business_date=late)


class TestAPartialWriteOff:
    def test_leaves_days_past_due_and_goes_on_with_the_rest(
        self, loan: Loan, late: date, change: Callable[..., Loan], on: Move, collector: User
    ) -> None:
        change("partial_write_off", {"principal": "4000.00", "interest": "10.00"}, late)
        loan.refresh_from_db()
        found = selectors.balances_of_loan(loan.pk)
        assert (loan.written_off_date, loan.outstanding_principal, loan.days_past_due) == (None, Decimal(8000), 10)
        assert (found[chart.WRITE_OFFS], found[chart.CLAIMS_WRITTEN_OFF]) == (Decimal("4010.00"), Decimal("4010.00"))
        ahead = loan.instalments.filter(due_booked=False)
        assert (ahead.count(), sum(row.principal for row in ahead)) == (11, Decimal("7027.20"))
        assert first_difference() is None
        before = snapshot()
        with pytest.raises(UnableToRecover, match="owed_first"):
            post_recovery(loan=loan, amount=Decimal(1), value_date=late, actor=None, business_date=late)
        assert snapshot() == before
        pay(loan, loan.arrears, late)
        recovery = post_recovery(loan=loan, amount=Decimal("1000.00"), value_date=late, actor=None, business_date=late)
        assert written_off_of_loan(loan) == (Decimal("4010.00"), Decimal("3010.00"))
        reverse_payment(payment=recovery, reason="Bounced", actor=collector, business_date=late)
        assert written_off_of_loan(loan)[1] == selectors.balances_of_loan(loan.pk)[chart.CLAIMS_WRITTEN_OFF] == Decimal("4010.00")
        close(on, late, date(2026, 5, 3))
        assert first_difference() is None

    def test_takes_the_newest_due_last_of_all_and_the_whole_loan_later(self, loan: Loan, on: Move, today: date, change: Any) -> None:
        day = close(on, today, date(2026, 5, 12))
        ahead = sum(row.principal for row in loan.instalments.filter(due_booked=False))
        change("partial_write_off", {"principal": f"{ahead + 500:.2f}", "interest": ""}, day)
        first, second = loan.instalments.filter(number__lte=2)
        assert (first.paid_principal, second.paid_principal) == (0, Decimal("500.00"))
        assert not loan.instalments.filter(due_booked=False).exists()
        change("write_off", {}, day)
        assert written_off_of_loan(loan)[0] == Decimal(12_000) + first.interest + second.interest
        assert first_difference() is None

    def test_of_interest_that_never_was_income_is_no_loss(self, loan: Loan, late: date, change: Callable[..., Loan], on: Move) -> None:
        set_recognised_share(loan=loan, share=Decimal(0), reason="Stage 3", actor=None, business_date=late)
        day = close(on, late, date(2026, 5, 4))
        waiting = -selectors.balances_of_loan(loan.pk)[chart.UNRECOGNISED_INTEREST]
        assert waiting > 30
        change("partial_write_off", {"interest": "30.00"}, day)
        found = selectors.balances_of_loan(loan.pk)
        assert (found.get(chart.WRITE_OFFS, 0), found[chart.UNRECOGNISED_INTEREST]) == (0, Decimal(30) - waiting)
        assert first_difference() is None

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({}, "nothing_named"),
            ({"principal": "0.00"}, "nothing_named"),
            ({"principal": "12000.00"}, "whole_debt"),
            ({"principal": "12000.01"}, "more_than_open"),
            ({"interest": "60.01"}, "more_than_open"),
            ({"principal": "-1.00"}, "bad_value"),
            ({"principal": "0.005"}, "bad_value"),
            ({"principal": 100.5}, "bad_value"),
        ],
    )
    def test_names_less_than_all_and_no_more_than_is_open(
        self, loan: Loan, late: date, change: Callable[..., Loan], values: Any, code: str
    ) -> None:
        before = snapshot()
        with pytest.raises(UnableToChangeLoan, match=code):
            change("partial_write_off", values, late)
        assert snapshot() == before
