"""What time costs: interest accrued to a day, penalties on what is overdue, late fees. Amounts unrounded unless the name says so."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from core.daycount import as_decimal, year_fraction
from core.money import round_money

LATE_FEE_BASES = ("principal", "interest", "instalment")
PENALTY_YEAR = 365


def accrued_interest(balance: Decimal, annual_rate: Decimal, start: date, end: date, day_count: str) -> Decimal:
    """Interest on a balance from `start` (inclusive) to `end` (exclusive), unrounded."""
    return balance * annual_rate * as_decimal(year_fraction(start, end, day_count))


def penalty_days(due_date: date, on: date, tolerance_days: int = 0) -> int:
    """Days of delay that are charged: from the due date plus the days of tolerance to `on`."""
    return max(0, (on - due_date - timedelta(days=tolerance_days)).days)


def penalty(unpaid: Decimal, annual_rate: Decimal, days: int, year_basis: int = PENALTY_YEAR) -> Decimal:
    """Penalty on an unpaid amount for a number of days at a rate per year, unrounded."""
    return unpaid * annual_rate * days / year_basis


def late_fee(percent: Decimal, base: str, *, principal: Decimal, interest: Decimal, currency: str, mode: str = "half_even") -> Decimal:
    """The fee charged once for an instalment that was not paid when due: a percentage (1.5 is 1.5%) of what `base` names, rounded."""
    of = {"principal": principal, "interest": interest, "instalment": principal + interest}[base]
    return round_money(of * percent / 100, currency, mode)
