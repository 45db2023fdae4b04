"""The options of the scorecard that learns, held against the data before anything is learnt: what makes no sense is refused by its name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import pandas as pd

from risk.domain.scorecard.columns import is_categorical, is_missing

# Each with its least value, and whether that itself is allowed.
_LEAST = {
    "pdo": (0, False),
    "base_odds": (0, False),
    "base_score": (-math.inf, False),
    "leaves": (2, True),
    "quantiles": (1, True),
    "least_share": (0, True),
    "least_category": (1, True),
    "smoothing": (0, True),
    "strength": (0, False),
    "step_weight": (0, True),
    "curve_from": (0, True),
}


def check_options(model: Any, frame: pd.DataFrame) -> tuple[dict[str, int], dict[str, Sequence[Any]], set[str]]:
    """Directions, bins drawn by hand, and columns to be read as categories, by the text of each column's label.

    Raises ValueError, naming the option: a number out of its range, a column that is not in the data, a direction that is none or that is
    asked of categories, bins of the other kind.
    """
    for name, (least, included) in _LEAST.items():
        value = getattr(model, name)
        if not isinstance(value, Real) or not math.isfinite(value) or value < least or (value == least and not included):
            raise ValueError(f"{name} has to be a number {'of at least' if included else 'above'} {least}, not {value!r}")
    if model.least_share >= 1:
        raise ValueError(f"least_share has to be below 1, not {model.least_share!r}")
    monotone, drawn = _by_text(model.monotonic_cst), _by_text(model.bins)
    categorical = {str(one) for one in model.categorical or ()}
    for option, named in (("monotonic_cst", monotone), ("bins", drawn), ("categorical", categorical)):
        if unknown := [name for name in named if name not in frame.columns]:
            raise ValueError(f"{option} names a column that is not in the data: {', '.join(unknown)}")
    for name, sign in monotone.items():
        if sign not in (-1, 0, 1):
            raise ValueError(f"monotonic_cst of {name} has to be -1, 0 or 1, not {sign!r}")
        if sign and _holds_categories(frame[name], name in categorical):
            raise ValueError(f"monotonic_cst asks a direction of {name}, which holds categories, no numbers")
    for name, bins in drawn.items():
        of_categories = all(isinstance(one, list | tuple | set | frozenset) for one in bins)
        if _holds_categories(frame[name], name in categorical):
            if not of_categories:
                raise ValueError(f"bins of {name} have to be lists of categories, which the column holds")
        elif not all(isinstance(one, Real) and math.isfinite(one) for one in bins):
            raise ValueError(f"bins of {name} have to be edges, finite numbers as the column holds them")
    return monotone, drawn, categorical


def _by_text(option: Mapping[Any, Any] | None) -> dict[str, Any]:
    return {str(name): value for name, value in (option or {}).items()}


def _holds_categories(column: pd.Series[Any], asked: bool) -> bool:
    """Whether the column is read as categories; one without any value is neither."""
    return asked or (is_categorical(column) and not all(is_missing(one) for one in column.unique()))
