"""Paying before it is due: what settles a loan on a day, and what a prepayment makes of the rest of the schedule."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from core.money import round_money
from loans.domain.schedule.calendar import Measure
from loans.domain.schedule.engine import build_schedule
from loans.domain.schedule.terms import Schedule, Terms

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
            return interest_within(terms, (start, end), base=base, on=on)
    return ZERO


def interest_within(terms: Terms, period: tuple[date, date], *, base: Decimal, on: date) -> Decimal:
    """Interest on `base` from the beginning of a period to a day in it; each stretch between rate changes rounded on its own."""
    return sum((_round(base * factor, terms) for factor in _factors(terms, period, on)), ZERO)


def whole_payoff(terms: Terms, period: tuple[date, date], *, balance: Decimal, on: date, fee_percent: Decimal) -> Payoff:
    """What settles the whole balance within a period: interest to the day, for flat loans on the original principal, and the fee on it."""
    base = terms.principal if terms.method == "flat" and balance else balance
    return Payoff(
        on=on, principal=balance, interest=interest_within(terms, period, base=base, on=on), fee=_round(balance * fee_percent / 100, terms)
    )


def split_prepayment(
    terms: Terms, period: tuple[date, date], *, amount: Decimal, balance: Decimal, on: date, fee_percent: Decimal
) -> Payoff:
    """What an amount beyond everything due pays early: principal, the interest on it to the day, and the fee on it.

    Sums to `amount` exactly, or to less when it is more than the whole payoff. A flat loan owes interest on the original principal to
    the day and is settled as a whole only; ask with `whole_payoff` whether the amount is enough.
    """
    whole = whole_payoff(terms, period, balance=balance, on=on, fee_percent=fee_percent)
    if amount >= whole.total:
        return whole
    factor = sum(_factors(terms, period, on), ZERO)
    principal = _round(amount / (1 + factor + fee_percent / 100), terms)
    fee = _round(principal * fee_percent / 100, terms)
    interest = min(interest_within(terms, period, base=principal, on=on), amount - fee)
    return Payoff(on=on, principal=amount - interest - fee, interest=interest, fee=fee)


def plan_rest(
    terms: Terms, *, balance: Decimal, start: date, dates: Sequence[date], level: Decimal | None = None, done: int = 0
) -> Schedule:
    """The schedule of what is left from `start` on over the given due dates; `done` instalments lie behind.

    With `level` every instalment stays as large and the last ones fall away; without, the same dates get smaller instalments.
    """
    return build_schedule(
        replace(
            terms,
            principal=balance,
            annual_rate=terms.rate_on(start),
            start_date=start,
            first_due_date=dates[0],
            planned_dates=tuple(dates),
            instalments=len(dates),
            instalment_amount=level,
            rate_changes=tuple(change for change in terms.rate_changes if change.date > start),
            tranches=(),
            fees=tuple(fee for fee in terms.fees if fee.when != "payout"),
            grace_principal=min(max(0, terms.grace_principal - done), len(dates) - 1),
            grace_interest=max(0, terms.grace_interest - done),
            interest_free=max(0, terms.interest_free - done),
        )
    )


def _factors(terms: Terms, period: tuple[date, date], on: date) -> list[Decimal]:
    """Rate times share of a year of each stretch from the period's beginning to a day."""
    start, end = period
    measure = Measure(terms, start, end, period)
    cuts = sorted(change.date for change in terms.rate_changes if start < change.date < on)
    return [terms.rate_on(first) * measure.share(first, last) for first, last in itertools.pairwise([start, *cuts, on])]


def _round(value: Decimal, terms: Terms) -> Decimal:
    return round_money(value, terms.currency, terms.rounding, terms.rounding_multiple)
