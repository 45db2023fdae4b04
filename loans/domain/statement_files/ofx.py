"""OFX, in its SGML form (1.x) and its XML form (2.x)."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from ofxtools.header import OFXHeaderError
from ofxtools.Parser import OFXTree

from core.money import MoneyError
from loans.domain.statement_files.parts import Booking, FileRefused, Statement, StatementFile, account_number, amount_of, day_of, shortened
from loans.domain.statement_kinds import merchant_code, telling_code

_BOOKING = re.compile(rb"<STMTTRN>")


def read_ofx(content: bytes) -> StatementFile:
    """The bank and card statements of a file. Raises FileRefused: `not_ofx`."""
    tree = OFXTree()
    try:
        root: Any = tree.parse(BytesIO(content))
    except (OFXHeaderError, ParseError, ValueError, LookupError, AssertionError) as error:
        raise FileRefused("not_ofx", "The file does not read as OFX: its header or its elements are malformed.") from error
    file = StatementFile("OFX")
    lines = iter(_lines(content))
    for found in root.iter():
        if found.tag in ("STMTRS", "CCSTMTRS"):
            _statement(found, lines, file)
    if not file.statements:
        raise FileRefused("not_ofx", "The file has no statement of an account.")
    return file


def _statement(found: Any, lines: Any, file: StatementFile) -> None:
    account = found.find("BANKACCTFROM") if found.tag == "STMTRS" else found.find("CCACCTFROM")
    number = account_number((account.findtext("ACCTID") or "") if account is not None else "")
    currency = (found.findtext("CURDEF") or "").strip()
    statement = Statement(number, currency, 1)
    listed = found.find("BANKTRANLIST")
    if listed is not None:
        statement.first_day, statement.last_day = (_day_of((listed.findtext(name) or "").strip()) for name in ("DTSTART", "DTEND"))
    for row in found.iter("STMTTRN"):
        line = next(lines, 1)
        file.lines += 1
        try:
            statement.bookings.append(_booking(row, currency, line))
        except (MoneyError, ValueError) as error:
            file.fault(line, str(error))
    file.statements.append(statement)


def _booking(row: Any, currency: str, line: int) -> Booking:
    def value(name: str) -> str:
        return (row.findtext(name) or "").strip()

    if (day := _day_of(value("DTPOSTED"))) is None:
        raise ValueError("The line has no date, or one that is none.")
    # OFX allows a comma and a leading plus in amounts; separators of thousands it does not.
    amount = amount_of(value("TRNAMT").removeprefix("+").replace(",", "."), currency)
    return Booking(
        line=line,
        day=day,
        amount=amount,
        text=shortened(value("NAME") or (row.findtext("PAYEE/NAME") or ""), value("MEMO")),
        # What OFX calls the industry of a payee is the category of the merchant, in the files of banks and of card companies.
        kind=telling_code(merchant_code(value("SIC")), value("TRNTYPE")[:20]),
        own_id=value("FITID"),
        traits="|".join((value("CHECKNUM"), value("REFNUM"), value("NAME"), value("MEMO"))),
    )


def _day_of(text: str) -> date | None:
    """The day of a moment as OFX writes it, YYYYMMDD and whatever follows."""
    return day_of(f"{text[:4]}-{text[4:6]}-{text[6:8]}") if re.match(r"[0-9]{8}", text) else None


def _lines(content: bytes) -> list[int]:
    """The line on which each booking begins."""
    lines, line, before = [], 1, 0
    for found in _BOOKING.finditer(content):
        line += content.count(b"\n", before, found.start())
        before = found.start()
        lines.append(line)
    return lines
