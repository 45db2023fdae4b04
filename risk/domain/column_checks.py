"""What is looked for in a column before a scorecard learns from it."""

from __future__ import annotations

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
