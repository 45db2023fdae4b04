"""CSV in our own form: a header of known columns, one booking a line.

Columns: `date` (YYYY-MM-DD), `amount` (decimal point, debit negative), `currency`; optional `account`, `id`, `text`,
`counterparty`, `balance`, and `code`: what the payment is for, in one of our words or a code of ISO 20022. Separated by commas or
semicolons, UTF-8.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date

from core.money import MoneyError
from loans.domain.statement_files.parts import Booking, FileRefused, Statement, StatementFile, account_number, amount_of, shortened
from loans.domain.statement_kinds import typed_code

NEEDED = ("date", "amount", "currency")
KNOWN = (*NEEDED, "account", "id", "text", "counterparty", "balance", "code")


def read_csv(content: bytes) -> StatementFile:
    """The bookings of a file, one statement per account and currency. Raises FileRefused: `not_text`, `columns`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("not_text", "The file is not a statement in CAMT.053, MT940 or OFX, and not a CSV file in UTF-8.") from error
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        _check_columns(names)
        file = StatementFile("CSV")
        for row in rows:
            if row:
                _take(row, names, rows.line_num, file)
        _balances(file)
    except csv.Error as error:
        raise FileRefused("not_csv", "The file does not read as CSV.", rows.line_num) from error
    return file


def _check_columns(names: list[str]) -> None:
    unknown = [name[:30] for name in names if name not in KNOWN]
    missing = [name for name in NEEDED if name not in names]
    if missing or unknown or len(set(names)) != len(names):
        said = f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        raise FileRefused("columns", f"The first line has to name the columns {', '.join(KNOWN)} ({said}).")


def _take(row: list[str], names: list[str], line: int, file: StatementFile) -> None:
    file.lines += 1
    if len(row) != len(names):
        return file.fault(line, f"The line has {len(row)} fields, the header {len(names)}.")
    value = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
    currency = value["currency"]
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value["date"]):
            raise ValueError("Write the date as YYYY-MM-DD.")
        booking = Booking(
            line=line,
            day=_day(value["date"]),
            amount=amount_of(value["amount"], currency),
            text=shortened(value.get("text", "")),
            kind=typed_code(value.get("code", "")),
            own_id=value.get("id", ""),
            traits=value.get("text", ""),
            counterparty=account_number(value.get("counterparty", "")),
            balance=amount_of(value["balance"], currency) if value.get("balance") else None,
        )
    except (MoneyError, ValueError) as error:
        return file.fault(line, str(error))
    account = account_number(value.get("account", ""))
    for statement in file.statements:
        if (statement.account, statement.currency) == (account, currency):
            statement.bookings.append(booking)
            break
    else:
        file.statements.append(Statement(account, currency, line, [booking]))
    return None


def _balances(file: StatementFile) -> None:
    """The balances before and after the lines of each account, where each line has one and they follow from one another, in whichever order
    the lines stand.
    """
    for statement in file.statements:
        for rows in (statement.bookings, statement.bookings[::-1]):
            held = [row.balance for row in rows if row.balance is not None]
            if len(held) == len(rows) and all(held[n] == held[n - 1] + rows[n].amount for n in range(1, len(rows))):
                statement.opening, statement.closing = held[0] - rows[0].amount, held[-1]
                break


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no day of the calendar.") from None
