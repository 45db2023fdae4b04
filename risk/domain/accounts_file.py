"""Annual accounts from a table that somebody filled in: a line in each row, a year in each column, as CSV or XLSX. Pure but for the bytes.

The first row holds years ("2025" or "2025-12-31", or both days of one that is longer or shorter: "2024-07-01/2025-12-31"), the first column
the names or codes of the lines. A workbook may spread the lines over sheets, or have one for each year. Every refusal names its cell, and
nothing that holds an amount is passed over.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from core.written_number import plain_digits
from risk.domain.accounts import LINES
from risk.domain.affordability import CENT, places_of, step_of

MOST_ROWS, MOST_COLUMNS, MOST_UNPACKED = 200, 12, 20 << 20
MOST_CELLS = 2_000_000
"""How far a sheet may reach, its empty cells counted in: a few bytes can name the last cell there is."""
YEAR_END = "year_end"
NO_RESULT = "The cell is a formula and the file does not hold its result. Open the workbook, save it, and import it again."
_BY_NAME = {re.sub(r"[^a-z]", "", name.lower()): line.code for line in LINES.values() for name in (line.code, line.title)}
_NUMBER = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?|-?\d+(\.\d+)?")


@dataclass(frozen=True)
class CellFault:
    """What is wrong, and in which cell ("B7")."""

    cell: str
    words: str


@dataclass
class ReadAccounts:
    """Figures by the last day of their year, the first day of those that say it, the cell that each and the year itself (`YEAR_END`) came
    from, and what could not be read.
    """

    years: dict[date, dict[str, Decimal]] = field(default_factory=dict)
    first_days: dict[date, date] = field(default_factory=dict)
    cells: dict[tuple[date, str], str] = field(default_factory=dict)
    faults: list[CellFault] = field(default_factory=list)
    step: Decimal = CENT


def read_accounts(content: bytes, name: str, currency: str = "") -> ReadAccounts:
    """The accounts in a file, by its extension, in no more decimals than their currency has. A file that is no table has one fault without
    a cell.
    """
    try:
        tables = _xlsx(content) if name.lower().endswith(".xlsx") else [_csv(content)]
    except _Unreadable as error:
        return ReadAccounts(faults=[CellFault("", str(error))])
    found = ReadAccounts(step=step_of(currency))
    for table in tables:
        _read(table, found)
    for year in found.years:
        for code in LINES:
            found.cells.setdefault((year, code), found.cells[year, YEAR_END])
    return found


class _Unreadable(Exception):
    pass


class _NoResult:
    """Stands for a formula whose result the file does not hold."""

    def __str__(self) -> str:
        return "a formula without its result"


@dataclass
class _Table:
    """The rows that are read of a sheet, what lies beyond them, and the sheet's name where there are several."""

    rows: list[Sequence[Any]]
    beyond: tuple[int, int] | None = None
    sheet: str = ""

    def cell(self, row: int, column: int) -> str:
        """The name of a cell: "B7", "Cash flow!B7"."""
        return f"{self.sheet}!{_cell(row, column)}" if self.sheet else _cell(row, column)

    def at(self, row: int, column: int) -> Any:
        """What stands in a cell; nothing past the end of its row."""
        return self.rows[row][column] if column < len(self.rows[row]) else None


def _table(rows: Iterable[Sequence[Any]], sheet: str = "") -> _Table:
    """As many rows and columns as accounts have, and the first filled cell past them."""
    kept = _Table([], sheet=sheet)
    reached = 0
    for index, row in enumerate(rows):
        reached += len(row) + 1
        if reached > MOST_CELLS:
            raise _Unreadable("The table reaches too far to the right or down. Keep only the accounts.")
        first = 0 if index >= MOST_ROWS else MOST_COLUMNS
        if kept.beyond is None:
            kept.beyond = next(((index, column) for column in range(first, len(row)) if _filled(row[column])), None)
        if index < MOST_ROWS:
            kept.rows.append(row[:MOST_COLUMNS])
    return kept


def _filled(value: Any) -> bool:
    return value is not None and bool(str(value).strip())


def _csv(content: bytes) -> _Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unreadable("The file is no text in UTF-8.") from None
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    try:
        return _table(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error as error:
        raise _Unreadable(f"The file is no table: {error}.") from None


def _xlsx(content: bytes) -> list[_Table]:
    """A table for each sheet that holds anything but words."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise _Unreadable("The workbook unpacks to more than 20 MB.")
        results, formulas = (load_workbook(io.BytesIO(content), read_only=True, data_only=known) for known in (True, False))
        pairs = list(zip(results.worksheets, formulas.worksheets, strict=True))
        tables = [_table(_rows_of(*pair), pair[0].title if len(pairs) > 1 else "") for pair in pairs]
    except _Unreadable:
        raise
    except Exception as error:  # whatever openpyxl meets in a damaged file
        raise _Unreadable("The file is no workbook that can be read.") from error
    # Notes beside the accounts are words in the first column; a sheet with more is read, or refused by its name.
    return [table for table in tables if table.beyond or any(_filled(value) for row in table.rows for value in row[1:])] or tables[:1]


def _rows_of(results: Any, formulas: Any) -> Iterator[Sequence[Any]]:
    """The rows of a sheet with the results of its formulas, wherever the file says that the sheet ends."""
    for sheet in (results, formulas):
        sheet.reset_dimensions()
    for row, written in zip(results.iter_rows(), formulas.iter_rows(), strict=True):
        yield [
            # A formula whose result is no text is told from one without a result by its type alone.
            _NoResult() if cell.value is None and formula.data_type == "f" and cell.data_type != "str" else cell.value
            for cell, formula in zip(row, written, strict=True)
        ]


def _read(table: _Table, found: ReadAccounts) -> None:
    """Put the amounts of one table among those found, with the cell of each."""
    rows = table.rows
    codes = [_code(table.at(index, 0)) for index in range(len(rows))]
    if table.sheet and not any(codes):
        found.faults.append(
            CellFault(table.cell(0, 0), f"The sheet “{table.sheet}” holds no line of the accounts. Take it out, or name its lines.")
        )
        return
    if len(rows) < 2:
        words = "The table is empty. The first row holds the years, the first column the lines."
        found.faults.append(CellFault(table.cell(0, 0), words))
        return
    if table.beyond:
        words = f"Nothing is read past row {MOST_ROWS} and {MOST_COLUMNS - 1} years. Import the rest from another file."
        found.faults.append(CellFault(table.cell(*table.beyond), words))
    years = _years(table, found)
    seen: set[str] = set()
    for index in range(1, len(rows)):
        code, given = codes[index], [column for column in years if _filled(table.at(index, column))]
        if code is None:
            if given:
                name = str(table.at(index, 0) or "").strip()
                words = f"“{name[:40]}” is no line of the accounts." if name else "The row has amounts and no name."
                found.faults.append(CellFault(table.cell(index, 0), words))
            continue
        if code in seen:
            found.faults.append(CellFault(table.cell(index, 0), f"{LINES[code].title} stands twice."))
            continue
        seen.add(code)
        for column in given:
            key, cell = (years[column], code), table.cell(index, column)
            if key in found.cells:
                found.faults.append(CellFault(cell, f"{LINES[code].title} of {key[0]:%Y} stands in {found.cells[key]} as well."))
            elif (amount := _amount(table.at(index, column), cell, found)) is not None:
                found.years[key[0]][code] = amount
                found.cells[key] = cell


def _years(table: _Table, found: ReadAccounts) -> dict[int, date]:
    """The year of each column. A column with entries and no year is a fault."""
    years: dict[int, date] = {}
    faults = len(found.faults)
    for column in range(1, max(map(len, table.rows))):
        head, cell = table.at(0, column), table.cell(0, column)
        if not _filled(head):
            if any(_filled(table.at(row, column)) for row in range(1, len(table.rows))):
                found.faults.append(CellFault(cell, "The column has entries and no year above them."))
        elif days := _year(head, cell, found):
            first, year = days
            if first is not None and found.first_days.setdefault(year, first) != first:
                found.faults.append(CellFault(cell, f"The year to {year:%d %b %Y} begins on two days."))
                continue
            if year in years.values():
                found.faults.append(CellFault(cell, f"The year {year:%Y} stands twice in the first row."))
                continue
            years[column] = year
            found.years.setdefault(year, {})
            found.cells.setdefault((year, YEAR_END), cell)
    if not years and len(found.faults) == faults:
        found.faults.append(CellFault(table.cell(0, 1), "The first row names no year."))
    return years


def _code(name: Any) -> str | None:
    """The line that is meant by a name or code."""
    return _BY_NAME.get(re.sub(r"[^a-z]", "", str(name or "").lower()))


def _cell(row: int, column: int) -> str:
    return f"{get_column_letter(column + 1)}{row + 1}"


def _year(value: Any, cell: str, found: ReadAccounts) -> tuple[date | None, date] | None:
    """The first day, where it is said, and the last."""
    if isinstance(value, _NoResult):
        found.faults.append(CellFault(cell, NO_RESULT))
        return None
    text = str(value.date() if hasattr(value, "date") else value).strip()
    try:
        if re.fullmatch(r"(19|20)\d\d", text):
            return None, date(int(text), 12, 31)
        first, slash, last = text.partition("/")
        return (date.fromisoformat(first.strip()), date.fromisoformat(last.strip())) if slash else (None, date.fromisoformat(text))
    except ValueError:
        words = "is no year. Write 2025, the last day as 2025-12-31, or the first and the last as 2024-07-01/2025-12-31."
        found.faults.append(CellFault(cell, f"“{text[:40]}” {words}"))
        return None


def _amount(value: Any, cell: str, found: ReadAccounts) -> Decimal | None:
    if isinstance(value, _NoResult):
        found.faults.append(CellFault(cell, NO_RESULT))
        return None
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        if isinstance(value, int | float):
            exact, slack = Decimal(repr(value)), Decimal("0.000001")
        else:
            text = plain_digits(str(value))
            if not _NUMBER.fullmatch(text):
                raise InvalidOperation
            exact, slack = Decimal(text), Decimal(0)
        amount = exact.quantize(found.step)
        if abs(exact - amount) > slack:
            found.faults.append(CellFault(cell, f"{value} has more than {places_of(found.step)} decimals."))
            return None
    except InvalidOperation:
        found.faults.append(CellFault(cell, f"“{str(value)[:40]}” is no amount. Write 1,250.00 or −1250."))
        return None
    if abs(amount) >= Decimal(10) ** 15:
        found.faults.append(CellFault(cell, "The amount is too large."))
        return None
    return amount
