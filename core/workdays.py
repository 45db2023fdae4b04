"""Dates: adding periods, what happens at month ends, shifting off holidays, and counting the days on which the bank works."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta

UNITS = ("day", "week", "month", "year")
MONTH_ENDS = ("keep", "clamp", "roll_forward")
HOLIDAY_SHIFTS = ("none", "following", "preceding", "modified_following")


_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_in_month(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _LENGTHS[month]


def add_months(anchor: date, months: int, month_end: str = "keep", *, day: int | None = None) -> date:
    """`anchor` plus months. `day` is the day of month aimed at (default: the anchor's).

    keep and clamp fall back to the last day of a short month; roll_forward goes to the first of the next.
    """
    wanted = day or anchor.day
    index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(index, 12)
    if wanted <= 28:
        return date(year, month + 1, wanted)
    last = days_in_month(year, month + 1)
    if wanted <= last:
        return date(year, month + 1, wanted)
    if month_end == "roll_forward":
        return date(year, month + 1, last) + timedelta(days=1)
    return date(year, month + 1, last)


def period_dates(first: date, count: int, unit: str, every: int, month_end: str = "keep", *, anchor_day: int | None = None) -> list[date]:
    """`count` due dates from `first` on. `anchor_day` is the day of month the contract aims at (a 31st that began on a 28 Feb).

    keep: every month aims at the anchor day anew (31 Jan → 28 Feb → 31 Mar); clamp: a shortened day stays (→ 28 Mar).
    """
    if unit == "day":
        return [first + timedelta(days=every * k) for k in range(count)]
    if unit == "week":
        return [first + timedelta(weeks=every * k) for k in range(count)]
    step = every * (12 if unit == "year" else 1)
    if month_end == "clamp":
        return _clamped(first, count, step)
    wanted = anchor_day or first.day
    base = first
    if month_end == "roll_forward" and first.day == 1 and wanted > 28:
        base = first - timedelta(days=1)  # the first date itself had rolled into the next month
    return [first, *(add_months(base, step * k, month_end, day=wanted) for k in range(1, count))]


def _clamped(first: date, count: int, step: int) -> list[date]:
    dates = [first]
    for _ in range(count - 1):
        dates.append(add_months(dates[-1], step, "clamp"))
    return dates


def shift(day: date, holidays: Container[date], rule: str) -> date:
    """Move a date off weekends and holidays: following, preceding or modified_following (never into the next month)."""
    if rule == "none":
        return day
    step = timedelta(days=-1 if rule == "preceding" else 1)
    moved = day
    while moved.weekday() >= 5 or moved in holidays:
        moved += step
    if rule == "modified_following" and moved.month != day.month:
        return shift(day, holidays, "preceding")
    return moved


def is_workday(day: date, holidays: Container[date]) -> bool:
    """Whether the bank works on this day: no Saturday, no Sunday, no holiday."""
    return day.weekday() < 5 and day not in holidays


def add_workdays(day: date, count: int, holidays: Container[date]) -> date:
    """The day that is `count` workdays later; with none, the day itself."""
    moved = day
    while count > 0:
        moved += timedelta(days=1)
        count -= is_workday(moved, holidays)
    return moved


def workdays_until(today: date, deadline: date, holidays: Container[date]) -> int:
    """How many workdays are left after today up to and with the deadline; below zero how many have passed since it."""
    first, last = sorted((today, deadline))
    found = sum(is_workday(first + timedelta(days=step), holidays) for step in range(1, (last - first).days + 1))
    return found if deadline >= today else -found
