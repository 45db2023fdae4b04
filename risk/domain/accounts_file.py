"""Annual accounts from a table that somebody filled in: a line in each row, a year in each column, as CSV or XLSX. Pure but for the bytes.

The first row holds years ("2025" or "2025-12-31"), the first column the names or codes of the lines. Every refusal names its cell.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from core.written_number import plain_digits
from risk.domain.accounts import LINES

MOST_ROWS, MOST_COLUMNS, MOST_UNPACKED = 200, 12, 20 << 20
_BY_NAME = {re.sub(r"[^a-z]", "", name.lower()): line.code for line in LINES.values() for name in (line.code, line.title)}
_NUMBER = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d{1,2})?|-?\d+(\.\d{1,2})?")


@dataclass(frozen=True)
class CellFault:
    """What is wrong, and in which cell ("B7")."""

    cell: str
    words: str


@dataclass
class ReadAccounts:
    """Figures by the last day of their year, the cell each came from, and what could not be read."""

    years: dict[date, dict[str, Decimal]] = field(default_factory=dict)
    cells: dict[tuple[date, str], str] = field(default_factory=dict)
    faults: list[CellFault] = field(default_factory=list)


def read_accounts(content: bytes, name: str) -> ReadAccounts:
    """The accounts in a file, by its extension. A file that is no table has one fault without a cell."""
    try:
        rows = _xlsx(content) if name.lower().endswith(".xlsx") else _csv(content)
    except _Unreadable as error:
        return ReadAccounts(faults=[CellFault("", str(error))])
    return _read(rows)


class _Unreadable(Exception):
    pass


def _csv(content: bytes) -> list[Sequence[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unreadable("The file is no text in UTF-8.") from None
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    try:
        return list(islice(csv.reader(io.StringIO(text), delimiter=separator, strict=True), MOST_ROWS))
    except csv.Error as error:
        raise _Unreadable(f"The file is no table: {error}.") from None


def _xlsx(content: bytes) -> list[Sequence[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise _Unreadable("The workbook unpacks to more than 20 MB.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return list(islice(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), MOST_ROWS))
    except _Unreadable:
        raise
    except Exception as error:  # whatever openpyxl meets in a damaged file
        raise _Unreadable("The file is no workbook that can be read.") from error


def _read(rows: list[Sequence[Any]]) -> ReadAccounts:
    found = ReadAccounts()
    if len(rows) < 2:
        found.faults.append(CellFault("A1", "The table is empty. The first row holds the years, the first column the lines."))
        return found
    years = {
        column: year for column in range(1, min(len(rows[0]), MOST_COLUMNS)) if (year := _year(rows[0][column], _cell(0, column), found))
    }
    if not years and not found.faults:
        found.faults.append(CellFault("B1", "The first row names no year."))
    if len(set(years.values())) < len(years):
        found.faults.append(CellFault("B1", "A year stands twice in the first row."))
    seen: set[str] = set()
    for index, row in enumerate(rows[1:], start=1):
        name = str(row[0] or "").strip() if row else ""
        given = [column for column in years if column < len(row) and str(row[column] if row[column] is not None else "").strip()]
        if not name and not given:
            continue
        code = _BY_NAME.get(re.sub(r"[^a-z]", "", name.lower()))
        if code is None:
            if given:
                found.faults.append(CellFault(_cell(index, 0), f"“{name[:40]}” is no line of the accounts."))
            continue
        if code in seen:
            found.faults.append(CellFault(_cell(index, 0), f"{LINES[code].title} stands twice."))
            continue
        seen.add(code)
        for column in given:
            amount = _amount(row[column], _cell(index, column), found)
            if amount is not None:
                found.years.setdefault(years[column], {})[code] = amount
                found.cells[years[column], code] = _cell(index, column)
    for column, year in years.items():
        found.years.setdefault(year, {})
        for code in LINES:
            found.cells.setdefault((year, code), _cell(0, column))
    return found


def _cell(row: int, column: int) -> str:
    return f"{get_column_letter(column + 1)}{row + 1}"


def _year(value: Any, cell: str, found: ReadAccounts) -> date | None:
    text = str(value.date() if hasattr(value, "date") else value if value is not None else "").strip()
    if not text:
        return None
    try:
        return date(int(text), 12, 31) if re.fullmatch(r"(19|20)\d\d", text) else date.fromisoformat(text)
    except ValueError:
        found.faults.append(CellFault(cell, f"“{text[:40]}” is no year. Write 2025, or the last day as 2025-12-31."))
        return None


def _amount(value: Any, cell: str, found: ReadAccounts) -> Decimal | None:
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        if isinstance(value, int | float):
            exact = Decimal(repr(value))
            amount = exact.quantize(Decimal("0.01"))
            if abs(exact - amount) > Decimal("0.000001"):
                found.faults.append(CellFault(cell, f"{value} has more than two decimals."))
                return None
        else:
            text = plain_digits(str(value))
            if not _NUMBER.fullmatch(text):
                raise InvalidOperation
            amount = Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation:
        found.faults.append(CellFault(cell, f"“{str(value)[:40]}” is no amount. Write 1,250.00 or −1250."))
        return None
    if abs(amount) >= Decimal(10) ** 15:
        found.faults.append(CellFault(cell, "The amount is too large."))
        return None
    return amount
