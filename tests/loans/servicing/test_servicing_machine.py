"""The servicing services in any order against a plain second book; every invariant is checked after each step."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.errors import DomainError
from core.models import BankState, User
from loans.ledger import chart, selectors
from loans.models import Instalment, Loan, Payment, ProductVersion
from loans.selectors.audit import first_difference
from loans.services import sweep
from loans.services.changes import confirm_change, propose_change
from loans.services.payments import post_payment, reverse_payment
from loans.services.prepayments import prepay_loan, quote_payoff
from loans.services.recoveries import post_recovery
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.reference_book import Book

LONG = bool(os.environ.get("CREDENCE_LONG"))
SEED = int(os.environ.get("CREDENCE_SEED") or (random.randrange(2**32) if LONG else 20260302))
amounts = st.integers(1, 700_000).map(lambda cents: Decimal(cents) / 100)


class Servicing(RuleBasedStateMachine):
    """One contract at a time. People and the maker of loans are given by the test."""

    make: Callable[..., Loan]
    collector: User
    approver: User
    first_day: date

    payments = Bundle("payments")

    @initialize(months=st.integers(2, 6))
    def disburse(self, months: int) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.day, self.count, self.written_off = self.first_day, 0, False
        BankState.objects.update(business_date=self.day)
        self.loan = self.make(amount="5000.00", term_months=months)
        self.book = Book(rate=Decimal("0.36"))
        self.book.read_plan(self.loan)
        self.paid_out, self.recovered, self.gone = Decimal(5000), Decimal(0), Decimal(0)

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def now(self) -> Loan:
        self.loan.refresh_from_db()
        return self.loan

    def is_open(self) -> bool:
        return hasattr(self, "undo") and not self.written_off and self.now().state in ("ACTIVE", "MATURED_UNPAID")

    def key(self) -> str:
        self.count += 1
        return f"{self.loan.reference}/{self.count}"

    def post(self, key: str, amount: Decimal) -> Payment:
        return post_payment(
            loan=self.loan,
            amount=amount,
            currency="EUR",
            value_date=self.day,
            actor=self.collector,
            business_date=self.day,
            external_reference=key,
        )

    def change(self, kind: str, values: dict[str, Any]) -> None:
        propose_change(loan=self.loan, kind=kind, values=values, reason="Agreed", actor=self.collector, business_date=self.day)
        confirm_change(loan=self.loan, kind=kind, actor=self.approver, business_date=self.day)

    @precondition(is_open)
    @rule(target=payments, amount=amounts)
    def pay(self, amount: Decimal) -> tuple[str, int]:
        key = self.key()
        self.post(key, amount)
        self.book.pay(key, amount, self.day)
        return key, self.loan.pk

    @precondition(is_open)
    @rule(target=payments, amount=amounts, mode=st.sampled_from(["shorten", "lower"]), whole=st.booleans())
    def prepay(self, amount: Decimal, mode: str, whole: bool) -> tuple[str, int]:
        key = self.key()
        if whole:
            amount = quote_payoff(loan=self.loan, valid_until=self.day, business_date=self.day).total
        owed = self.book.owed(self.day)
        before = snapshot()
        try:
            payment = prepay_loan(
                loan=self.loan, amount=amount, mode=mode, value_date=self.day, actor=None, business_date=self.day, external_reference=key
            )
        except DomainError as refusal:
            if refusal.code not in ("needed_for_dues", "nothing_ahead", "bad_amount") or snapshot() != before:
                raise
            if refusal.code == "needed_for_dues" and amount > owed + Decimal("0.01"):
                raise
            return "", self.loan.pk
        self.book.read_plan(self.now())
        parts, rest = self.book.split(amount, self.day)
        self.book.note(key, parts, rest)
        assert not rest or self.book.outstanding() == 0
        assert payment.amount == amount and (not whole or self.loan.state == "CLOSED")
        return key, self.loan.pk

    @rule(chosen=consumes(payments))
    def take_back(self, chosen: tuple[str, int]) -> None:
        key, loan_id = chosen
        if not key or self.written_off or loan_id != self.loan.pk or self.now().state == "SETTLED":
            return
        payment = Payment.objects.get(external_reference=key)
        reverse_payment(payment=payment, reason="Bounced", actor=self.collector, business_date=self.day)
        self.book.take_back(key)
        self.book.read_plan(self.now())
        before = snapshot()
        with pytest.raises(DomainError):
            reverse_payment(payment=payment, reason="Bounced", actor=self.collector, business_date=self.day)
        assert snapshot() == before

    @rule(chosen=payments, other=st.booleans())
    def retry(self, chosen: tuple[str, int], other: bool) -> None:
        key, loan_id = chosen
        if not key or loan_id != self.loan.pk:
            return
        payment = Payment.objects.get(external_reference=key)
        before, amount = snapshot(), payment.amount + (1 if other else 0)
        try:
            again = post_payment(
                loan=self.loan,
                amount=amount,
                currency="EUR",
                value_date=payment.value_date,
                actor=None,
                business_date=self.day,
                external_reference=key,
            )
            assert again == payment and not other
        except DomainError as refusal:
            if not other or refusal.code != "external_reference_reused":
                raise
        assert snapshot() == before

    @precondition(is_open)
    @rule(share=st.sampled_from([Decimal("0.5"), Decimal(1)]))
    def waive(self, share: Decimal) -> None:
        charged = sum((row.open("penalty") for row in self.book.rows.values() if row.due <= self.day), Decimal(0))
        amount = (charged * share).quantize(Decimal("0.01"))
        if amount > 0:
            self.change("waiver", {"component": "penalty", "amount": f"{amount:.2f}"})
            self.book.waive("penalty", amount, self.day)

    @precondition(is_open)
    @rule(months=st.integers(1, 6))
    def restructure(self, months: int) -> None:
        owed = self.book.owed(self.day) + sum((row.open("principal") for row in self.book.rows.values() if row.due > self.day), Decimal(0))
        self.gone += sum(self.book.suspense.values(), Decimal(0))
        cash = self.book.cash
        self.change(
            "restructuring", {"annual_rate": "0.05", "instalments": months, "first_due_date": (self.day + timedelta(days=30)).isoformat()}
        )
        self.loan = Loan.objects.get(restructured_from=self.loan)
        assert owed <= self.loan.principal <= owed + Decimal(60)
        self.book = Book(rate=Decimal("0.36"), cash=cash)
        self.book.read_plan(self.loan)

    @precondition(is_open)
    @rule(share=st.sampled_from([Decimal("0.1"), Decimal("0.6")]), interest=st.booleans())
    def write_off_part(self, share: Decimal, interest: bool) -> None:
        principal = (self.book.outstanding() * share).quantize(Decimal("0.01"))
        due = sum((row.open("interest") for row in self.book.rows.values() if row.due <= self.day), Decimal(0)) if interest else Decimal(0)
        if not principal:
            return
        self.change("partial_write_off", {"principal": f"{principal:.2f}", "interest": f"{due:.2f}"})
        self.book.read_plan(self.now())
        self.book.waive("principal", principal, self.day, newest=True)
        self.book.waive("interest", due, self.day, newest=True)

    @precondition(is_open)
    @rule()
    def write_off(self) -> None:
        self.change("write_off", {})
        self.written_off = True
        before = snapshot()
        with pytest.raises(DomainError):
            self.post(self.key(), Decimal(1))
        assert snapshot() == before

    @precondition(lambda self: hasattr(self, "undo") and self.written_off)
    @rule(amount=amounts)
    def recover(self, amount: Decimal) -> None:
        try:
            post_recovery(loan=self.loan, amount=amount, value_date=self.day, actor=None, business_date=self.day)
        except DomainError as refusal:
            if refusal.code != "more_than_written_off":
                raise
            return
        self.recovered += amount

    @precondition(lambda self: hasattr(self, "undo"))
    @rule(days=st.integers(1, 25), twice=st.booleans())
    def close_days(self, days: int, twice: bool) -> None:
        for _ in range(days):
            for _ in range(2 if twice else 1):
                for step in (sweep.book_due_items, sweep.accrue, sweep.refresh_delinquency, sweep.mature, sweep.recognise_income):
                    step(business_date=self.day, first_loan_id=1, last_loan_id=10**9)
            if not self.written_off:
                self.book.close(self.day)
            self.day += timedelta(days=1)
            BankState.objects.update(business_date=self.day)

    @invariant()
    def the_books_are_clean(self) -> None:
        if not hasattr(self, "undo"):
            return
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        assert first_difference() is None
        assert selectors.trial_balance(as_of=self.day).differences == {}

    @invariant()
    def both_books_say_the_same(self) -> None:
        if not hasattr(self, "undo"):
            return
        cash = selectors.balance(account=chart.CASH, currency="EUR")
        assert cash == self.book.cash + self.recovered - self.paid_out
        if self.written_off:
            assert self.now().outstanding_principal == 0
            return
        for row in Instalment.objects.filter(loan=self.loan):
            own = self.book.rows[row.number]
            assert (row.paid_fee, row.paid_penalty, row.paid_interest, row.paid_principal) == tuple(own.paid.values()), row.number
            assert row.penalty == own.claim["penalty"], row.number
        assert self.now().outstanding_principal == self.book.outstanding()
        if self.loan.state == "MATURED_UNPAID":
            assert max(row.due for row in self.book.rows.values()) < self.day and self.book.owed(self.day) > 0
        assert -selectors.balance(account=chart.SUSPENSE, currency="EUR", loan_id=self.loan.pk) == sum(
            self.book.suspense.values(), Decimal(0)
        )
        for payment in self.loan.payments.filter(reversed_at=None).prefetch_related("allocations__instalment"):
            sums: dict[Any, Decimal] = {}
            for part in payment.allocations.all():
                place = (part.instalment.number if part.instalment else None, part.component)
                sums[place] = sums.get(place, Decimal(0)) + part.amount
            assert sums == self.book.paid_of(str(payment.external_reference))


@pytest.mark.django_db
def test_every_order_of_steps_keeps_the_books(
    active: Callable[..., Loan], collector: User, approver: User, product: ProductVersion, today: date
) -> None:
    print(f"seed {SEED}")
    ProductVersion.objects.update(penalty_rate=Decimal("0.36"))
    machine = type(
        "Machine", (Servicing,), {"make": staticmethod(active), "collector": collector, "approver": approver, "first_day": today}
    )
    run_state_machine_as_test(
        seed(SEED)(machine),
        settings=settings(
            max_examples=300 if LONG else 12,
            stateful_step_count=30 if LONG else 14,
            deadline=None,
            print_blob=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
