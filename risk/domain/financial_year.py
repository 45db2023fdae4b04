"""Which days annual accounts are of: a year, or a first or changed financial year of more or fewer months; and the same brought to twelve.

Many countries let a first year last up to eighteen months and more, and a company that changes its balance sheet day draws up a short one.
What was earned and paid in such a year is compared with nothing before it is brought to twelve months. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from core.workdays import add_months
from risk.domain.accounts import CASH, INCOME, LINES, Figures
from risk.domain.affordability import step_of

LEAST_MONTHS, MOST_MONTHS = 6, 24
"""Of fewer months nothing is said of a year; more are no financial year anywhere."""
YEAR_DAYS = range(360, 373)
"""A year may be one of 52 or 53 weeks, whose last day moves."""
SLACK = timedelta(days=7)
_DAY, _MONTH = timedelta(days=1), Decimal("30.436875")
FLOWS = frozenset(code for code, line in LINES.items() if line.statement in (INCOME, CASH)) - {"opening_cash"}
"""The lines that grow with the days they are of; the others stand as on one day."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day of a financial year, both counted in."""

    first: date
    end: date

    @property
    def months(self) -> int:
        """How many, to the nearest whole one."""
        days = (self.end - self.first + _DAY).days
        return 12 if days in YEAR_DAYS else max(1, round(days / _MONTH))

    def follows(self, other: Period) -> bool:
        """Whether it begins where the other one ends."""
        return abs(self.first - _DAY - other.end) <= SLACK

    def overlaps(self, other: Period) -> bool:
        """Whether they share more days than weeks of a year that move."""
        return min(self.end, other.end) - max(self.first, other.first) + _DAY > SLACK


def year_to(end: date) -> Period:
    """The twelve months that end on a day."""
    return Period(add_months(end + _DAY, -12), end)


def period_to(end: date, before: Iterable[date]) -> Period:
    """The year that ends on a day, when nobody says since when: it begins after the end of the year before, where that is among these."""
    last = next((other for other in sorted(before, reverse=True) if (end - other).days in YEAR_DAYS), None)
    return year_to(end) if last is None else Period(last + _DAY, end)


@dataclass(frozen=True, slots=True)
class FinancialYear:
    """Accounts of a period, line by line as they were drawn up."""

    period: Period
    figures: Figures
    currency: str = ""

    def yearly(self) -> Figures:
        """The same for twelve months: what is earned and paid in proportion, nothing of it from fewer than six months."""
        months = self.period.months
        if months == 12:
            return self.figures
        stocks = {code: amount for code, amount in self.figures.items() if code not in FLOWS}
        if months < LEAST_MONTHS:
            return stocks
        flows = {code: amount for code, amount in self.figures.items() if code in FLOWS}
        return stocks | {
            code: (amount * 12 / months).quantize(step_of(self.currency), rounding=ROUND_HALF_EVEN) for code, amount in flows.items()
        }


def before(year: Period, known: Mapping[date, FinancialYear]) -> FinancialYear | None:
    """The year before, where it is among these, by its last day."""
    return next((known[end] for end in sorted(known, reverse=True) if end < year.end and year.follows(known[end].period)), None)


def after(year: Period, known: Mapping[date, FinancialYear]) -> FinancialYear | None:
    """The year after, where it is among these."""
    return next((known[end] for end in sorted(known) if end > year.end and known[end].period.follows(year)), None)


def what_is_wrong(year: Period, known: Iterable[Period], *, on: date) -> tuple[str, str, str] | None:
    """Field, code and words where these cannot be the days of a financial year; `known` are the other years of the company."""
    if year.end > on:
        return "year_end", "future", "The year has not ended yet."
    if year.first >= year.end:
        return "first_day", "order", "The first day does not lie before the last one."
    if year.months > MOST_MONTHS:
        return "first_day", "too_long", f"These are {year.months} months; a financial year has at most {MOST_MONTHS}."
    if other := next((other for other in known if year.overlaps(other)), None):
        words = f"These days and those of {other.first:%d %b %Y} to {other.end:%d %b %Y} overlap. Say on which day the year began."
        return "first_day", "overlap", words
    return None


def years_kept(kept: Mapping[str, Any]) -> tuple[FinancialYear, FinancialYear | None]:
    """The newest accounts and those of the year before from the parts of an assessment; what kept no first day is a year."""
    end = date.fromisoformat(kept["year_end"])
    currency = kept.get("currency", "")
    newest = _kept(kept["figures"], kept.get("first_day"), end, currency)
    if not kept["before"]:
        return newest, None
    ended = date.fromisoformat(kept["before_end"]) if "before_end" in kept else newest.period.first - _DAY
    return newest, _kept(kept["before"], kept.get("before_first"), ended, currency)


def _kept(figures: Mapping[str, str], first: str | None, end: date, currency: str) -> FinancialYear:
    period = Period(date.fromisoformat(first), end) if first else year_to(end)
    return FinancialYear(period, {code: Decimal(text) for code, text in figures.items()}, currency)
