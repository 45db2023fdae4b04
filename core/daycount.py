"""Day-count conventions: the share of a year between two dates, exact.

30/360 is the bond basis (ISDA 2006 §4.16(f)), 30E/360 the Eurobond basis (§4.16(g)), act/act is ISDA's: days in leap years over
366, others over 365, a period cut at 1 January. `act/act-ye` counts 31 December to the new year, as some cores do.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

CONVENTIONS = ("30/360", "30E/360", "act/360", "act/364", "act/365", "act/act", "act/act-ye")
_FIXED = {"act/360": 360, "act/364": 364, "act/365": 365}


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _thirty(start: date, end: date, *, european: bool) -> int:
    first, last = start.day, end.day
    if european:
        first, last = min(first, 30), min(last, 30)
    else:
        first = min(first, 30)
        if last == 31 and first == 30:
            last = 30
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def year_fraction(start: date, end: date, convention: str) -> Fraction:
    """The part of a year from `start` (inclusive) to `end` (exclusive). Raises ValueError for an unknown convention."""
    if convention in _FIXED:
        return Fraction((end - start).days, _FIXED[convention])
    if convention == "30/360":
        return Fraction(_thirty(start, end, european=False), 360)
    if convention == "30E/360":
        return Fraction(_thirty(start, end, european=True), 360)
    if convention not in ("act/act", "act/act-ye"):
        raise ValueError(f"unknown day count {convention!r}")
    total = Fraction(0)
    cursor = start
    while cursor < end:
        year = cursor.year
        cut = date(year + 1, 1, 1)
        if convention == "act/act-ye":
            cut = date(year, 12, 31)
            if cursor >= cut:
                year, cut = year + 1, date(year + 1, 12, 31)
        stop = min(cut, end)
        total += Fraction((stop - cursor).days, 366 if _is_leap(year) else 365)
        cursor = stop
    return total


def as_decimal(value: Fraction) -> Decimal:
    """A fraction as a Decimal in the current context's precision."""
    return Decimal(value.numerator) / Decimal(value.denominator)
