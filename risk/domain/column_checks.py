"""What is looked for in a column before a scorecard learns from it."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.domain.scorecard.columns import is_categorical, numbers_of

MOST_NAMED = 5
"""Rare categories that a remark names one by one."""


def is_running(column: pd.Series[Any]) -> bool:
    """Whether a column of different values merely numbers or names the rows."""
    if is_categorical(column):
        return True
    numbers = numbers_of(column, str(column.name))
    return bool(np.all(np.diff(np.sort(numbers)) == 1))


def tells(keys: pd.Series[Any], bad: NDArray[np.int64]) -> bool:
    """Whether a column with few values splits the outcomes without a single exception: each kind of ending with a value that at least two
    rows hold, since rows that have a value each are told apart by any column.
    """
    filled = keys.fillna("\0missing")
    if filled.nunique() > 12:
        return False
    found = pd.Series(bad).groupby(filled.to_numpy()).agg(["mean", "size"])
    return bool(found["mean"].isin([0.0, 1.0]).all() and (found.groupby("mean")["size"].max() >= 2).all())


def beyond(column: pd.Series[Any]) -> str:
    """Why a column of numbers cannot be calculated with: it holds an infinite one, or one too large for the challenger's single precision.
    Nothing where it can.
    """
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return ""
    numbers = column.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        return "holds an infinite value"
    large = np.abs(numbers) > np.finfo(np.float32).max
    place = int(large.argmax())
    return f"{numbers[place]:g} in row {place + 2:,} is too large a number to calculate with" if large.any() else ""


def rare(name: str, keys: pd.Series[Any], least: int) -> list[str]:
    """A remark on the categories met fewer than `least` times, which share a bin with whatever the card has never met."""
    counts = keys.dropna().value_counts()
    few = sorted(str(one) for one in counts.index[counts < least])
    if not few:
        return []
    named = ", ".join(few[:MOST_NAMED]) + (f" and {len(few) - MOST_NAMED:,} more" if len(few) > MOST_NAMED else "")
    return [f"{name}: met fewer than {least} times, and scored like a category never seen: {named}."]


def future_dates(column: pd.Series[Any], today: date | None) -> int:
    """How many days of a column of days lie after `today`; such a column is written year-month-day, with or without a time of day."""
    if today is None:
        return 0
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return int((column.dt.date > today).sum())
    if not is_categorical(column):
        return 0
    days = column.dropna().astype(str).str.strip().str.extract(r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:[T ][\d:.,+Z ]*)?$")[0]
    if days.isna().mean() > 0.1:
        return 0
    parts = days.dropna().str.split(r"[-/.]", expand=True, regex=True)
    if parts.empty:
        return 0
    # Compared as numbers: a year such as 9999 is no day that pandas knows, and it is what stands for "never" in many files.
    numbers = parts.astype(int)
    return int((numbers[0] * 10_000 + numbers[1] * 100 + numbers[2] > int(today.strftime("%Y%m%d"))).sum())
