"""Delimited files that people bring: read line by line, each line that cannot be used named with its reason."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

# A line longer than this is no line of such a table.
MAX_LINE = 20_000
ISO_DAY = "%Y-%m-%d"
# Digits and a point: what else Python takes for a number ("1_000", "1e9", "NaN") is a slip or a trick in a file of amounts.
_PLAIN = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?")
_SCIENTIFIC = re.compile(rf"{_PLAIN.pattern}(e[+-]?[0-9]{{1,3}})?", re.IGNORECASE)


class UnreadableTable(ValueError):
    """The file as a whole is not what it should be; the text says why."""


class UnusableLine(ValueError):
    """One line cannot be used; the text says why."""


@dataclass(frozen=True)
class Refusal:
    """A line that was left out, by its number in the file, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Line:
    """One line of a table: its number in the file, and its values by column."""

    number: int
    values: Mapping[str, str]

    def text(self, name: str, *, most: int = 40) -> str:
        """What stands in a column. Raises UnusableLine when it is empty or too long."""
        value = (self.values.get(name) or "").strip()
        if not value:
            raise UnusableLine(f"{name} is missing")
        if len(value) > most:
            raise UnusableLine(f"{name} is longer than {most} characters")
        return value

    def amount(
        self, name: str, *, least: Decimal = Decimal(0), most: Decimal = Decimal("1e10"), places: int = 4, scientific: bool = False
    ) -> Decimal:
        """An exact amount above `least` and at most `most`. Raises UnusableLine."""
        value = self.text(name)
        if not (_SCIENTIFIC if scientific else _PLAIN).fullmatch(value):
            raise UnusableLine(f"{name} “{value}” is no number written plainly, such as 12500.00")
        found = Decimal(value)
        if not least < found <= most:
            raise UnusableLine(f"{name} {value} does not lie above {least:f} and up to {most:,.0f}")
        if int(found.as_tuple().exponent) < -places:
            raise UnusableLine(f"{name} {value} has more than {places} decimals")
        return found

    def number_of(self, name: str, least: float, most: float, *, default: float | None = None) -> float:
        """A measured number within bounds, both included. Raises UnusableLine."""
        if default is not None and not (self.values.get(name) or "").strip():
            return default
        value = self.text(name)
        try:
            found = float(value)
        except ValueError:
            raise UnusableLine(f"{name} “{value}” is no number") from None
        if not math.isfinite(found) or not least <= found <= most:
            raise UnusableLine(f"{name} {value} does not lie between {least:g} and {most:g}")
        return found

    def day(self, name: str, *, form: str = ISO_DAY) -> date:
        """A day written as `form` says. Raises UnusableLine."""
        value = self.text(name)
        if form == ISO_DAY and value[4:5] == value[7:8] == "-" and len(value) == len("2026-11-25"):
            # The usual spelling, read ten times as fast.
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        try:
            return datetime.strptime(value, form).date()  # noqa: DTZ007 -- a day has no time zone
        except ValueError:
            raise UnusableLine(f"{name} “{value}” is no day written like {date(2026, 11, 25).strftime(form)}") from None


def read_table(stream: BinaryIO, *, header: tuple[str, ...] = (), needed: tuple[str, ...] = ()) -> Iterator[Line]:
    """Lines of a comma, semicolon or tab separated UTF-8 file, one at a time. `header` names the columns of a file that has none; the
    file's own has to name those that are `needed`. The stream is only read forwards.

    Raises UnreadableTable: empty, without a needed column, not UTF-8, or holding a zero byte.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        first = text.readline(MAX_LINE)
        if not first.strip():
            raise UnreadableTable("The file is empty.")
        divider = max(",;\t", key=first.count)
        named = header or tuple(cell.strip() for cell in next(csv.reader([first], delimiter=divider)))
        if missing := [name for name in needed if name not in named]:
            raise UnreadableTable(f"The header has to name {', '.join(needed)}. Missing: {', '.join(missing)}.")
        reader = csv.reader(_limited(first if header else "", text), delimiter=divider)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Line(reader.line_num + (0 if header else 1), dict(zip(named, cells, strict=False)))
    except UnicodeDecodeError as error:
        raise UnreadableTable("The file is not UTF-8 text.") from error
    except csv.Error as error:
        raise UnreadableTable(f"The file cannot be read as a table: {error}.") from error
    finally:
        text.detach()


def _limited(first: str, text: io.TextIOWrapper) -> Iterator[str]:
    if first:
        yield first
    while line := text.readline(MAX_LINE):
        if "\0" in line:
            raise UnreadableTable("The file holds zero bytes; it is no text.")
        if len(line) == MAX_LINE:
            raise UnreadableTable("The file has lines of more than 20,000 characters; it is no table.")
        yield line


def header_of(stream: BinaryIO) -> tuple[str, ...]:
    """The cells of a file's first line; the stream stands at its beginning again. Raises UnreadableTable."""
    first = stream.readline(MAX_LINE)
    stream.seek(0)
    try:
        text = first.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableTable("The file is not UTF-8 text.") from error
    if not text.strip():
        raise UnreadableTable("The file is empty.")
    return tuple(cell.strip() for cell in next(csv.reader([text], delimiter=max(",;\t", key=text.count))))
