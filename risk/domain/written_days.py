"""Columns of days, in the spellings that files have: told from numbers and codes, so that a day in the future is seen in every one of them.

Compared as numbers (year · 10,000 + month · 100 + day): the year 9999 is none that pandas knows, and stands for "never" in many files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from risk.domain.written_cells import Cells, is_sign_of_missing

LEAST_FITTING = 0.9
"""The share of a column's filled cells that has to fit one spelling."""
MOST_TRIED = 100
"""So many different cells are looked at before a spelling is held against all."""
_MONTHS = {
    name: number
    for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1)
}
_TIME = r"(?:[T ,]+[0-9]{1,2}:[0-9:.,+Z ]*(?:[AaPp][Mm])?)?"
_PARTED = r"[-/. ]"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_YEAR, _SHORT, _MONTH, _DAY = r"(?P<year>[0-9]{4})", r"(?P<short>[0-9]{2})", r"(?P<month>[0-9]{1,2})", r"(?P<day>[0-9]{1,2})"
SPELLINGS = tuple(
    re.compile(rf"{text}{_TIME}")
    for text in (
        rf"{_YEAR}{_PARTED}{_MONTH}{_PARTED}{_DAY}",
        rf"{_DAY}{_PARTED}{_MONTH}{_PARTED}{_YEAR}",
        rf"{_MONTH}{_PARTED}{_DAY}{_PARTED}{_YEAR}",
        rf"{_DAY}[-/. ]{{1,2}}{_NAME}[-/., ]{{1,2}}{_YEAR}",
        rf"{_NAME} {_DAY},? {_YEAR}",
        rf"{_NAME}[-/., ]{{1,2}}{_YEAR}",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        rf"{_DAY}[-/.]{_MONTH}[-/.]{_SHORT}",
        rf"{_MONTH}[-/.]{_DAY}[-/.]{_SHORT}",
        rf"{_DAY}[-/. ]{_NAME}[-/. ]{_SHORT}",
        rf"{_NAME}[-/ ]{_SHORT}",
    )
)
"""The first that fits most of a column is its spelling; of two that fit as many, day and month are read so that fewer lie in the future."""


@dataclass(frozen=True)
class Days:
    """A column of days: how many rows of it lie after the present day."""

    future: int


def days_in(name: str, column: pd.Series[Any], today: date | None) -> Days | None:
    """The days of a column, in the spelling that at least nine tenths of its filled cells fit; None where it holds none. A year of two
    digits is the last such year that is not after that of `today`; without `today` nothing lies in the future.
    """
    if types.is_bool_dtype(column.dtype) or (types.is_numeric_dtype(column.dtype) and not _may_be_compact(column)):
        return None
    cells = Cells.of(name, column)
    filled = cells.rows({text for text in cells.texts if not is_sign_of_missing(text)})
    best: tuple[int, int] | None = None
    for spelling in SPELLINGS:
        first = cells.texts[:MOST_TRIED]
        if 2 * sum(_day(spelling, text, today) is not None for text in first) < len(first):
            continue
        found = {text: day for text in cells.texts if (day := _day(spelling, text, today)) is not None}
        fitting = cells.rows(set(found))
        if fitting and fitting >= LEAST_FITTING * filled:
            future = {text for text, day in found.items() if today and day > _number(today.year, today.month, today.day)}
            rank = (fitting, -cells.rows(future))
            best = rank if best is None else max(best, rank)
    return None if best is None else Days(-best[1])


def _may_be_compact(column: pd.Series[Any]) -> bool:
    """Whether all numbers of a column are whole and have the eight digits of a day such as 20991231."""
    numbers = column.to_numpy(np.float64, na_value=np.nan)
    numbers = numbers[~np.isnan(numbers)]
    return bool(len(numbers) and np.all((numbers >= 18_000_101) & (numbers <= 99_991_231)) and np.all(numbers == np.floor(numbers)))


def _day(spelling: re.Pattern[str], text: str, today: date | None) -> int | None:
    found = spelling.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    month = _MONTHS.get(parts["name"][:3].lower(), 0) if "name" in parts else int(parts["month"])
    day = int(parts.get("day") or 1)
    year = int(parts["year"]) if "year" in parts else _whole_year(int(parts["short"]), today)
    fits = 1 <= month <= 12 and 1 <= day <= 31 and (1800 <= year <= 2200 or year == 9999)
    return _number(year, month, day) if fits else None


def _whole_year(short: int, today: date | None) -> int:
    present = today.year if today else 2000
    return present - (present - short) % 100


def _number(year: int, month: int, day: int) -> int:
    return year * 10_000 + month * 100 + day
