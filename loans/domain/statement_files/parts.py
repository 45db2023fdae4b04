"""What every format is read into."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from core.money import MoneyError, is_currency, parse_amount, to_text

MAX_FAULTS = 200
MAX_TEXT = 140
_ACCOUNT = re.compile(r"[^0-9A-Za-z]")


class FileRefused(ValueError):
    """The file as a whole is refused; `code` says why, the message is for people, `line` is where it stopped being readable."""

    def __init__(self, code: str, message: str, line: int = 1) -> None:
        self.code = code
        self.line = line
        super().__init__(message)


@dataclass(frozen=True)
class Booking:
    """One line of a statement: credit positive, debit negative, in the currency of its statement.

    `own_id` is the bank's id of the line when it has one that is unique in the account; else `traits` tell it apart.
    """

    line: int
    day: date
    amount: Decimal
    text: str = ""
    kind: str = ""
    own_id: str = ""
    traits: str = ""
    counterparty: str = ""
    balance: Decimal | None = None


@dataclass(frozen=True)
class LineFault:
    """A line that could not be taken."""

    line: int
    detail: str


@dataclass
class Statement:
    """One account over some days. Where the file gives them, `opening` and `closing` are its balances, `first_day` and `last_day` the days
    it says to cover, and `owner` is the holder. `reconciles` is whether its lines lead from the one balance to the other.
    """

    account: str
    currency: str
    line: int
    bookings: list[Booking] = field(default_factory=list)
    opening: Decimal | None = None
    closing: Decimal | None = None
    first_day: date | None = None
    last_day: date | None = None
    owner: str = ""
    reconciles: bool = True

    def days(self) -> tuple[date, date] | None:
        """The first and the last day it tells of, by its own word or else by its lines; None of a statement that tells of none."""
        told = [*(booking.day for booking in self.bookings), *(day for day in (self.first_day, self.last_day) if day)]
        return (min(told), max(told)) if told else None


@dataclass
class StatementFile:
    """A file that was read."""

    format: str
    statements: list[Statement] = field(default_factory=list)
    faults: list[LineFault] = field(default_factory=list)
    lines: int = 0

    def fault(self, line: int, detail: str) -> None:
        self.faults.append(LineFault(line, detail))

    def check_balances(self) -> None:
        """Say of each statement whose lines do not lead from its opening to its closing balance that it is so. Where they do, each line has
        the balance after it.
        """
        for statement in self.statements:
            if statement.opening is None or statement.closing is None:
                continue
            reached = statement.opening + sum((booking.amount for booking in statement.bookings), Decimal(0))
            if reached != statement.closing:
                statement.reconciles = False
                shown = to_text(reached, statement.currency), to_text(statement.closing, statement.currency)
                self.fault(statement.line, f"The lines lead to {shown[0]} {statement.currency}, the statement closes with {shown[1]}.")
            else:
                _state_balances(statement, statement.opening)


def _state_balances(statement: Statement, opening: Decimal) -> None:
    """The balance after each line, day by day whichever way the file runs, in the order of the file within a day."""
    held = opening
    for place in sorted(range(len(statement.bookings)), key=lambda at: statement.bookings[at].day):
        booking = statement.bookings[place]
        held += booking.amount
        statement.bookings[place] = replace(booking, balance=held)


def account_number(text: str) -> str:
    """An account number without spaces and marks, upper case, at most 42 characters."""
    return _ACCOUNT.sub("", text).upper()[:42]


def day_of(text: str) -> date | None:
    """The day that a date or a moment in ISO 8601 begins with; None where it is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def amount_of(text: str, currency: str) -> Decimal:
    """An exact amount, never rounded. Raises MoneyError."""
    if not is_currency(currency):
        raise MoneyError("unknown_currency", f"{currency[:10]!r} is not a currency code.")
    return parse_amount(text, currency, positive=False)


def shortened(*parts: str) -> str:
    """One line of text of what a bank wrote."""
    return " ".join(" ".join(part for part in parts if part).split())[:MAX_TEXT]
