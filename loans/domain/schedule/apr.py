"""The annual percentage rate of Regulation Z, Appendix J (12 CFR 1026): nominal, the rate of a unit period times the unit periods of a
year.

Actuarial method, general equation of (b)(8): Σ advances / ((1 + f·i)(1 + i)^t) = Σ payments / ((1 + f·i)(1 + i)^t), where t counts full
unit periods from the beginning of the term and f is the fraction of one that is left over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from core.workdays import add_months
from loans.domain.schedule.terms import Schedule, Terms

PLACES = Decimal("0.00001")
# (amount, full unit periods, fraction of a unit period); advances negative.
Flow = tuple[float, int, float]
_DAYS_OF_MONTH = 30
_DAYS_OF_YEAR = 365


def annual_percentage_rate(schedule: Schedule) -> Decimal | None:
    """The APR of a schedule as a fraction with five decimals; fees at payout reduce the first advance. None when nothing solves it."""
    terms = schedule.terms
    start = schedule.draws[0].date
    advances = [(-float(draw.amount), *periods_between(terms, start, draw.date)) for draw in schedule.draws]
    payments = [(float(line.total), *periods_between(terms, start, line.due_date)) for line in schedule.instalments if line.total]
    rate = solve([(float(schedule.payout_fees), 0, 0.0), *advances, *payments])
    return None if rate is None else Decimal(str(rate * unit_periods_per_year(terms))).quantize(PLACES)


def unit_periods_per_year(terms: Terms) -> float:
    """Unit periods of a year: the common period of the instalments, at most a year ((b)(4))."""
    match terms.unit:
        case "month":
            return 12 / min(terms.every, 12)
        case "week":
            return 52 / min(terms.every, 52)
        case "day":
            return _DAYS_OF_YEAR / min(terms.every, _DAYS_OF_YEAR)
    return 1.0


def periods_between(terms: Terms, start: date, end: date) -> tuple[int, float]:
    """Full unit periods measured back from `end`, and the days left over as a fraction of one ((b)(5))."""
    if terms.unit in ("month", "year"):
        step = min(terms.every * (12 if terms.unit == "year" else 1), 12)
        months = max(0, (end.year - start.year) * 12 + end.month - start.month)
        while months and add_months(end, -months, day=end.day) < start:
            months -= 1
        odd = (add_months(end, -months, day=end.day) - start).days
        if step == 12:
            return months // 12, (months % 12) / 12 + odd / _DAYS_OF_YEAR
        return months // step, (months % step * _DAYS_OF_MONTH + odd) / (_DAYS_OF_MONTH * step)
    length = timedelta(days=min(terms.every * (7 if terms.unit == "week" else 1), 364 if terms.unit == "week" else _DAYS_OF_YEAR))
    full, rest = divmod(end - start, length)
    return full, rest / length


def solve(flows: Iterable[Flow]) -> float | None:
    """The rate of a unit period that makes the flows worth nothing, by bisection; None when no rate from 0 to 1000% does."""
    chosen = list(flows)

    def worth(rate: float) -> float:
        return math.fsum(amount / ((1 + fraction * rate) * (1 + rate) ** full) for amount, full, fraction in chosen)

    low, high = 0.0, 10.0
    if abs(worth(low)) < 1e-9:
        return 0.0
    if worth(low) < 0 or worth(high) > 0:
        return None
    while high - low > 1e-14:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if worth(middle) > 0 else (low, middle)
    return (low + high) / 2
