"""SWIFT MT940, message by message: one that does not read spoils none of the others."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from mt940 import Options
from mt940.models import Transactions

from core.money import MoneyError, is_currency
from loans.domain.statement_files.parts import Booking, FileRefused, Statement, StatementFile, account_number, amount_of, shortened
from loans.domain.statement_kinds import gvc_code, telling_code

_MESSAGE = re.compile(r"^:20:", re.MULTILINE)
_BOOKING = re.compile(r"^:61:", re.MULTILINE)
# Money that is taken back (RC) went out, and the account of the other side is no part of its name.
_OPTIONS = Options(reversal_sign=True, applicant_iban=True)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")


def read_mt940(content: bytes) -> StatementFile:
    """The statements of a file of messages. Raises FileRefused: `not_mt940`."""
    text = _decode(content)
    starts = [found.start() for found in _MESSAGE.finditer(text)]
    if not starts:
        raise FileRefused("not_mt940", "The file has no MT940 message.")
    file = StatementFile("MT940")
    line, before = 1, 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line += text.count("\n", before, start)
        before = start
        _message(text[start:end], line, file)
    file.check_balances()
    return file


def _message(text: str, line: int, file: StatementFile) -> None:
    lines = [line + text.count("\n", 0, found.start()) for found in _BOOKING.finditer(text)]
    file.lines += len(lines)
    read = Transactions(options=_OPTIONS)
    try:
        read.parse(text)
    except (ValueError, RuntimeError, TypeError, AttributeError, KeyError, IndexError, ArithmeticError):
        # The library answers a message it cannot read with whatever its own reading ran into.
        return file.fault(line, "This message does not read as MT940.")
    account = account_number(str(read.data.get("account_identification") or "").rpartition("/")[2])
    currency = _currency(read)
    if not account or not is_currency(currency):
        return file.fault(line, "The message does not name its account and currency.")
    bookings = [row for row in read.transactions if row.data.get("amount") is not None]
    if len(bookings) != len(lines):
        return file.fault(line, f"The message has {len(lines)} lines, of which {len(bookings)} read; none is taken.")
    statement = Statement(account, currency, line, opening=_balance(read, "opening"), closing=_balance(read, "closing"))
    statement.last_day = _closing_day(read)
    file.statements.append(statement)
    for row, at in zip(bookings, lines, strict=True):
        try:
            statement.bookings.append(_booking(row.data, currency, at))
        except MoneyError as error:
            file.fault(at, str(error))
    return None


def _booking(data: dict[str, Any], currency: str, line: int) -> Booking:
    day = data["entry_date"] if data.get("entry_date") else data["date"]
    name, said = str(data.get("applicant_name") or ""), str(data.get("purpose") or data.get("transaction_details") or "")
    other = str(data.get("applicant_iban") or "")
    number = account_number(other)
    references = (data.get("customer_reference"), data.get("bank_reference"), data.get("end_to_end_reference"))
    return Booking(
        line=line,
        day=date(day.year, day.month, day.day),
        amount=amount_of(format(data["amount"].amount, "f"), currency),
        text=shortened(name, said),
        kind=_kind(data),
        traits="|".join([str(part or "").strip() for part in references] + [shortened(other + name, said)]),
        # The number of an account without its bank may be that of many.
        counterparty=number if _IBAN.fullmatch(number) else "",
    )


def _kind(data: dict[str, Any]) -> str:
    """By the German code of a structured field 86, the purpose in it, or the transaction type of field 61, whichever tells."""
    gvc = gvc_code(str(data.get("transaction_code") or ""))
    return telling_code(gvc, str(data.get("purpose_code") or "").strip()[:20], str(data.get("id") or "")[-3:].strip())


def _currency(read: Transactions) -> str:
    for name in ("final_opening_balance", "final_closing_balance", "intermediate_opening_balance", "available_balance"):
        balance = read.data.get(name)
        if balance is not None and balance.amount is not None:
            return str(balance.amount.currency or "")
    return str(next((row.data["amount"].currency for row in read.transactions if row.data.get("amount") is not None), ""))


def _balance(read: Transactions, side: str) -> Decimal | None:
    balance = read.data.get(f"final_{side}_balance")
    return None if balance is None or balance.amount is None else Decimal(balance.amount.amount)


def _closing_day(read: Transactions) -> date | None:
    balance = read.data.get("final_closing_balance")
    day = None if balance is None else balance.date
    return None if day is None else date(day.year, day.month, day.day)


def _decode(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
