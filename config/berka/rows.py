"""The rows of the data set: what each file says, typed. A line that cannot be used raises BadRow with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.berka.codes import category_of, is_credit

_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,2})?")


class BadRow(ValueError):
    """The line cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class District:
    number: int
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Client:
    number: int
    birth_number: str
    birth_date: date
    district: int


@dataclass(frozen=True, slots=True)
class Account:
    number: int
    district: int
    opened_date: date


@dataclass(frozen=True, slots=True)
class Disposition:
    """Who may dispose of an account; one of them owns it."""

    client: int
    account: int
    owns: bool


@dataclass(frozen=True, slots=True)
class Order:
    number: int
    account: int
    payee_account: str
    amount: Decimal
    category: str


@dataclass(frozen=True, slots=True)
class PastLoanRow:
    """A granted loan. `status`: A finished and paid, B finished and not paid, C running and fine, D running and in debt."""

    number: int
    account: int
    granted_date: date
    amount: Decimal
    months: int
    instalment: Decimal
    status: str

    @property
    def is_bad(self) -> bool:
        return self.status in ("B", "D")


@dataclass(frozen=True, slots=True)
class Transaction:
    """One booking: `amount` credit positive, debit negative."""

    number: int
    account: int
    day: date
    amount: Decimal
    balance: Decimal
    category: str
    text: str
    counterparty: str


Raw = dict[str, str]


def district(raw: Raw) -> District:
    """Read a district: number, name, region."""
    return District(_whole(raw, "A1"), _words(raw, "A2"), _words(raw, "A3"))


def client(raw: Raw) -> Client:
    """Read a client. A birth number tells a woman by 50 added to the month."""
    text = raw["birth_number"]
    if not re.fullmatch(r"\d{6}", text):
        raise BadRow(f"birth_number {text!r} is not six digits")
    month = int(text[2:4])
    try:
        born = date(1900 + int(text[:2]), month - 50 if month > 50 else month, int(text[4:]))
    except ValueError:
        raise BadRow(f"birth_number {text!r} holds no day") from None
    return Client(_whole(raw, "client_id"), text, born, _whole(raw, "district_id"))


def account(raw: Raw) -> Account:
    """Read an account."""
    return Account(_whole(raw, "account_id"), _whole(raw, "district_id"), _day(raw["date"], "date"))


def disposition(raw: Raw) -> Disposition:
    """Read who may dispose of an account."""
    if raw["type"] not in ("OWNER", "DISPONENT"):
        raise BadRow(f"type {raw['type']!r} is neither OWNER nor DISPONENT")
    return Disposition(_whole(raw, "client_id"), _whole(raw, "account_id"), raw["type"] == "OWNER")


def order(raw: Raw) -> Order:
    """Read a standing order."""
    payee = f"{raw['bank_to'].strip()} {raw['account_to'].strip()}".strip()
    amount = _amount(raw, "amount")
    if amount <= 0:
        raise BadRow(f"amount {amount} is not more than zero")
    return Order(_whole(raw, "order_id"), _whole(raw, "account_id"), payee, amount, category_of("PREVOD NA UCET", raw["k_symbol"]))


def past_loan(raw: Raw) -> PastLoanRow:
    """Read a loan with how it ended."""
    if raw["status"] not in ("A", "B", "C", "D"):
        raise BadRow(f"status {raw['status']!r} is none of A, B, C, D")
    amount, months = _amount(raw, "amount"), _whole(raw, "duration")
    if amount <= 0 or months <= 0:
        raise BadRow("amount and duration have to be more than zero")
    return PastLoanRow(
        number=_whole(raw, "loan_id"),
        account=_whole(raw, "account_id"),
        granted_date=_day(raw["date"], "date"),
        amount=amount,
        months=months,
        instalment=_amount(raw, "payments"),
        status=raw["status"],
    )


def transaction(raw: Raw) -> Transaction:
    """Read a booking, with its sign."""
    amount = _amount(raw, "amount")
    if amount < 0:
        raise BadRow(f"amount {amount} is negative; the type tells the direction")
    credit = is_credit(raw["type"])
    if credit is None:
        raise BadRow(f"type {raw['type']!r} is not known")
    return Transaction(
        number=_whole(raw, "trans_id"),
        account=_whole(raw, "account_id"),
        day=_day(raw["date"], "date"),
        amount=amount if credit else -amount,
        balance=_amount(raw, "balance"),
        category=category_of(raw["operation"], raw["k_symbol"]),
        text=" ".join(f"{raw['operation']} {raw['k_symbol']}".split()),
        counterparty=f"{raw['bank'].strip()} {raw['account'].strip()}".strip(),
    )


def _whole(raw: Raw, name: str) -> int:
    text = raw[name].strip()
    if not (text.isascii() and text.isdigit()):
        raise BadRow(f"{name} {text!r} is not a whole number")
    return int(text)


def _words(raw: Raw, name: str) -> str:
    text = raw[name].strip()
    if not text:
        raise BadRow(f"{name} is empty")
    return text[:80]


def _amount(raw: Raw, name: str) -> Decimal:
    text = raw[name].strip()
    if not _AMOUNT.fullmatch(text):
        raise BadRow(f"{name} {text!r} is not an amount")
    return Decimal(text)


def _day(text: str, name: str) -> date:
    """YYMMDD of the twentieth century."""
    try:
        if not re.fullmatch(r"\d{6}", text):
            raise ValueError
        return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise BadRow(f"{name} {text!r} is not a day as YYMMDD") from None
