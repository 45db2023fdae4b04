"""A workbook of accounts is read whole: over several sheets, and refused by cell or sheet where a figure would be passed over."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from core.models import User
from loans.models import Application
from risk.domain.accounts import CASH, LINES
from risk.domain.accounts_file import NO_RESULT, read_accounts
from risk.models import AnnualAccounts
from risk.services.accounts import UnableToRecordAccounts, import_accounts
from tests.risk.conftest import TODAY
from tests.risk.test_annual_accounts import GOOD, YEAR

Rows = Sequence[Sequence[Any]]


def workbook(sheets: Mapping[str, Rows]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def told(content: bytes, name: str = "a.xlsx") -> list[tuple[str, str]]:
    return [(fault.cell, fault.words) for fault in read_accounts(content, name).faults]


def by_statement(**changes: Any) -> dict[str, Rows]:
    """The good accounts, their cash flow on a sheet of its own, with a sheet of notes."""
    flows, rest = (
        [["Line", 2025], *([line.title, changes.get(code, GOOD[code])] for code, line in LINES.items() if (line.statement == CASH) is flow)]
        for flow in (True, False)
    )
    return {"Accounts": rest, "Cash flow": flows, "Notes": [["Audited in 2026."]]}


def test_every_sheet_with_lines_is_read() -> None:
    read = read_accounts(workbook(by_statement()), "a.xlsx")
    assert read.faults == [] and read.years == {YEAR: GOOD}
    assert read.cells[YEAR, "opening_cash"] == "Cash flow!B2"
    yearly = {"2024": [["Line", 2024], ["Cash", 80]], "2025": [["Line", 2025], ["Cash", 100]]}
    assert read_accounts(workbook(yearly), "a.xlsx").years == {date(2024, 12, 31): {"cash": Decimal(80)}, YEAR: {"cash": Decimal(100)}}


def test_the_cash_of_another_sheet_has_to_tie(company: Application, investigator: User) -> None:
    upload = SimpleUploadedFile("a.xlsx", workbook(by_statement(financing_cash=0)))
    with pytest.raises(UnableToRecordAccounts, match="untied") as refusal:
        import_accounts(application=company, upload=upload, actor=investigator, business_date=TODAY)
    assert [fault.code for fault in refusal.value.faults] == ["cash"]
    assert not AnnualAccounts.objects.exists()


LINE: Callable[[Any], Rows] = lambda amount: [["Line", 2025], ["Cash", amount]]  # noqa: E731 -- a row of a table


@pytest.mark.parametrize(
    ("sheets", "cell", "words"),
    [
        ({"Accounts": LINE(5), "Kasse": [["Zeile", 2025], ["Anfang", 3]]}, "Kasse!A1", "The sheet “Kasse” holds no line of the accounts."),
        ({"Accounts": LINE(5), "More": LINE(6)}, "More!B2", "Cash of 2025 stands in Accounts!B2 as well."),
        ({"Accounts": LINE("=1+1")}, "B2", NO_RESULT),
        ({"Accounts": [["Line", "=2024+1"], ["Cash", 5]]}, "B1", NO_RESULT),
        ({"Accounts": [["Line", 2025, None], ["Cash", 5, 4]]}, "C1", "The column has entries and no year"),
        ({"Accounts": [["Line", 2025], ["Cash", 5, 4]]}, "C1", "The column has entries and no year"),
        ({"Accounts": [["Line", *range(2025, 2013, -1)], ["Cash", *range(12)]]}, "M1", "Nothing is read past row 200 and 11 years."),
        ({"Accounts": [*LINE(5), *([[None]] * 198), ["Equity", 7]]}, "A201", "Nothing is read past row 200"),
        ({"Accounts": [*LINE(5), [None, 7]]}, "A3", "The row has amounts and no name."),
    ],
)
def test_what_would_be_lost_is_refused_by_its_cell(sheets: Mapping[str, Rows], cell: str, words: str) -> None:
    found = told(workbook(sheets))
    assert len(found) == 1 and found[0][0] == cell and found[0][1].startswith(words)


def test_a_text_is_held_to_the_same() -> None:
    long = "Line;2025\ncash;5\n" + "\n" * 198 + "equity;7\n"
    wide = "Line;" + ";".join(str(2025 - back) for back in range(12)) + "\ncash;5\n"
    assert [told(text.encode(), "a.csv")[0][0] for text in (long, wide, "Line;2025\ncash;5;4\n")] == ["A201", "M1", "C1"]


def test_a_sheet_that_reaches_to_the_end_of_the_earth_is_not_walked_through() -> None:
    book = Workbook()
    book.active.append(["Line", 2025])
    for row in range(2, 260):
        book.active.cell(row, 16_384, 1)
    kept = io.BytesIO()
    book.save(kept)
    assert told(kept.getvalue()) == [("", "The table reaches too far to the right or down. Keep only the accounts.")]
