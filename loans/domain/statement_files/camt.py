"""CAMT.053 (ISO 20022, versions 2 to 13), entry by entry, so that a large file does not stand in memory as a tree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from core.money import MoneyError
from loans.domain.statement_files.parts import Booking, FileRefused, Statement, StatementFile, account_number, amount_of, day_of, shortened
from loans.domain.statement_kinds import gvc_code, is_telling, merchant_code, telling_code

_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
# Who issues the transaction codes of German banks.
_GERMAN = ("DK", "ZKA")


def read_camt(content: bytes) -> StatementFile:
    """The statements of a bank-to-customer statement. Raises FileRefused: `dtd_forbidden`, `not_xml`, `not_camt053`."""
    builder = _Builder()
    # DTDs, entities and anything external are refused by the parser itself.
    parser = DefusedXMLParser(target=builder, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    builder.source = parser
    try:
        for start in range(0, len(content), 1 << 16):
            parser.feed(content[start : start + (1 << 16)])
        parser.close()
    except DefusedXmlException as error:
        raise FileRefused("dtd_forbidden", "A statement may not carry a document type or entities of its own.") from error
    except ParseError as error:
        raise FileRefused("not_xml", "The file is not well-formed XML.", error.position[0]) from error
    except (LookupError, ValueError) as error:
        raise FileRefused("not_xml", "The file is not in the encoding it names.") from error
    if not builder.file.statements:
        raise FileRefused("not_camt053", "The XML is not a CAMT.053 statement.")
    builder.file.check_balances()
    return builder.file


class _Builder(TreeBuilder):
    """Builds one entry at a time, notes the line where it began, reads it and lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.source: Any = None
        self.file = StatementFile("CAMT.053")
        self.is_camt = False
        self.statement: Statement | None = None
        self.lines: list[int] = []

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self.lines.append(self.source.parser.CurrentLineNumber)
        name = tag.rpartition("}")[2]
        if name == "BkToCstmrStmt":
            self.is_camt = True
        elif name == "Stmt" and self.is_camt:
            self.statement = Statement(account="", currency="", line=self.lines[-1])
            self.file.statements.append(self.statement)
        return super().start(name, attrs)

    def end(self, tag: str) -> Element:
        element = super().end(tag.rpartition("}")[2])
        line = self.lines.pop()
        if self.statement is not None:
            if element.tag == "Acct" and not self.statement.account:
                self._account(element, self.statement)
            elif element.tag == "FrToDt":
                self._period(element, self.statement)
            elif element.tag == "Bal":
                self._balance(element, self.statement)
            elif element.tag == "Ntry":
                self._entry(element, line, self.statement)
                element.clear()
            elif element.tag == "Stmt":
                self.statement = None
                element.clear()
        return element

    def _account(self, element: Element, statement: Statement) -> None:
        statement.account = account_number(_text(element, "Id/IBAN") or _text(element, "Id/Othr/Id"))
        statement.currency = _text(element, "Ccy")
        statement.owner = shortened(_text(element, "Ownr/Nm") or _text(element, "Nm"))

    def _period(self, element: Element, statement: Statement) -> None:
        first, last = (_text(element, name) for name in ("FrDtTm", "ToDtTm"))
        statement.first_day = day_of(first or _text(element, "FrDt"))
        statement.last_day = day_of(last or _text(element, "ToDt"))

    def _balance(self, element: Element, statement: Statement) -> None:
        kind, amount = _text(element, "Tp/CdOrPrtry/Cd"), element.find("Amt")
        if amount is None or kind not in _OPENING + _CLOSING:
            return
        currency = amount.get("Ccy", "")
        statement.currency = statement.currency or currency
        try:
            value = _signed(element, amount_of((amount.text or "").strip(), currency))
        except MoneyError:
            return
        if currency == statement.currency and kind in _CLOSING:
            statement.closing = value
            statement.last_day = statement.last_day or day_of(_text(element, "Dt/Dt") or _text(element, "Dt/DtTm"))
        elif currency == statement.currency and statement.opening is None:
            statement.opening = value

    def _entry(self, entry: Element, line: int, statement: Statement) -> None:
        self.file.lines += 1
        status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
        amount = entry.find("Amt")
        currency = amount.get("Ccy", "") if amount is not None else ""
        statement.currency = statement.currency or currency
        if status and status != "BOOK":
            return self.file.fault(line, f"The entry is not booked ({status[:4]}).")
        if currency != statement.currency:
            return self.file.fault(line, f"The entry is in {currency[:3] or 'no currency'}, the account in {statement.currency}.")
        try:
            value = _signed(entry, amount_of((amount.text or "").strip() if amount is not None else "", currency))
            day = _day(entry)
        except ValueError as error:
            return self.file.fault(line, str(error))
        own = _text(entry, "AcctSvcrRef")
        debtor = "Cdtr" if value < 0 else "Dbtr"
        details = entry.find("NtryDtls/TxDtls")
        other = details if details is not None else entry
        text = shortened(
            _text(other, f"RltdPties/{debtor}/Nm") or _text(other, f"RltdPties/{debtor}/Pty/Nm"),
            *(part.text or "" for part in other.iterfind("RmtInf/Ustrd")),
            _text(entry, "AddtlNtryInf"),
        )
        counterparty = account_number(_text(other, f"RltdPties/{debtor}Acct/Id/IBAN"))
        traits = "|".join((own, _text(entry, "NtryRef"), _text(other, "Refs/EndToEndId"), text))
        statement.bookings.append(Booking(line, day, value, text, kind=_kind(entry, other), traits=traits, counterparty=counterparty))
        return None


def _kind(entry: Element, other: Element) -> str:
    """By what tells most: that it was returned, whose merchant was paid, the purpose, the bank's code, and one of its own."""
    own = _text(entry, "BkTxCd/Prtry/Cd")
    family = _text(entry, "BkTxCd/Domn/Fmly/Cd")
    returned = "RRTN" if other.find("RtrInf") is not None else ""
    merchants = (element.text or "" for found in (other, entry) for element in found.iterfind("CardTx/Tx/*/TxCtgy"))
    merchant = next((code for text in merchants if (code := merchant_code(text))), "")
    return telling_code(
        returned,
        merchant,
        _text(other, "Purp/Cd"),
        _text(entry, "BkTxCd/Domn/Fmly/SubFmlyCd"),
        # That it is of a family says less than that it is none of the kinds within it.
        family if is_telling(family) else "",
        gvc_code(own) if "+" in own or _text(entry, "BkTxCd/Prtry/Issr") in _GERMAN else own if is_telling(own) else "",
    )[:20]


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _day(entry: Element) -> date:
    text = _text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm") or _text(entry, "ValDt/Dt") or _text(entry, "ValDt/DtTm")
    if (day := day_of(text)) is None:
        raise ValueError("The entry has no booking date.")
    return day


def _signed(element: Element, amount: Decimal) -> Decimal:
    side = _text(element, "CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise MoneyError("form", "The entry does not say whether it is a credit or a debit.")
    return amount if side == "CRDT" else -amount
