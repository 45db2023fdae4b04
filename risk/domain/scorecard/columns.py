"""How raw values become numbers and category keys, once for a single row and once for a column, with the same result."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types


def is_missing(value: Any) -> bool:
    """None, NaN (float or Decimal), NaT, pandas' NA, and text of blanks only."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, float | np.floating) and math.isnan(value)


def number_of(value: Any, name: str) -> float:
    """A float, NaN where missing. Raises ValueError, naming the factor `name`, for what is no number."""
    if is_missing(value):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: {value!r} is not a number") from None


def numbers_of(column: pd.Series[Any] | NDArray[Any], name: str) -> NDArray[np.float64]:
    """A float column, NaN where missing. Raises ValueError, naming the factor, for text and for infinity."""
    if types.is_numeric_dtype(column.dtype):
        series = column.to_numpy(np.float64, na_value=np.nan) if isinstance(column, pd.Series) else column
        numbers = np.asarray(series, dtype=np.float64)
    else:
        numbers = np.fromiter((number_of(value, name) for value in column), dtype=np.float64, count=len(column))
    # The sum is infinite or NaN whenever an infinity is inside: one cheap pass for the usual clean column.
    if not np.isfinite(numbers.sum()) and np.isinf(numbers).any():
        raise ValueError(f"{name}: an infinite value cannot be scored")
    return numbers


def category_key(value: Any) -> str:
    """The text under which a category is kept: 1 and 1.0 are one category, blanks around text do not count."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def category_keys(column: pd.Series[Any] | NDArray[Any]) -> pd.Series[Any]:
    """Category keys of a column, None where missing. Work is per distinct value, not per row."""
    codes, distinct = pd.factorize(pd.Series(column).astype(object), use_na_sentinel=True)
    keys = np.array([None if is_missing(one) else category_key(one) for one in distinct] + [None], dtype=object)
    return pd.Series(keys[codes], dtype=object)


def is_categorical(column: pd.Series[Any]) -> bool:
    """Whether a column is to be read as categories: booleans, categoricals, and anything with a value that is no number."""
    if types.is_bool_dtype(column.dtype) or isinstance(column.dtype, pd.CategoricalDtype):
        return True
    if types.is_numeric_dtype(column.dtype):
        return False
    present = [one for one in column.unique() if not is_missing(one)]
    return not present or any(isinstance(one, bool) or not isinstance(one, int | float | Decimal | np.number) for one in present)
