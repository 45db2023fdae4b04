"""Paying before it is due: what settles a loan on a day, and what a prepayment makes of the rest of the schedule."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.money import round_money
from loans.domain.schedule.calendar import Measure
from loans.domain.schedule.terms import Terms

ZERO = Decimal(0)


@dataclass(frozen=True)
class Payoff:
    """What settles a loan on a day: principal not repaid, interest to the day only, the prepayment fee. In the loan's currency."""

    on: date
    principal: Decimal
    interest: Decimal
    fee: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.fee


def payoff(terms: Terms, due_dates: Sequence[date], *, balance: Decimal, on: date, fee_percent: Decimal = ZERO) -> Payoff:
    """What settles `balance` on a day within the schedule, besides what fell due before and is unpaid.

    `due_dates` are those of the whole schedule in order; the fee is a percentage (1.5 is 1.5%) of the principal paid early.
    """
    interest = interest_to_date(terms, due_dates, balance=balance, on=on)
    fee = round_money(balance * fee_percent / 100, terms.currency, terms.rounding)
    return Payoff(on=on, principal=balance, interest=interest, fee=fee)


def interest_to_date(terms: Terms, due_dates: Sequence[date], *, balance: Decimal, on: date) -> Decimal:
    """Interest on a balance from the last due date (or the start) to a day, by the terms' own convention, rounded.

    Flat loans owe interest on the original principal whatever the balance. After the last due date nothing runs by contract.
    """
    base = terms.principal if terms.method == "flat" and balance else balance
    for start, end in itertools.pairwise([terms.start_date, *due_dates]):
        if start < on <= end:
            return _stretches(terms, Measure(terms, start, end, (start, end)), base, on)
    return ZERO


def _stretches(terms: Terms, measure: Measure, base: Decimal, on: date) -> Decimal:
    """Each stretch between rate changes rounded on its own, as the schedule does."""
    cuts = sorted(change.date for change in terms.rate_changes if measure.start < change.date < on)
    total = ZERO
    for start, end in itertools.pairwise([measure.start, *cuts, on]):
        total += round_money(
            base * terms.rate_on(start) * measure.share(start, end), terms.currency, terms.rounding, terms.rounding_multiple
        )
    return total
