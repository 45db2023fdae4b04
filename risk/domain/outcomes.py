"""The column that tells good from bad: its values as they are written, and which of them somebody means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import pandas as pd

from risk.domain.scorecard.columns import category_keys
from risk.domain.written_cells import number_in

MOST_SHOWN = 6
"""So many different values of a column are shown one by one."""


def outcome_keys(column: pd.Series[Any]) -> pd.Series[Any]:
    """The text of each cell, None where it is empty. Spellings of one number are one value ("1" and "1.0"), under the shortest of them."""
    keys = category_keys(column)
    shortest: dict[float, str] = {}
    for text in sorted(keys.dropna().unique(), key=lambda one: (len(one), one)):
        if (number := number_in(text)) is not None:
            shortest.setdefault(number, text)
    return keys.map(lambda text: text if text is None or (found := number_in(text)) is None else shortest[found])


def value_meant(written: str, values: Sequence[str]) -> str | None:
    """Which of the values somebody means by what they wrote: the same text, or the same number. None where there is none."""
    text = written.strip()
    if text in values:
        return text
    number = number_in(text)
    return None if number is None else next((one for one in values if number_in(one) == number), None)


def unknown_value(target: str, written: str, values: Sequence[str]) -> str:
    """What to tell somebody who named a value that the column does not hold; with the one that is only spelt otherwise."""
    near = {one.casefold(): one for one in values}
    alike = get_close_matches(written.strip().casefold(), near, n=1, cutoff=0.7)
    asked = f" Did you mean “{near[alike[0]]}”?" if alike else ""
    return f"{target}: the value “{written}” does not occur; it holds {' and '.join(values)}.{asked}"


def rarer_or_one(counts: Mapping[str, int]) -> str:
    """The bad one of two values that nobody named: 1 of 0 and 1, else the rarer."""
    numbers = {number_in(one): one for one in counts}
    return numbers[1.0] if numbers.keys() == {0.0, 1.0} else min(counts, key=lambda one: (counts[one], one))
