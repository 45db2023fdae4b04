"""A credit bureau's report: what is read of it, and what makes it unusable. Pure.

Shape of a report, as JSON: {"report": "SB-1", "as_of": "2026-02-27", "subject": {"name": text, "birth_date": "1986-05-04", "address": {…}},
"worst_dpd": days, "enquiries_6m": count, "accounts": [{"lender": text, "outstanding": "9000.00", "monthly_payment": "300.00", "dpd":
days}]}. Amounts are texts in the currency of the application, without exponents and with no more decimals than it has; a company's subject
has no birth_date. The registered address may be missing; where it is there, it is {"line1": text, "postcode": text, "city": text,
"country": "DE"}. The day is that of the calendar at the latest.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from core.money import MoneyError, parse_amount
from risk.domain.addresses import Place
from risk.domain.affordability import step_of

MOST_BYTES = 1 << 20
MOST_ACCOUNTS = 500
MOST_DAYS = 20_000
LONGEST_AGE = timedelta(days=30)
LIMIT = Decimal(10) ** 15
# How long to wait after the first, second, third attempt; after the last the report has failed.
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
GIVE_UP_AFTER = timedelta(hours=24)
# The circuit: after so many failures in a row nobody is asked for a while; then one enquiry tries again.
FAILURES_TO_OPEN = 5
OPEN_FOR = timedelta(minutes=5)
# How long an answer of tomorrow waits before it is read again.
READ_AGAIN = timedelta(hours=1)


class Unusable(ValueError):
    """The answer is no report; the text says why, for people."""


class Ahead(Unusable):
    """The report is of a day that has not come yet; `by_a_day` says that it is tomorrow's, as where the bureau's clock is ahead of ours."""

    def __init__(self, as_of: date, *, by_a_day: bool) -> None:
        super().__init__(f"The report is of {as_of:%d %b %Y}, a day that has not come yet.")
        self.by_a_day = by_a_day


@dataclass(frozen=True)
class ReportedAccount:
    """One credit elsewhere. Amounts in the currency of the application, days past due now."""

    lender: str
    outstanding: Decimal
    monthly_payment: Decimal
    dpd: int


@dataclass(frozen=True)
class Report:
    """A usable report."""

    number: str
    as_of: date
    name: str
    birth_date: date | None
    worst_dpd: int
    enquiries: int
    accounts: tuple[ReportedAccount, ...]
    address: Place | None = None

    def facts(self) -> dict[str, Decimal | int]:
        """What the report says, under the codes of the catalogue."""
        return {
            "bureau_worst_dpd": self.worst_dpd,
            "bureau_enquiries": self.enquiries,
            "total_debt": sum((account.outstanding for account in self.accounts), Decimal(0)),
            "monthly_obligations": sum((account.monthly_payment for account in self.accounts), Decimal(0)),
        }


def read_report(payload: bytes, *, on: date, today: date | None = None, currency: str = "") -> Report:
    """The report in an answer. Nothing is guessed: a wrong type, a missing field, a date ahead or long past is Unusable; one that is ahead
    Ahead.

    Amounts are taken to the smallest of their `currency`; how they are written is asked when a report comes in (`check_written`).
    `on` is the business day, `today` that of the calendar where it may be later: a bureau knows nothing of a close that failed.
    """
    if len(payload) > MOST_BYTES:
        raise Unusable("The answer is larger than a report can be.")
    try:
        data = json.loads(payload, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unusable("The answer is no JSON that can be read.") from None
    if not isinstance(data, dict):
        raise Unusable("The answer is no report.")
    subject, rows = data.get("subject"), data.get("accounts")
    if not isinstance(subject, dict):
        raise Unusable("The report does not say whom it is about.")
    if not isinstance(rows, list) or len(rows) > MOST_ACCOUNTS or not all(isinstance(row, dict) for row in rows):
        raise Unusable("The report's list of accounts cannot be read.")
    as_of, latest = _day(data, "as_of"), max(on, today or on)
    if as_of > latest:
        raise Ahead(as_of, by_a_day=as_of - latest <= timedelta(days=1))
    if as_of < on - LONGEST_AGE:
        raise Unusable(f"The report is of {as_of:%d %b %Y}, which is not within thirty days.")
    step = step_of(currency)
    accounts = tuple(
        ReportedAccount(_text(row, "lender"), _amount(row, "outstanding", step), _amount(row, "monthly_payment", step), _whole(row, "dpd"))
        for row in rows
    )
    return Report(
        number=_text(data, "report"),
        as_of=as_of,
        name=_text(subject, "name"),
        birth_date=_day(subject, "birth_date") if subject.get("birth_date") else None,
        worst_dpd=_whole(data, "worst_dpd"),
        enquiries=_whole(data, "enquiries_6m"),
        accounts=accounts,
        address=_place(subject["address"]) if subject.get("address") is not None else None,
    )


def check_consistent(report: Report) -> None:
    """Whether a report agrees with itself, asked when it comes in: one in a file is read as it is. Raises Unusable."""
    latest = max((account.dpd for account in report.accounts), default=0)
    if latest > report.worst_dpd:
        raise Unusable(f"The report contradicts itself: {report.worst_dpd} days late at worst, and an account is {latest} days late now.")


def check_written(payload: bytes, currency: str) -> None:
    """Whether a report that can be read says each thing once, and its amounts are written out, in no more decimals than their currency has:
    none of it is cut, and none is one of two answers. Asked when it comes in. Raises Unusable.
    """
    for row in json.loads(payload, object_pairs_hook=_each_once)["accounts"]:
        for name in ("outstanding", "monthly_payment"):
            try:
                parse_amount(row[name], currency, positive=False)
            except MoneyError as error:
                raise Unusable(f"The report's “{name}” cannot be taken as it is written. {error}") from None


def paid_in_a_year(monthly: Decimal | int) -> Decimal:
    """What a company pays its lenders in a year by what a report says of a month, in the application's currency."""
    return Decimal(monthly) * 12


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts; None when it was the last."""
    return WAITS[attempts - 1] if attempts <= len(WAITS) else None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which every name stands once: whoever read the last of two would believe what another reads otherwise."""
    named: dict[str, Any] = {}
    for name, value in pairs:
        if name in named:
            raise Unusable(f"The report says “{_short(name)}” twice.")
        named[name] = value
    return named


def _short(name: str) -> str:
    """A name of the bureau's as much of it as can be printed."""
    return "".join(letter for letter in name if letter.isprintable())[:40] or "a name"


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 160:
        raise Unusable(f"The report's “{name}” is no text.")
    text = " ".join(value.split())
    # No database keeps a NUL or half a pair of surrogates, and nobody reads a control character.
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise Unusable(f"The report's “{name}” has characters that cannot be printed.")
    return text


def _place(row: Any) -> Place:
    if not isinstance(row, dict):
        raise Unusable("The report's address cannot be read.")
    line, postcode, city, country = (_text(row, name) for name in ("line1", "postcode", "city", "country"))
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        raise Unusable("The report's “country” is not two letters.")
    return Place(line, postcode, city, country.upper())


def _whole(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_DAYS:
        raise Unusable(f"The report's “{name}” is no whole number from 0.")
    return value


def _amount(row: Mapping[str, Any], name: str, step: Decimal) -> Decimal:
    value = row.get(name)
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < LIMIT:
        raise Unusable(f"The report's “{name}” is no amount from 0, written as text.")
    return amount.quantize(step)


def _day(row: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(row.get(name)))
    except ValueError:
        raise Unusable(f"The report's “{name}” is no date.") from None
