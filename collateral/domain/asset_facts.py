"""What is asked of an asset by its class: each fact with its kind and bounds, and what cannot be. Pure.

`check_facts("LAND", {"area": Decimal(0)}, asked)` names every fault at its fact. Forms, services and pages read the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from stdnum import iban
from stdnum import isin as isin_rules

from collateral.domain import vehicle_numbers
from collateral.domain.amounts import faults_of_amount
from core.errors import Fault

Facts = Mapping[str, Any]
# A year of hours; no machine runs longer.
HOURS_A_YEAR = 366 * 24


@dataclass(frozen=True)
class Fact:
    """One fact: `kind` is text, number, money, whole, day, choice or yes. `least` and `most` bound numbers and years, ends included.
    `choices` names the model's list, `hint` stands under the field, `secret` is shown masked."""

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    least: Decimal = Decimal(0)
    most: Decimal = Decimal("1e12")
    limit: int = 60
    choices: str = ""
    hint: str = ""
    secret: bool = False


@dataclass(frozen=True)
class Asked:
    """What facts are held against: the business date and the asset's currency."""

    on: date
    currency: str


def _number(name: str, label: str, least: str, most: str, *, kind: str = "number", required: bool = True, hint: str = "") -> Fact:
    return Fact(name, label, kind, required, Decimal(least), Decimal(most), hint=hint)


_MAKE = (Fact("make", "Make"), Fact("model", "Model"))
FACTS: dict[str, tuple[Fact, ...]] = {
    "REAL_ESTATE": (
        Fact("use", "Used as", "choice", choices="PropertyFacts.Use"),
        _number("floor_area", "Floor area, m²", "6", "1000000"),
        _number("plot_area", "Plot, m²", "1", "100000000"),
        _number("built_year", "Built in", "1500", "2200", kind="whole"),
        Fact("occupancy", "Occupied", "choice", choices="PropertyFacts.Occupancy"),
        _number("annual_rent", "Rent a year", "0", "1e10", kind="money", required=False, hint="Where it is let."),
    ),
    "LAND": (
        Fact("parcel_number", "Parcel number"),
        _number("area", "Area, m²", "1", "1e10"),
        Fact("zoning", "Zoned as", "choice", choices="LandFacts.Zoning"),
        Fact("use", "Used for", "choice", choices="LandFacts.Use"),
        Fact("access", "Access", "choice", choices="LandFacts.Access"),
        Fact("encumbrances", "Encumbrances", required=False, limit=240, hint="Rights of way, leases, usufruct, as the register shows."),
    ),
    "MACHINERY": (
        *_MAKE,
        Fact("serial_number", "Serial number"),
        _number("built_year", "Built in", "1900", "2200", kind="whole"),
        _number("hours", "Hours on the counter", "0", "1000000", kind="whole", required=False),
        Fact("condition", "Condition", "choice", choices="Condition"),
    ),
    "VEHICLE": (
        *_MAKE,
        Fact("vin", "Vehicle identification number", limit=30, hint="17 letters and digits; older vehicles have fewer."),
        Fact("plate", "Number plate", required=False, limit=20),
        Fact("first_registration", "First registered on", "day"),
        _number("mileage", "Mileage, km", "0", "5000000", kind="whole"),
        Fact("condition", "Condition", "choice", choices="Condition"),
    ),
    "RECEIVABLES": (
        Fact("debtor_name", "Debtor", limit=160),
        Fact("debtor_number", "Debtor's registration number", required=False, secret=True),
        Fact("invoice_number", "Invoice or contract number"),
        _number("nominal", "Nominal amount", "0.01", "1e12", kind="money"),
        Fact("issued_date", "Issued on", "day"),
        Fact("due_date", "Due on", "day"),
    ),
    "DEPOSIT": (
        Fact("own_bank", "Held at this bank", "yes", required=False),
        Fact("bank_name", "Bank", limit=120, required=False, hint="Where it is another bank."),
        Fact("account", "Account", limit=42, secret=True),
        Fact("currency", "Currency of the account", limit=3),
        _number("balance", "Balance", "0.01", "1e12", kind="money"),
        Fact("maturity_date", "Matures on", "day", required=False, hint="Empty where it is at call."),
    ),
    "SECURITIES": (
        Fact("isin", "ISIN", limit=12),
        _number("quantity", "Quantity", "0.0001", "999999999999"),
        Fact("custodian", "Custodian", limit=120, hint="Who keeps them, and blocks them for this bank."),
        Fact("account", "Custody account", limit=42, secret=True),
    ),
}  # fmt: skip


def check_facts(kind: str, facts: Facts, asked: Asked) -> list[Fault]:
    """Every fault of the facts of a class, each at its fact; empty when they may be kept."""
    faults = [fault for fact in FACTS[kind] if (fault := _check_one(fact, facts.get(fact.name), asked)) is not None]
    named = {fault.field for fault in faults}
    return faults + [fault for fault in _TOGETHER.get(kind, _nothing)(facts, asked) if fault.field not in named]


def _check_one(fact: Fact, value: Any, asked: Asked) -> Fault | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return Fault(fact.name, "required", f"{fact.label}: this is needed.") if fact.required else None
    if fact.kind in ("number", "money", "whole"):
        number = Decimal(value)
        if not number.is_finite() or not fact.least <= number <= fact.most:
            return Fault(fact.name, "out_of_bounds", f"{fact.label}: between {_plain(fact.least)} and {_plain(fact.most)}.")
        if fact.kind == "money" and (wrong := faults_of_amount(fact.name, number, asked.currency, "", zero=True, most=fact.most + 1)):
            return wrong[0]
        if fact.kind == "whole" and number != int(number):
            return Fault(fact.name, "not_whole", f"{fact.label}: a whole number.")
    elif fact.kind == "text" and len(value) > fact.limit:
        return Fault(fact.name, "too_long", f"{fact.label}: at most {fact.limit} characters.")
    elif fact.kind == "day" and value.year < 1900:
        return Fault(fact.name, "out_of_bounds", f"{fact.label}: not before 1900.")
    return None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def _nothing(facts: Facts, asked: Asked) -> list[Fault]:
    return []


def _built(facts: Facts, asked: Asked) -> list[Fault]:
    if (facts.get("built_year") or 0) > asked.on.year:
        return [Fault("built_year", "future", "It is not built yet.")]
    return []


def _property(facts: Facts, asked: Asked) -> list[Fault]:
    faults = _built(facts, asked)
    rent = facts.get("annual_rent")
    if facts.get("occupancy") == "LET" and not rent:
        faults.append(Fault("annual_rent", "required", "What is let has a rent; write what it is a year."))
    if facts.get("occupancy") != "LET" and rent:
        faults.append(Fault("annual_rent", "not_let", "Nothing is let, and yet there is a rent."))
    return faults


def _machine(facts: Facts, asked: Asked) -> list[Fault]:
    faults = _built(facts, asked)
    hours, built = facts.get("hours"), facts.get("built_year")
    if not faults and hours and built and hours > (asked.on.year - built + 1) * HOURS_A_YEAR:
        faults.append(Fault("hours", "absurd", f"A machine of {built} cannot have run {hours:,} hours."))
    return faults


def _vehicle(facts: Facts, asked: Asked) -> list[Fault]:
    faults = []
    first = facts.get("first_registration")
    if first and first > asked.on:
        faults.append(Fault("first_registration", "future", "It cannot have been registered in the future."))
    if facts.get("vin") and first and (words := vehicle_numbers.misshapen(facts["vin"], first.year)):
        faults.append(Fault("vin", "shape", words))
    return faults


def _receivable(facts: Facts, asked: Asked) -> list[Fault]:
    faults = []
    issued, due = facts.get("issued_date"), facts.get("due_date")
    if issued and issued > asked.on:
        faults.append(Fault("issued_date", "future", "An invoice of a later day does not exist yet."))
    if issued and due and due < issued:
        faults.append(Fault("due_date", "before", "It cannot be due before it was issued."))
    elif due and due.year > asked.on.year + 30:
        faults.append(Fault("due_date", "absurd", "Due at most 30 years from now."))
    return faults


def _deposit(facts: Facts, asked: Asked) -> list[Fault]:
    faults = []
    if not facts.get("own_bank") and not str(facts.get("bank_name") or "").strip():
        faults.append(Fault("bank_name", "required", "Name the other bank."))
    account = str(facts.get("account") or "").replace(" ", "")
    if account[:2].isalpha() and not iban.is_valid(account):
        faults.append(Fault("account", "invalid_iban", "This is not a valid IBAN; check its digits."))
    if str(facts.get("currency") or "").upper() != asked.currency:
        faults.append(
            Fault("currency", "other_currency", f"The loan is in {asked.currency}; a deposit in another currency does not cover it.")
        )
    matures = facts.get("maturity_date")
    if matures and matures <= asked.on:
        faults.append(Fault("maturity_date", "past", "It has fallen due already."))
    return faults


def _securities(facts: Facts, asked: Asked) -> list[Fault]:
    if isin_rules.is_valid(str(facts.get("isin") or "").strip().upper()):
        return []
    return [Fault("isin", "unknown", "This is no ISIN: twelve characters, the last of which checks the others.")]


_TOGETHER: dict[str, Callable[[Facts, Asked], list[Fault]]] = {
    "REAL_ESTATE": _property,
    "MACHINERY": _machine,
    "VEHICLE": _vehicle,
    "RECEIVABLES": _receivable,
    "DEPOSIT": _deposit,
    "SECURITIES": _securities,
}

# Identifiers by class: what tells an asset from others besides its title, and which of them stands for the title where there is none.
NUMBERS: dict[str, tuple[str, ...]] = {
    "LAND": ("parcel_number",),
    "MACHINERY": ("serial_number",),
    "VEHICLE": ("vin", "plate"),
    "DEPOSIT": ("account",),
}
TITLE: dict[str, str] = {"MACHINERY": "serial_number", "VEHICLE": "vin"}
# What stands on an account of somebody who can block it: a pledge of it is worth something once they have confirmed that they do.
ACCOUNT_KINDS = frozenset({"DEPOSIT", "SECURITIES"})


def numbers_of(kind: str, facts: Facts) -> tuple[str, ...]:
    """The identifiers among the facts of a class, as "vin:WVW…". Many papers lie on one account: of securities one of them is one thing."""
    if kind == "SECURITIES" and facts.get("account"):
        return (f"holding:{account_number(facts['account'])}{facts['isin'].strip().upper()}",)
    return tuple(f"{name}:{facts[name]}" for name in NUMBERS.get(kind, ()) if facts.get(name))


def account_number(written: str) -> str:
    """The number of an account as it is kept and compared."""
    return "".join(written.split()).upper()
