"""What speaks for fraud in an application: the rules, and what cannot be true together. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from anyascii import anyascii

from core.written_number import read_number
from risk.domain.fraud_settings import Thresholds


class Rule(StrEnum):
    """Why a file was marked."""

    PHONE = "PHONE"
    ADDRESS = "ADDRESS"
    DEVICE = "DEVICE"
    PAYEE = "PAYEE"
    ACCOUNT = "ACCOUNT"
    EMPLOYER = "EMPLOYER"
    DOCUMENT = "DOCUMENT"
    NETWORK = "NETWORK"
    NAME = "NAME"
    VELOCITY = "VELOCITY"
    BEHIND = "BEHIND"
    IMPOSSIBLE = "IMPOSSIBLE"


TITLES = {
    Rule.PHONE: "Phone number shared",
    Rule.ADDRESS: "Address shared",
    Rule.DEVICE: "Device shared",
    Rule.PAYEE: "Account of the payee shared",
    Rule.ACCOUNT: "Account of statements shared",
    Rule.EMPLOYER: "Many applicants from one employer",
    Rule.DOCUMENT: "The same file handed in twice",
    Rule.NETWORK: "Many applicants from one internet address",
    Rule.NAME: "Nearly the same name",
    Rule.VELOCITY: "Many applications in a short time",
    Rule.BEHIND: "One person behind strangers",
    Rule.IMPOSSIBLE: "Statements that cannot both be true",
}
# What stands between two files in the picture of who shares what.
SHARED_WORDS = {
    Rule.PHONE: "Phone",
    Rule.ADDRESS: "Address",
    Rule.DEVICE: "Device",
    Rule.PAYEE: "Payee account",
    Rule.ACCOUNT: "Account or its statement",
    Rule.EMPLOYER: "Employer",
    Rule.DOCUMENT: "Document",
    Rule.NETWORK: "Internet address",
    Rule.NAME: "Name",
    Rule.VELOCITY: "Applicant",
    Rule.BEHIND: "Person behind them",
}


_STREET = re.compile(r"(str|st|strasse|street)\.?(?=\W|$)")
_BREAKS = re.compile(r"[^0-9a-z]+")


def address_key(line: str, postcode: str, city: str, country: str) -> str:
    """One form of an address whatever its spelling; empty when it names no house."""
    plain = _STREET.sub("str ", anyascii(line.strip()).lower())
    where = " ".join(_BREAKS.sub(" ", plain).split())
    if not where or not any(letter.isdigit() for letter in where):
        return ""
    return " ".join([where, *_BREAKS.sub(" ", anyascii(f"{postcode} {city} {country}").lower()).split()])


def employer_key(name: str) -> str:
    """One form of an employer's name; empty when nothing is left of it."""
    return " ".join(_BREAKS.sub(" ", anyascii(name).lower()).split())


def births_alike(one: date | None, other: date | None) -> bool:
    """Whether two dates of birth may be one, written twice: equal, unknown, turned round, or with one part changed."""
    if one is None or other is None or one == other:
        return True
    if one.year == other.year and (one.month, one.day) == (other.day, other.month):
        return True
    return sum((one.year != other.year, one.month != other.month, one.day != other.day)) == 1


@dataclass(frozen=True)
class Contradiction:
    """Two statements that exclude each other; `code` names the pair, `words` say it with the figures. `figures` are what was stated,
    whatever day it is: other ones are another contradiction.
    """

    code: str
    words: str
    figures: str = ""


def contradictions(
    *, stated: Mapping[str, Any], birth_date: date | None, parts: Iterable[tuple[str, bytes]], on: date, limits: Thresholds
) -> list[Contradiction]:
    """What an application says that cannot be, as far as the thresholds ask for it. `parts` are (part, who) of its parties."""
    found = []
    work = stated.get("employment") or {}
    months = read_number(work.get("months"))
    if birth_date is not None and months is not None:
        lived = (on.year - birth_date.year) * 12 + on.month - birth_date.month
        if lived - months < limits.least_working_age * 12:
            began = int((lived - months) // 12)
            words = f"{int(months)} months with the employer would have begun at the age of {began}."
            found.append(Contradiction("work_before_age", words, f"{months.normalize():f} {birth_date.isoformat()}"))
    money = stated.get("financials") or {}
    turnover, earned = read_number(money.get("turnover")), read_number(money.get("ebitda"))
    if turnover is not None and earned is not None and earned > turnover * limits.ebitda_share:
        most = "" if limits.ebitda_share == 1 else f"{limits.ebitda_share * 100:.0f}% of "
        words = f"EBITDA of {earned:,.0f} exceeds {most}the turnover of {turnover:,.0f}."
        found.append(Contradiction("ebitda_above_turnover", words, f"{earned.normalize():f} {turnover.normalize():f}"))
    held: dict[bytes, set[str]] = {}
    for part, who in parts:
        held.setdefault(who, set()).add(part)
    for roles in held.values():
        if "GUARANTOR" in roles and roles & {"APPLICANT", "CO_BORROWER"}:
            found.append(Contradiction("own_guarantor", "The guarantor is the borrower, under the same identifier."))
    return [one for one in found if one.code in limits.contradictions]
