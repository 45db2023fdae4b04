"""A credit balance of one loan pays what is due on another of the same borrower: by two people, in balance, once, and back again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from core.four_eyes import UnableToConfirm
from core.models import User
from loans.ledger import chart, selectors
from loans.models import Loan, Payment, PaymentAllocation, SetOff
from loans.selectors.audit import first_difference
from loans.services.changes import UnableToChangeLoan, confirm_change, propose_change
from loans.services.payments import UnableToReversePayment, reverse_payment
from loans.services.suspense import apply_suspense
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import move
from tests.loans.servicing.test_payments import pay
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
FIRST_DUE = date(2026, 4, 2)


@shared
def credit(loan: Loan, active: Callable[..., Loan]) -> Loan:
    """Another loan of the borrower, due on 2 April too and paid with 700.00 EUR more than it asks for, in two payments."""
    same = {
        "kind": "person",
        "name": loan.borrower.name,
        "birth_date": "1985-04-12",
        "national_id": "ID-90000001",
    }
    other = active(amount="1000.00", term_months=1, applicant=same)
    assert other.borrower_id == loan.borrower_id
    move(FIRST_DUE)
    pay(other, "300.00", FIRST_DUE)
    pay(other, "1405.00", FIRST_DUE)
    other.refresh_from_db()
    assert other.state == "CLOSED"
    return other


Change = Callable[..., Loan]


@pytest.fixture
def set_off(loan: Loan, credit: Loan, collector: User, approver: User) -> Change:
    def make(amount: Any, source: Any = None, by: User = approver) -> Loan:
        values = {"from_loan": str(source or credit.public_id), "amount": amount}
        propose_change(loan=loan, kind="set_off", values=values, reason="Agreed", actor=collector, business_date=FIRST_DUE)
        return confirm_change(loan=loan, kind="set_off", actor=by, business_date=FIRST_DUE)

    return make


def test_moves_the_credit_without_money_and_pays_in_order(loan: Loan, credit: Loan, set_off: Change) -> None:
    cash = selectors.balance(account=chart.CASH, currency="EUR")
    set_off("500.00")
    loan.refresh_from_db()
    first = loan.instalments.get(number=1)
    assert (first.paid_interest, first.paid_principal, loan.outstanding_principal) == (Decimal(60), Decimal(440), Decimal(11_560))
    assert selectors.balances_of_loan(credit.pk)[chart.SUSPENSE] == -200
    assert selectors.balance(account=chart.CASH, currency="EUR") == cash
    assert selectors.balance(account=chart.SET_OFFS, currency="EUR") == 0
    payment = Payment.objects.get(source="SET_OFF")
    assert (payment.amount, payment.set_off_made.from_loan) == (Decimal(500), credit)
    assert first_difference() is None


def test_is_taken_back_with_its_payment_and_bars_those_it_took_from(
    loan: Loan, credit: Loan, set_off: Change, collector: User, approver: User
) -> None:
    set_off("700.00")
    before = snapshot()
    source = credit.payments.filter(allocations__component="set_off").first()
    assert source is not None
    with pytest.raises(UnableToReversePayment, match="set_off_first"):
        reverse_payment(payment=source, reason="Bounced", actor=collector, business_date=FIRST_DUE)
    assert snapshot() == before
    reverse_payment(payment=Payment.objects.get(source="SET_OFF"), reason="Disputed", actor=collector, business_date=FIRST_DUE)
    loan.refresh_from_db()
    assert loan.outstanding_principal == 12_000
    assert selectors.balances_of_loan(credit.pk)[chart.SUSPENSE] == -700
    assert not PaymentAllocation.objects.filter(component="set_off").exists()
    assert SetOff.objects.get().reversed_at is not None
    assert first_difference() is None
    set_off("700.00")
    assert first_difference() is None


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("700.01", "more_than_credit"),
        ("0.00", "bad_value"),
        ("-5.00", "bad_value"),
        ("0.005", "bad_value"),
        (5, "bad_value"),
        ("NaN", "bad_value"),
    ],
)
def test_takes_no_more_than_there_is(set_off: Change, amount: Any, code: str) -> None:
    before = snapshot()
    with pytest.raises(UnableToChangeLoan, match=code):
        set_off(amount)
    assert snapshot() == before


def test_pays_no_more_than_is_due_and_takes_from_nobody_else(
    loan: Loan, credit: Loan, set_off: Change, active: Callable[..., Loan], on: Callable[[date], date], today: date
) -> None:
    pay(loan, "1000.00", FIRST_DUE)
    on(today)
    stranger = active(amount="1000.00", term_months=1)
    on(FIRST_DUE)
    pay(stranger, "1100.00", FIRST_DUE)
    before = snapshot()
    for amount, source, code in (
        ("32.81", None, "more_than_due"),
        ("10.00", stranger.public_id, "no_credit"),
        ("10.00", loan.public_id, "no_credit"),
        ("10.00", uuid4(), "no_credit"),
        ("10.00", "x", "no_credit"),
    ):
        with pytest.raises(UnableToChangeLoan, match=code):
            set_off(amount, source)
    assert snapshot() == before


def test_needs_a_second_person_and_a_credit_that_is_still_there(
    loan: Loan, credit: Loan, set_off: Change, collector: User, approver: User, risk_manager: User
) -> None:
    with pytest.raises(UnableToConfirm, match="own_proposal"):
        set_off("100.00", by=collector)
    with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
        confirm_change(loan=loan, kind="set_off", actor=risk_manager, business_date=FIRST_DUE)
    for payment in credit.payments.all():
        reverse_payment(payment=payment, reason="Bounced", actor=collector, business_date=FIRST_DUE)
    before = snapshot()
    with pytest.raises(UnableToChangeLoan, match="no_credit"):
        confirm_change(loan=loan, kind="set_off", actor=approver, business_date=FIRST_DUE)
    assert snapshot() == before


def test_what_was_set_off_pays_nothing_at_its_old_place(loan: Loan, credit: Loan, set_off: Change) -> None:
    set_off("700.00")
    assert apply_suspense(loan_id=credit.pk, business_date=FIRST_DUE) == 0
    with pytest.raises(IntegrityError, match="allocation_names_its_set_off"), transaction.atomic():
        PaymentAllocation.objects.filter(component="set_off").update(set_off=None)
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="set_off_four_eyes"), transaction.atomic():
        cursor.execute("UPDATE loans_setoff SET proposed_by_id = confirmed_by_id")
