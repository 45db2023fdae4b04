"""Whether a column of a file holds numbers, and which: text is read as a person would who sees the whole column."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from pandas.api import types

from core.money import is_currency
from risk.domain.written_cells import Cells, Figures

MANY = 20
"""So many different numbers are no list of codes: what stands among them and is none is a slip, not a category."""
# A number with a currency, or with marks that have two readings: "EUR 12", "1.008,96 €", "4,3".
_UNIT = r"(?P<{}>[A-Z]{{3}}|[€$£¥])?"
_LIKE_A_NUMBER = re.compile(rf"{_UNIT.format('before')}\s?[-+]?[0-9]+(?:[.,'\s][0-9]{{3}})*(?:[.,][0-9]+)?\s?{_UNIT.format('after')}%?")


def read_column(name: str, column: pd.Series[Any]) -> tuple[pd.Series[Any], list[str]]:
    """The column as numbers where all its filled cells are some, "NA" and the like among them missing; else as it is. With remarks on what
    was read otherwise than it stands.

    Raises ValueError, naming the cell, where most cells are numbers, of more than `MANY` values, and one is none that can be read.
    """
    if types.is_numeric_dtype(column.dtype) or types.is_datetime64_any_dtype(column.dtype) or isinstance(column.dtype, pd.CategoricalDtype):
        return column, []
    cells = Cells.of(name, column)
    found = Figures.of(cells)
    wrong = found.odd or found.mixed
    if not wrong and (found.plain or found.shares):
        return found.column().set_axis(column.index), found.remarks()
    alike = {text for text in cells.texts if text in found.plain or text in found.shares or _is_like_a_number(text)}
    if len(alike) <= MANY or 2 * cells.rows(alike) <= cells.rows(set(cells.texts) - found.signs):
        return column, []
    raise ValueError(
        f"{name}: {cells.where(wrong)} is no number that can be read for certain, as the column holds elsewhere. Write numbers with a point "
        "before the decimals and nothing beside them, percent all with its sign or none, and leave empty what is missing; of codes leave the "
        "column out."
    )


def _is_like_a_number(text: str) -> bool:
    found = _LIKE_A_NUMBER.fullmatch(text)
    return found is not None and all(not unit or len(unit) == 1 or is_currency(unit) for unit in found.groups())
