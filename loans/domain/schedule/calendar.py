"""When instalments fall due, and what share of a year lies in a period."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

import holidays

from core.daycount import as_decimal, year_fraction
from core.workdays import add_months, period_dates, shift
from loans.domain.schedule.terms import Terms

# Days of the year that a day-count basis stands for where a period is measured in days or weeks.
_BASIS = {"30/360": 360, "30E/360": 360, "act/360": 360, "act/364": 364, "act/365": 365, "act/act": 365, "act/act-ye": 365}


def next_date(day: date, unit: str, every: int, month_end: str) -> date:
    """One regular period after `day`."""
    if unit == "day":
        return day + timedelta(days=every)
    if unit == "week":
        return day + timedelta(weeks=every)
    return add_months(day, every * (12 if unit == "year" else 1), month_end)


def due_dates(terms: Terms, count: int) -> list[date]:
    """`count` due dates. Months aim at the start's day when the first due date is the regular one, else at its own day."""
    regular = next_date(terms.start_date, terms.unit, terms.every, terms.month_end)
    first = terms.first_due_date or regular
    anchor = terms.start_date.day if first == regular else first.day
    dates = period_dates(first, count, terms.unit, terms.every, terms.month_end, anchor_day=anchor)
    if terms.holiday_shift == "none":
        return dates
    closed = _holidays(terms.holiday_country)
    return [shift(day, closed, terms.holiday_shift) for day in dates]


@lru_cache(maxsize=16)
def _holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country) if country else holidays.HolidayBase()


def regular_share(terms: Terms) -> Decimal:
    """The share of a year in one regular period: every/12 for months, days over the basis for days and weeks."""
    match terms.unit:
        case "month":
            return Decimal(terms.every) / 12
        case "year":
            return Decimal(terms.every)
        case "week":
            return Decimal(7 * terms.every) / _BASIS[terms.day_count]
    return Decimal(terms.every) / _BASIS[terms.day_count]


def period_share(terms: Terms, start: date, end: date) -> Decimal:
    """Share of a year of a period charged per instalment: whole regular periods, and of a part the actual days of its own."""
    share = Decimal(0)
    whole = regular_share(terms)
    cursor = start
    while cursor < end:
        following = next_date(cursor, terms.unit, terms.every, "keep")
        if following <= end:
            share += whole
        else:
            share += whole * (end - cursor).days / (following - cursor).days
        cursor = min(following, end)
    return share


class Measure:
    """Shares of a year inside one period, by the terms' convention."""

    def __init__(self, terms: Terms, start: date, end: date) -> None:
        self.terms = terms
        self.start = start
        self.end = end
        self.per_instalment = terms.interest_period == "per_instalment"
        self.whole = period_share(terms, start, end) if self.per_instalment else Decimal(0)
        # A period that is regular in dates counts as one whatever the month's length.
        regular = next_date(start, terms.unit, terms.every, terms.month_end)
        if self.per_instalment and (end == regular or _same_month_step(terms, start, end)):
            self.whole = regular_share(terms)

    def share(self, start: date, end: date) -> Decimal:
        """The share of a year between two dates within the period."""
        if not self.per_instalment:
            return as_decimal(year_fraction(start, end, self.terms.day_count))
        if (start, end) == (self.start, self.end):
            return self.whole
        return self.whole * (end - start).days / (self.end - self.start).days


def _same_month_step(terms: Terms, start: date, end: date) -> bool:
    """Month steps between month ends (28 Feb → 31 Mar) are regular although the days differ."""
    if terms.unit not in ("month", "year"):
        return False
    months = terms.every * (12 if terms.unit == "year" else 1)
    anchor = max(start.day, end.day)
    stepped = add_months(start, months, terms.month_end, day=anchor)
    shifted = terms.holiday_shift != "none" and abs((end - stepped).days) <= 7
    return stepped == end or shifted
