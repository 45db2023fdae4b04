"""A revolving limit in any order of drawing, paying out, repaying, reversing and changing, against a plain count of what is owed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.errors import DomainError
from core.models import BankState, User
from loans.models import Facility, Loan, Payment
from loans.selectors.audit import first_difference
from loans.services.disbursement import confirm_disbursement
from loans.services.facilities import confirm_limit, draw, propose_limit, take_back_drawing
from loans.services.facility_standing import decide_standing, propose_standing, suspend_facility
from loans.services.payments import reverse_payment
from loans.services.prepayments import prepay_loan
from tests.loans.servicing.conftest import ask
from tests.loans.servicing.lines_of_credit import facility, first_drawing, line_product
from tests.loans.servicing.test_servicing_machine import LONG, SEED

__all__ = ["facility", "first_drawing", "line_product"]

amounts = st.integers(1, 700_000).map(lambda cents: Decimal(cents) / 100)


class Limit(RuleBasedStateMachine):
    """One facility. `owed` is kept by hand: principal of each loan that is open, paid out or not."""

    facility: Facility
    officer: User
    collector: User
    approver: User
    first_day: date

    @initialize()
    def begin(self) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.day, self.limit = self.first_day, Decimal(10_000)
        [first] = self.facility.loans.all()
        self.owed: dict[int, Decimal] = {first.pk: Decimal(4000)}
        self.waiting: list[int] = []
        self.payments: list[tuple[Payment, Decimal]] = []
        self.suspended = False

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def available(self) -> Decimal:
        return self.limit - sum(self.owed.values(), Decimal(0))

    def expect(self, fits: bool, code: str, act: Callable[[], Any]) -> Any:
        """Do what fits; what does not is refused in these words."""
        try:
            done = act()
        except DomainError as refusal:
            if fits or refusal.code != code:
                raise
            return None
        assert fits
        return done

    @rule(amount=amounts, months=st.integers(1, 6))
    def draw(self, amount: Decimal, months: int) -> None:
        loan = self.expect(
            amount <= self.available() and not self.suspended,
            "not_available" if self.suspended else "limit_exceeded",
            lambda: draw(facility=self.facility, amount=amount, term_months=months, actor=self.officer, business_date=self.day),
        )
        if loan is not None:
            self.owed[loan.pk] = amount
            self.waiting.append(loan.pk)

    @rule(pay=st.booleans())
    def settle_oldest(self, pay: bool) -> None:
        if not self.waiting:
            return
        loan = Loan.objects.get(pk=self.waiting[0])
        if pay and self.suspended:
            self.expect(False, "limit_closed", lambda: ask(loan, self.officer, self.day))
            return
        self.waiting.pop(0)
        if pay:
            confirm_disbursement(disbursement=ask(loan, self.officer, self.day), actor=self.approver, business_date=self.day)
        else:
            take_back_drawing(loan=loan, actor=self.officer, business_date=self.day)
            del self.owed[loan.pk]

    @rule(amount=amounts, which=st.integers(0, 20))
    def repay(self, amount: Decimal, which: int) -> None:
        paid_out = [pk for pk, left in self.owed.items() if pk not in self.waiting and left]
        if not paid_out:
            return
        loan = Loan.objects.get(pk=paid_out[which % len(paid_out)])
        try:
            payment = prepay_loan(loan=loan, amount=amount, mode="lower", value_date=self.day, actor=None, business_date=self.day)
        except DomainError as refusal:
            if refusal.code not in ("needed_for_dues", "nothing_ahead"):
                raise
            return
        repaid = sum((part.amount for part in payment.allocations.filter(component="principal")), Decimal(0))
        assert 0 < repaid <= min(amount, self.owed[loan.pk])
        self.owed[loan.pk] -= repaid
        self.payments.append((payment, repaid))

    @rule()
    def take_back_the_last_payment(self) -> None:
        if not self.payments:
            return
        payment, repaid = self.payments[-1]
        done = self.expect(
            repaid <= self.available(),
            "limit_drawn_again",
            lambda: reverse_payment(payment=payment, reason="Bounced", actor=self.collector, business_date=self.day),
        )
        if done is not None:
            self.payments.pop()
            self.owed[payment.loan_id] += repaid

    @rule(limit=st.integers(1, 12_000).map(Decimal))
    def change_limit(self, limit: Decimal) -> None:
        if limit == self.limit:
            return
        fits = limit >= self.limit - self.available()
        asked = self.expect(
            fits,
            "below_drawn",
            lambda: propose_limit(facility=self.facility, limit=limit, reason="x", actor=self.collector, business_date=self.day),
        )
        if asked is not None:
            confirm_limit(facility=self.facility, actor=self.approver, business_date=self.day)
            self.limit = limit

    @rule()
    def suspend_or_open_again(self) -> None:
        step: dict[str, Any] = {"facility": self.facility, "reason": "x", "actor": self.collector, "business_date": self.day}
        if self.suspended:
            propose_standing(kind="resume", **step)
            decide_standing(facility=self.facility, confirm=True, actor=self.approver, business_date=self.day)
        else:
            suspend_facility(**step)
        self.suspended = not self.suspended

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        if self.day + timedelta(days=days) < self.first_day + timedelta(days=25):
            self.day += timedelta(days=days)
            BankState.objects.update(business_date=self.day)

    @invariant()
    def the_database_counts_the_same(self) -> None:
        if hasattr(self, "undo"):
            held = Facility.objects.get(pk=self.facility.pk)
            assert (held.limit_amount, held.drawn) == (self.limit, sum(self.owed.values(), Decimal(0)))
            assert first_difference() is None


@pytest.mark.django_db
def test_every_order_of_steps_stays_within_the_limit(
    facility: Facility, officer: User, collector: User, approver: User, today: date
) -> None:
    print(f"seed {SEED}")
    people = {"officer": officer, "collector": collector, "approver": approver}
    machine = type("Machine", (Limit,), {"facility": facility, "first_day": today, **people})
    run_state_machine_as_test(
        seed(SEED)(machine),
        settings=settings(
            max_examples=200 if LONG else 6,
            stateful_step_count=30 if LONG else 12,
            deadline=None,
            print_blob=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
