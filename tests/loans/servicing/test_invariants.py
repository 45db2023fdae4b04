"""The invariants of money, each attacked by raw SQL as the role the application serves with, or by many at once.

1 and 2 (balance at COMMIT, append-only books) are attacked in tests/loans/ledger; 6 (the same request once) in tests/api; 7 (a day has one
effect) in tests/monitoring.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from core.models import User
from loans.ledger import chart
from loans.ledger.models import Entry
from loans.models import Loan, Payment, PaymentAllocation
from loans.selectors.audit import first_difference
from loans.services.disbursement import confirm_disbursement
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import ask
from tests.loans.servicing.test_disbursement import at_once
from tests.loans.servicing.test_payments import FIRST_DUE, pay

Move = Callable[[date], date]


def run(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
class TestInvariant3:
    """The balance of a loan in the ledger is what was paid out less what was repaid, and what the schedule still asks for."""

    def test_a_line_too_many_on_a_loan_is_found(self, loan: Loan, today: date) -> None:
        entry = Entry.objects.create(
            booking_date=today, value_date=today, text="Stray", source_type="test", source_id="1", event="stray", loan_id=loan.pk
        )
        lines = ((chart.PRINCIPAL, 1, loan.pk), (chart.SUSPENSE, -1, None))
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO ledger_posting (entry_id, account_id, amount, currency, loan_id)"
                f" SELECT {entry.pk}, id, %(amount)s, 'EUR', %(loan)s FROM ledger_account WHERE code = %(code)s",
                [{"code": code, "amount": amount, "loan": loan_id} for code, amount, loan_id in lines],
            )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        difference = first_difference()
        assert difference is not None and "principal" in difference.what and difference.reference == loan.reference

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE loans_instalment SET principal = principal + 1 WHERE number = 3",
            "UPDATE loans_loan SET outstanding_principal = outstanding_principal + 1",
            "UPDATE loans_instalment SET due_booked = true WHERE number = 2",
            "UPDATE loans_disbursement SET amount = amount - 1",
        ],
    )
    def test_a_figure_bent_by_hand_is_found(self, loan: Loan, statement: str) -> None:
        assert first_difference() is None
        run(statement)
        difference = first_difference()
        assert difference is not None and difference.reference == loan.reference


@pytest.mark.django_db
class TestInvariant4:
    """The parts of a payment are the payment; no instalment is paid beyond what is due."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE loans_paymentallocation SET amount = amount + 1 WHERE component = 'interest'",
            "DELETE FROM loans_paymentallocation WHERE component = 'interest'",
            "INSERT INTO loans_paymentallocation (payment_id, component, amount) SELECT payment_id, 'suspense', 1 FROM loans_paymentallocation LIMIT 1",
            "UPDATE loans_payment SET amount = amount + 1",
            "UPDATE loans_paymentallocation SET amount = 0",
            "UPDATE loans_instalment SET paid_principal = principal + 1 WHERE number = 1",
            "UPDATE loans_instalment SET paid_interest = -1 WHERE number = 1",
        ],
    )
    def test_is_kept_by_the_database(self, loan: Loan, on: Move, statement: str) -> None:
        pay(loan, "1032.80", on(FIRST_DUE))
        before = snapshot()
        with pytest.raises(IntegrityError):
            run(statement)
        assert snapshot() == before

    def test_a_payment_without_parts_is_refused(self, loan: Loan, today: date) -> None:
        with pytest.raises(IntegrityError, match="are not its amount"), transaction.atomic():
            Payment.objects.create(reference="PM-1", loan=loan, amount=5, currency="EUR", value_date=today, booking_date=today)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert not Payment.objects.exists() and not PaymentAllocation.objects.exists()


@pytest.mark.django_db
class TestInvariant5:
    """A schedule sums to the loan, has no negative part, and ends at zero."""

    @pytest.mark.parametrize("column", ["principal", "interest", "fee", "penalty"])
    def test_the_database_takes_no_negative_part(self, loan: Loan, column: str) -> None:
        with pytest.raises(IntegrityError, match="instalment_no_negative_part"):
            run(f"UPDATE loans_instalment SET {column} = -1 WHERE number = 5")

    def test_a_schedule_that_is_not_the_loan_is_found(self, loan: Loan) -> None:
        run("DELETE FROM loans_instalment WHERE number = 12")
        assert first_difference() is not None


@pytest.mark.django_db(transaction=True)
class TestInvariant9:
    """No money leaves twice, however many confirm at once. (Open conditions and hits: tests/loans/servicing/test_disbursement.py.)"""

    def test_two_payouts_of_the_last_of_the_limit_at_once(
        self, signed: Callable[..., Loan], officer: User, approver: User, second_approver: User, today: date
    ) -> None:
        loan = signed()
        first, second = ask(loan, officer, today, Decimal(7000)), ask(loan, officer, today, Decimal(6000))
        results = at_once(
            lambda: confirm_disbursement(disbursement=first, actor=approver, business_date=today),
            lambda: confirm_disbursement(disbursement=second, actor=second_approver, business_date=today),
        )
        assert sorted(results) == ["limit_exceeded", "ok"]
        loan.refresh_from_db()
        assert loan.undrawn in (Decimal(5000), Decimal(6000))
        assert first_difference() is None
