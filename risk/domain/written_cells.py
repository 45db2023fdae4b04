"""What people and their spreadsheets write into the cells of a column: numbers in their usual spellings, and signs for "nothing here".

Work is per distinct value, not per row. A cell with two readings ("4,3", "EUR 12") is no number: it is named, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.written_number import plain_digits
from risk.domain.scorecard.columns import category_key, is_missing

MISSING_SIGNS = frozenset({"na", "n/a", "n.a.", "#n/a", "<na>", "nan", "null", "none", "nil", "?", "-", "--", "."})
"""What stands for a missing value where numbers are expected, in small letters. Among words each of them may be a code."""
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?|[-+]?inf(?:inity)?", re.IGNORECASE)
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")


@dataclass(frozen=True)
class Cells:
    """A column by its distinct cells: `texts` with their blanks cut off, and per row the place among them, −1 where it is empty."""

    name: str
    texts: tuple[str, ...]
    places: np.ndarray[Any, np.dtype[np.intp]]

    @classmethod
    def of(cls, name: str, column: pd.Series[Any]) -> Cells:
        """The cells of a column of any type."""
        codes, distinct = pd.factorize(column.astype(object), use_na_sentinel=True)
        texts: dict[str, int] = {}
        place_of = np.array([-1 if is_missing(one) else texts.setdefault(category_key(one), len(texts)) for one in distinct] + [-1])
        return cls(name, tuple(texts), place_of[codes])

    def where(self, texts: set[str]) -> str:
        """The first cell that holds one of `texts`, for people: its text and its row, the header being row 1."""
        chosen = np.array([text in texts for text in self.texts] + [False])
        first = int(np.argmax(chosen[self.places]))
        return f"“{self.texts[self.places[first]][:40]}” in row {first + 2:,}"

    def rows(self, texts: set[str]) -> int:
        """How many rows hold one of `texts`."""
        chosen = np.array([text in texts for text in self.texts] + [False])
        return int(chosen[self.places].sum())

    def mapped(self, value_of: Callable[[str], float]) -> pd.Series[Any]:
        """The column as numbers, NaN where empty."""
        values = np.array([value_of(text) for text in self.texts] + [np.nan])
        return pd.Series(values[self.places])


def number_in(text: str) -> float | None:
    """The number that a cell holds, thousands parted by commas or spaces among them; None for anything else."""
    plain = plain_digits(text)
    return float(plain) if _NUMBER.fullmatch(plain) else None


def share_in(text: str) -> float | None:
    """The fraction that a percentage stands for: 0.413 of "41.3%"; None without the sign."""
    number = number_in(text.removesuffix("%").rstrip()) if text.endswith("%") and "," not in text else None
    return None if number is None else round(number / 100, 12)


def is_sign_of_missing(text: str) -> bool:
    """Whether a cell among numbers says that there is none."""
    return text.lower() in MISSING_SIGNS


@dataclass(frozen=True)
class Figures:
    """The distinct cells of a column sorted: numbers, percentages as the shares they stand for, signs for "nothing here", and the rest."""

    cells: Cells
    plain: dict[str, float]
    shares: dict[str, float]
    signs: set[str]
    odd: set[str]

    @classmethod
    def of(cls, cells: Cells) -> Figures:
        """Sort the cells of a column."""
        plain = {text: number for text in cells.texts if (number := number_in(text)) is not None}
        shares = {text: share for text in cells.texts if (share := share_in(text)) is not None}
        signs = {text for text in cells.texts if is_sign_of_missing(text)}
        return cls(cells, plain, shares, signs, set(cells.texts) - plain.keys() - shares.keys() - signs)

    @property
    def mixed(self) -> set[str]:
        """Where some percentages carry their sign and others none, those of which there are fewer; a zero is the same both ways."""
        bare = {text for text, number in self.plain.items() if number}
        return min(set(self.shares), bare, key=self.cells.rows) if self.shares and bare else set()

    def column(self) -> pd.Series[Any]:
        """The numbers and shares by row, NaN elsewhere; whole numbers as such where every row holds one, so that a running number is seen
        to be one.
        """
        if len(self.plain) == len(self.cells.texts) and all(map(_WHOLE.fullmatch, self.plain)) and (self.cells.places >= 0).all():
            return pd.Series(np.array([int(text) for text in self.cells.texts], dtype=np.int64)[self.cells.places])
        known = self.plain | self.shares
        return self.cells.mapped(lambda text: known.get(text, np.nan))

    def remarks(self) -> list[str]:
        """What was read otherwise than it stands."""
        said = [f"{self.cells.name}: written in percent, read as shares."] if self.shares else []
        return said + said_missing(self.cells, self.signs)


def said_missing(cells: Cells, signs: set[str]) -> list[str]:
    """A remark on the cells that were read as missing."""
    if not signs:
        return []
    said, rows = " or ".join(f"“{one}”" for one in sorted(signs)), cells.rows(signs)
    return [f"{cells.name}: {rows:,} {'cell says' if rows == 1 else 'cells say'} {said}, read as missing."]
