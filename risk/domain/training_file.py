"""A file to learn from, looked at when it is sent: whether it is a table at all, and what its columns hold. Pure but for the bytes."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from risk.domain.outcomes import MOST_SHOWN, outcome_keys
from risk.domain.written_columns import read_column

MOST_COLUMNS = 500
_KINDS = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "an Excel workbook or another packed file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x1f\x8b", "a packed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"PAR1", "a Parquet file"),
)
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class UnfitFile(ValueError):
    """The file is no table to learn from; the text says why, for people."""


@dataclass(frozen=True)
class Column:
    """What a column holds: how many rows fill it, how many different values, and these where they are few."""

    name: str
    filled: int
    distinct: int
    values: tuple[str, ...]
    is_number: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"values": list(self.values)}


def read_table(content: bytes) -> pd.DataFrame:
    """The rows of a CSV file with a header, with what is wrong with it in words: the one reading that every training has. Every cell is as
    it is written, since what a column holds is told from the whole of it (`written_columns`); only an empty cell is missing for certain.

    Raises UnfitFile.
    """
    text = _text(content)
    names = _header(text)
    try:
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, na_values=[""])
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UnfitFile(f"The table cannot be read: {str(error).removeprefix('Error tokenizing data. C error: ').strip()}.") from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise UnfitFile(f"The rows have more cells than the {len(names)} names in the first row.")
    if frame.empty:
        raise UnfitFile("The file has a header and no rows.")
    return frame.rename(columns=str.strip)


def columns_of(frame: pd.DataFrame) -> list[Column]:
    """Each column of a table, in its order."""
    found = []
    for name in frame.columns:
        keys = outcome_keys(frame[name]).dropna()
        counts = keys.value_counts()
        values = tuple(sorted(str(one) for one in counts.index)) if len(counts) <= MOST_SHOWN else ()
        found.append(Column(str(name), len(keys), len(counts), values, _holds_numbers(str(name), frame[name])))
    return found


def _holds_numbers(name: str, column: pd.Series[Any]) -> bool:
    try:
        read, _ = read_column(name, column)
    except ValueError:
        return False
    return bool(pd.api.types.is_numeric_dtype(read.dtype))


def _text(content: bytes) -> str:
    for beginning, kind in _KINDS:
        if content.startswith(beginning):
            raise UnfitFile(f"This is {kind}, whatever its name says. Save the table as CSV and send that.")
    if not content.strip():
        raise UnfitFile("The file is empty.")
    if b"\0" in content:
        raise UnfitFile("This is no text file. Save the table as CSV in UTF-8 and send that.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnfitFile(f"Line {line} holds letters that are not UTF-8. Save the table as CSV in UTF-8 and send that.") from None


def _header(text: str) -> list[str]:
    """The names in the first row."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    names = [name.strip() for name in next(csv.reader([first]), [])]
    if len(names) < 2:
        parted = next((words for sign, words in _SEPARATORS.items() if sign in first), "")
        if parted:
            raise UnfitFile(f"The columns are parted by {parted}. Save the table with commas between them.")
        raise UnfitFile(f"The first row names one column, “{first[:60]}”. A table needs one of the outcome and at least one to learn from.")
    if len(names) > MOST_COLUMNS:
        raise UnfitFile(f"The first row names {len(names):,} columns; at most {MOST_COLUMNS} are read.")
    if unnamed := [str(place) for place, name in enumerate(names, start=1) if not name]:
        raise UnfitFile(f"The first row has to name every column. Column {', '.join(unnamed[:5])} has no name.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnfitFile(f"Two columns are called {', '.join(twice[:5])}.")
    if all(_is_number(name) for name in names):
        raise UnfitFile("The first row holds numbers. It has to hold the names of the columns.")
    return names


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
