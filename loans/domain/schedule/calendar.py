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
    """`count` due dates before any shift. Months aim at the start's day when the first due date is the regular one, else at its own day."""
    if terms.planned_dates:
        return list(terms.planned_dates[:count])
    regular = next_date(terms.start_date, terms.unit, terms.every, terms.month_end)
    first = terms.first_due_date or regular
    anchor = terms.start_date.day if first == regular else first.day
    return period_dates(first, count, terms.unit, terms.every, terms.month_end, anchor_day=anchor)


def shifted(terms: Terms, dates: list[date]) -> list[date]:
    """The dates moved off weekends and the country's holidays, as the terms say;
    the contract's own dates stay what periods are counted by.
    """
    if terms.holiday_shift == "none" or terms.planned_dates:
        return dates
    closed = _holidays(terms.holiday_country)
    return [shift(day, closed, terms.holiday_shift) for day in dates]


def has_holidays(country: str) -> bool:
    """Whether the holidays of a country (ISO 3166 code) are known."""
    return country in holidays.list_supported_countries()


@lru_cache(maxsize=16)
def _holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country) if country else holidays.HolidayBase()


def regular_share(terms: Terms) -> Decimal:
    """The share of a year in one regular period: every/12 for months, days over the basis for days and weeks."""
    return _regular_share(terms.unit, terms.every, terms.day_count)


@lru_cache(maxsize=256)
def _regular_share(unit: str, every: int, day_count: str) -> Decimal:
    match unit:
        case "month":
            return Decimal(every) / 12
        case "year":
            return Decimal(every)
        case "week":
            return Decimal(7 * every) / _BASIS[day_count]
    return Decimal(every) / _BASIS[day_count]


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
    """Shares of a year inside one period, by the terms' convention.

    `start` and `end` are the dates on which instalments fall due; `planned` are the same before a shift off holidays. `whole` is the
    share of the period from one to the other.
    """

    __slots__ = ("end", "per_instalment", "start", "terms", "whole")

    def __init__(self, terms: Terms, start: date, end: date, planned: tuple[date, date]) -> None:
        self.terms = terms
        self.start = start
        self.end = end
        self.per_instalment = terms.interest_period == "per_instalment"
        if self.per_instalment:
            # A period that is regular in dates counts as one whatever the month's length.
            self.whole = regular_share(terms) if _is_regular(terms, *planned) else period_share(terms, *planned)
        else:
            self.whole = as_decimal(year_fraction(start, end, terms.day_count))

    def share(self, start: date, end: date) -> Decimal:
        """The share of a year between two dates within the period."""
        if start == self.start and end == self.end:
            return self.whole
        if not self.per_instalment:
            return as_decimal(year_fraction(start, end, self.terms.day_count))
        return self.whole * (end - start).days / (self.end - self.start).days


def _is_regular(terms: Terms, start: date, end: date) -> bool:
    """Whether a period is one whole step. Between month ends (28 Feb to 31 Mar, 1 Mar for 31 Feb to 31 Mar) the days differ."""
    if terms.unit not in ("month", "year"):
        return end == next_date(start, terms.unit, terms.every, terms.month_end)
    months = terms.every * (12 if terms.unit == "year" else 1)
    if start.day == end.day:
        return (end.year - start.year) * 12 + end.month - start.month == months
    if end == add_months(start, months, terms.month_end):
        return True
    if terms.month_end == "roll_forward" and start.day == 1 and start != terms.start_date:
        base = start - timedelta(days=1)  # the start had rolled off a short month
        return end.day > base.day and add_months(base, months, "roll_forward", day=end.day) == end
    return start.day < end.day and _is_month_end(start) and add_months(start, months, "keep", day=end.day) == end


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1
