"""Money in: allocated, posted once, taken back once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import OutboxEvent, User
from loans.ledger import chart, selectors
from loans.ledger.models import Entry
from loans.models import Instalment, Loan, Payment
from loans.selectors.audit import first_difference
from loans.services.payments import (
    UnableToPostPayment,
    UnableToReversePayment,
    post_payment,
    preview_payment,
    reverse_payment,
)
from loans.services.sweep import book_due_items, refresh_delinquency
from tests.loans.servicing.books import lines, snapshot
from tests.loans.servicing.test_disbursement import at_once

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]
FIRST_DUE = date(2026, 4, 2)


def pay(loan: Loan, amount: str | Decimal, day: date, actor: User | None = None, **changes: Any) -> Payment:
    values: dict[str, Any] = {
        "loan": loan, "amount": Decimal(amount), "currency": "EUR", "value_date": day, "actor": actor, "business_date": day
    }  # fmt: skip
    return post_payment(**{**values, **changes})


def parts(payment: Payment) -> list[tuple[str, int | None, Decimal]]:
    return [(row.component, row.instalment.number if row.instalment else None, row.amount) for row in payment.allocations.all()]


class TestPostPayment:
    def test_pays_interest_then_principal_of_what_is_due(self, loan: Loan, collector: User, on: Move) -> None:
        payment = pay(loan, "1032.80", on(FIRST_DUE), collector)
        loan.refresh_from_db()
        first = loan.instalments.first()
        assert first is not None
        assert parts(payment) == [("interest", 1, Decimal("60.00")), ("principal", 1, Decimal("972.80"))]
        assert (first.paid_interest, first.paid_principal) == (Decimal("60.00"), Decimal("972.80"))
        assert (loan.outstanding_principal, loan.arrears, loan.next_due_date) == (Decimal("11027.20"), 0, date(2026, 5, 2))
        entry = Entry.objects.get(source_type="payment")
        assert lines(entry) == [
            (chart.CASH, Decimal("1032.80")),
            (chart.PRINCIPAL, Decimal("-972.80")),
            (chart.INTEREST_RECEIVABLE, Decimal("-60.00")),
        ]
        assert OutboxEvent.objects.filter(name="PaymentPosted", payload__payment_id=str(payment.pk)).count() == 1

    def test_takes_part_of_what_is_due(self, loan: Loan, on: Move) -> None:
        payment = pay(loan, "100.00", on(FIRST_DUE + timedelta(days=3)))
        loan.refresh_from_db()
        assert parts(payment) == [("interest", 1, Decimal("60.00")), ("principal", 1, Decimal("40.00"))]
        assert (loan.arrears, loan.days_past_due, loan.bucket) == (Decimal("932.80"), 3, "1-30")

    def test_pays_the_oldest_first(self, loan: Loan, on: Move) -> None:
        payment = pay(loan, "1200.00", on(date(2026, 5, 20)))
        assert [(name, number) for name, number, _ in parts(payment)] == [
            ("interest", 1), ("interest", 2), ("principal", 1), ("principal", 2)
        ]  # fmt: skip

    def test_keeps_an_overpayment_in_suspense(self, loan: Loan, on: Move) -> None:
        payment = pay(loan, "2000.00", on(FIRST_DUE))
        assert parts(payment)[-1] == ("suspense", None, Decimal("967.20"))
        assert selectors.balances_of_loan(loan.pk)[chart.SUSPENSE] == Decimal("-967.20")

    def test_closes_the_loan_when_all_is_paid(self, active: Callable[..., Loan], on: Move) -> None:
        loan = active(amount="1000.00", term_months=1)
        due = loan.instalments.get()
        payment = pay(loan, due.principal + due.interest, on(FIRST_DUE))
        loan.refresh_from_db()
        assert (loan.state, loan.closed_date, loan.outstanding_principal) == ("CLOSED", FIRST_DUE, 0)
        assert OutboxEvent.objects.filter(name="LoanClosed", payload__loan_id=loan.pk).count() == 1
        before = snapshot()
        with pytest.raises(UnableToPostPayment, match="not_active"):
            pay(loan, "1.00", FIRST_DUE)
        assert snapshot() == before
        assert payment.reference.startswith("PM-")

    def test_counts_a_payment_from_its_value_date(self, loan: Loan, on: Move) -> None:
        today = on(FIRST_DUE + timedelta(days=5))
        book_due_items(business_date=today, first_loan_id=loan.pk, last_loan_id=loan.pk)
        payment = pay(loan, "1032.80", today, value_date=FIRST_DUE)
        assert (payment.value_date, payment.booking_date) == (FIRST_DUE, today)
        assert Entry.objects.get(source_type="payment").value_date == FIRST_DUE
        loan.refresh_from_db()
        assert loan.days_past_due == 0

    def test_pays_what_fell_due_after_the_value_date_too(self, loan: Loan, on: Move) -> None:
        today = on(FIRST_DUE + timedelta(days=5))
        payment = pay(loan, "1032.80", today, value_date=FIRST_DUE - timedelta(days=1))
        assert {name for name, _, _ in parts(payment)} == {"interest", "principal"}

    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            ("0", "bad_amount"),
            ("-1", "bad_amount"),
            ("0.005", "bad_amount"),
            ("NaN", "bad_amount"),
            ("Infinity", "bad_amount"),
            ("1e30", "bad_amount"),
        ],
    )
    def test_refuses_what_is_no_amount(self, loan: Loan, today: date, amount: str, code: str) -> None:
        before = snapshot()
        with pytest.raises(UnableToPostPayment, match=code):
            pay(loan, amount, today)
        assert snapshot() == before

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"currency": "USD"}, "other_currency"),
            ({"value_date": date(2026, 3, 3)}, "value_date_future"),
            ({"value_date": date(2026, 3, 1)}, "before_first_payout"),
        ],
    )
    def test_refuses_other_currencies_and_impossible_days(self, loan: Loan, today: date, changes: dict[str, Any], code: str) -> None:
        before = snapshot()
        with pytest.raises(UnableToPostPayment, match=code):
            pay(loan, "10.00", today, **changes)
        assert snapshot() == before

    def test_refuses_a_booking_date_in_a_closed_day(self, loan: Loan, today: date, on: Move) -> None:
        on(today + timedelta(days=1))
        before = snapshot()
        with pytest.raises(Exception, match="closed_day"):
            pay(loan, "10.00", today)
        assert snapshot() == before

    def test_refuses_before_the_payout_and_from_who_may_not(
        self, signed: Callable[..., Loan], loan: Loan, approver: User, today: date
    ) -> None:
        early = signed()
        before = snapshot()
        with pytest.raises(UnableToPostPayment, match="not_active"):
            pay(early, "10.00", today)
        with pytest.raises(UnableToPostPayment, match="not_entitled"):
            pay(loan, "10.00", today, approver)
        assert snapshot() == before

    def test_gives_the_first_payment_again_for_the_same_reference(self, loan: Loan, today: date) -> None:
        first = pay(loan, "10.00", today, external_reference="R1")
        before = snapshot()
        assert pay(loan, "10.00", today, external_reference="R1") == first
        for changes in ({"amount": "11.00"}, {"value_date": today - timedelta(days=1)}, {"currency": "USD"}):
            with pytest.raises(UnableToPostPayment, match="external_reference_reused"):
                pay(loan, **{"amount": "10.00", "day": today, "external_reference": "R1", **changes})
        assert snapshot() == before


class TestPreviewPayment:
    @pytest.mark.parametrize("amount", ["10.00", "1032.80", "5000.00"])
    def test_shows_what_posting_does(self, loan: Loan, on: Move, amount: str) -> None:
        today = on(date(2026, 5, 20))
        before = snapshot()
        preview = preview_payment(loan=loan, amount=Decimal(amount), value_date=today, business_date=today)
        assert snapshot() == before
        payment = pay(loan, amount, today)
        loan.refresh_from_db()
        assert [(part.component, part.instalment, part.amount) for part in preview.parts] == parts(payment)
        assert (preview.left_principal, preview.left_arrears, preview.closes) == (loan.outstanding_principal, loan.arrears, False)


class TestReversePayment:
    def test_opens_again_what_was_paid(self, loan: Loan, collector: User, on: Move) -> None:
        today = on(FIRST_DUE + timedelta(days=2))
        book_due_items(business_date=today, first_loan_id=loan.pk, last_loan_id=loan.pk)
        refresh_delinquency(business_date=today, first_loan_id=loan.pk, last_loan_id=loan.pk)
        instalments = list(Instalment.objects.values())
        balances = selectors.balances_of_loan(loan.pk)
        loan.refresh_from_db()
        shown = (loan.outstanding_principal, loan.arrears, loan.days_past_due, loan.bucket)
        payment = pay(loan, "2000.00", today)
        reverse_payment(payment=payment, reason="Returned by the bank of the payer", actor=collector, business_date=today)
        loan.refresh_from_db()
        assert list(Instalment.objects.values()) == instalments
        assert selectors.balances_of_loan(loan.pk) == balances
        assert (loan.outstanding_principal, loan.arrears, loan.days_past_due, loan.bucket) == shown

    def test_opens_a_loan_that_it_had_closed(self, active: Callable[..., Loan], collector: User, on: Move) -> None:
        loan = active(amount="1000.00", term_months=1)
        payment = pay(loan, "1005.00", on(FIRST_DUE))
        reverse_payment(payment=payment, reason="Returned", actor=collector, business_date=FIRST_DUE)
        loan.refresh_from_db()
        assert (loan.state, loan.closed_date, loan.outstanding_principal) == ("ACTIVE", None, Decimal(1000))
        assert OutboxEvent.objects.filter(name="LoanReopened").count() == 1

    def test_happens_once_for_a_reason_by_who_may(self, loan: Loan, collector: User, officer: User, today: date) -> None:
        payment = pay(loan, "10.00", today)
        with pytest.raises(UnableToReversePayment, match="not_entitled"):
            reverse_payment(payment=payment, reason="Oops", actor=officer, business_date=today)
        with pytest.raises(UnableToReversePayment, match="reason_missing"):
            reverse_payment(payment=payment, reason=" ", actor=collector, business_date=today)
        reverse_payment(payment=payment, reason="Oops", actor=collector, business_date=today)
        before = snapshot()
        with pytest.raises(UnableToReversePayment, match="already_reversed"):
            reverse_payment(payment=payment, reason="Oops", actor=collector, business_date=today)
        assert snapshot() == before


class TestMoneyInSuspense:
    def test_pays_what_falls_due_next(self, loan: Loan, on: Move) -> None:
        on(FIRST_DUE - timedelta(days=1))
        payment = pay(loan, "1500.00", FIRST_DUE - timedelta(days=1))
        assert parts(payment) == [("suspense", None, Decimal(1500))]
        on(FIRST_DUE)
        book_due_items(business_date=FIRST_DUE, first_loan_id=1, last_loan_id=loan.pk)
        book_due_items(business_date=FIRST_DUE, first_loan_id=1, last_loan_id=loan.pk)
        assert sorted(parts(payment)) == [
            ("interest", 1, Decimal("60.00")), ("principal", 1, Decimal("972.80")), ("suspense", None, Decimal("467.20"))
        ]  # fmt: skip
        assert selectors.balances_of_loan(loan.pk)[chart.SUSPENSE] == Decimal("-467.20")
        loan.refresh_from_db()
        assert loan.outstanding_principal == Decimal("11027.20")

    def test_comes_back_whole_when_the_payment_is_reversed(self, loan: Loan, collector: User, on: Move) -> None:
        on(FIRST_DUE - timedelta(days=1))
        payment = pay(loan, "1500.00", FIRST_DUE - timedelta(days=1))
        on(FIRST_DUE)
        book_due_items(business_date=FIRST_DUE, first_loan_id=1, last_loan_id=loan.pk)
        reverse_payment(payment=payment, reason="Returned", actor=collector, business_date=FIRST_DUE)
        assert chart.SUSPENSE not in selectors.balances_of_loan(loan.pk)
        assert selectors.balances_of_loan(loan.pk)[chart.PRINCIPAL] == Decimal(12_000)
        assert first_difference() is None


class TestInvariants:
    """domain.md 1, 3, 4, 5 after any run of payments and reversals."""

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        steps=st.lists(
            st.tuples(st.integers(1, 400_000), st.integers(0, 45), st.booleans()),
            min_size=1,
            max_size=5,
        )
    )
    def test_hold_whatever_is_paid_and_taken_back(
        self, active: Callable[..., Loan], collector: User, on: Move, today: date, steps: list[tuple[int, int, bool]]
    ) -> None:
        day = on(today)
        loan = active(amount="5000.00", term_months=3)
        for cents, days, take_back in steps:
            day = on(day + timedelta(days=days))
            book_due_items(business_date=day, first_loan_id=loan.pk, last_loan_id=loan.pk)
            refresh_delinquency(business_date=day, first_loan_id=loan.pk, last_loan_id=loan.pk)
            loan.refresh_from_db()
            if loan.state == "CLOSED":
                break
            payment = pay(loan, Decimal(cents) / 100, day)
            if take_back:
                reverse_payment(payment=payment, reason="Returned", actor=collector, business_date=day)
        assert first_difference() is None
        assert selectors.trial_balance(as_of=day).differences == {}
        for payment in Payment.objects.filter(loan=loan):
            assert sum(row.amount for row in payment.allocations.all()) == payment.amount
        rows = list(loan.instalments.all())
        assert sum(row.principal for row in rows) == loan.principal
        assert all(row.paid_principal <= row.principal and row.paid_interest <= row.interest for row in rows)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_entry_reversed_from_twenty_clients_is_reversed_once(self, loan: Loan, collector: User, today: date) -> None:
        payment = pay(loan, "10.00", today)
        results = at_once(
            *[lambda: reverse_payment(payment=Payment.objects.get(pk=payment.pk), reason="Returned", actor=collector, business_date=today)]
            * 20
        )
        assert results == ["already_reversed"] * 19 + ["ok"]
        assert first_difference() is None
        assert Entry.objects.filter(source_type="payment").count() == 2

    def test_payments_beside_the_sweep_lose_nothing(self, loan: Loan, on: Move) -> None:
        today = on(date(2026, 6, 10))

        def sweep() -> None:
            book_due_items(business_date=today, first_loan_id=1, last_loan_id=loan.pk)
            refresh_delinquency(business_date=today, first_loan_id=1, last_loan_id=loan.pk)

        assert at_once(*[sweep] * 2, *[lambda: pay(loan, "100.00", today)] * 6) == ["ok"] * 8
        loan.refresh_from_db()
        fresh = (loan.arrears, loan.outstanding_principal, loan.days_past_due)
        refresh_delinquency(business_date=today, first_loan_id=1, last_loan_id=loan.pk)
        loan.refresh_from_db()
        assert (loan.arrears, loan.outstanding_principal, loan.days_past_due) == fresh
        assert first_difference() is None
