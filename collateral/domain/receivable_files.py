"""Files of receivables: one invoice or contract a line, checked like one that is typed in. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from collateral.domain.asset_facts import Asked, check_facts
from collateral.domain.tables import Line, Refusal, UnreadableTable, UnusableLine, read_table
from core.money import MoneyError, check_amount

NEEDED = ("debtor_name", "invoice_number", "nominal", "currency", "issued_date", "due_date")
OPTIONAL = ("debtor_number",)
MAX_LINES = 100_000


@dataclass(frozen=True)
class ReceivableLine:
    """A line that can be used: its number in the file, and the facts of a receivable."""

    number: int
    facts: dict[str, Any]


def read_receivables(stream: BinaryIO, *, currency: str, on: date) -> Iterator[ReceivableLine | Refusal]:
    """The lines of a file one at a time, in its order; amounts have to be in the asset's `currency`.

    Refused: what is no amount or day, another currency, an invoice of the future, one due before it was issued.
    Raises UnreadableTable: the header does not name what is needed, the file is no text or holds more than 100,000 lines.
    """
    for count, line in enumerate(read_table(stream, needed=NEEDED), start=1):
        if count > MAX_LINES:
            raise UnreadableTable(f"The file has more than {MAX_LINES:,} lines. Split it.")
        try:
            yield ReceivableLine(line.number, _facts(line, currency, on))
        except UnusableLine as fault:
            yield Refusal(line.number, str(fault))


def _facts(line: Line, currency: str, on: date) -> dict[str, Any]:
    found: dict[str, Any] = {
        "debtor_name": line.text("debtor_name", most=160),
        "debtor_number": (line.values.get("debtor_number") or "").strip(),
        "invoice_number": line.text("invoice_number", most=60),
        "nominal": line.amount("nominal", most=Decimal("1e12")),
        "issued_date": line.day("issued_date"),
        "due_date": line.day("due_date"),
    }
    written = line.text("currency", most=3).upper()
    if written != currency:
        raise UnusableLine(f"the amount is in {written}; the receivables are kept in {currency}")
    try:
        check_amount(found["nominal"], currency)
    except MoneyError as error:
        raise UnusableLine(f"nominal {found['nominal']}: {error}") from error
    if faults := check_facts("RECEIVABLES", found, Asked(on, currency)):
        raise UnusableLine(faults[0].detail)
    return found
