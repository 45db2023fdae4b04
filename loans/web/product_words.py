"""How the terms of a product are said on pages, and how two versions differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.web.formats import money, percent
from loans.models import ProductVersion

VERSION_STATES = {"DRAFT": ("neutral", "Draft"), "ACTIVE": ("good", "Offered now"), "RETIRED": ("neutral", "Retired")}
PROPOSED = ("info", "Waits for a second person")
UNITS: Mapping[tuple[str, int], str] = {
    ("month", 1): "Every month",
    ("month", 2): "Every 2 months",
    ("month", 3): "Every quarter",
    ("month", 6): "Every half-year",
    ("year", 1): "Every year",
    ("week", 1): "Every week",
    ("week", 2): "Every 2 weeks",
    ("week", 4): "Every 4 weeks",
}
METHODS = {
    "annuity": "Annuity",
    "equal_principal": "Equal principal",
    "interest_only": "Interest only",
    "bullet": "Bullet",
    "flat": "Flat interest",
}
PAYS = "Fees, penalties, overdue interest and principal, then interest and principal"


@dataclass(frozen=True)
class Difference:
    """One term before and after, in words."""

    label: str
    before: str
    after: str


def limits_of(version: ProductVersion) -> list[tuple[str, str]]:
    """What is lent: to whom, how much, how long, at which rate, against what."""
    kinds = " and ".join({"PERSON": "persons", "COMPANY": "companies"}[kind] for kind in version.borrower_kinds)
    pledge = ", ".join(kind.replace("_", " ").lower() for kind in version.collateral_kinds)
    needed = "required: " if version.collateral_required else "possible: "
    return [
        ("For", kinds.capitalize()),
        ("Amount", f"{money(version.min_amount, places=0)} to {money(version.max_amount, version.currency, places=0)}"),
        ("Term", f"{version.min_term_months} to {version.max_term_months} months"),
        ("Kind", "Revolving limit" if version.revolving else "Loan"),
        ("Rate per year", percent(version.annual_rate, 2)),
        ("Collateral", f"{needed}{pledge}".capitalize() if pledge else "None"),
        ("Offer stands", f"{version.offer_days} days"),
        ("Contract made within", f"{version.contract_days} days of the acceptance"),
        ("First payout within", f"{version.draw_days} days of the signing"),
        ("Decision within", f"{version.decision_days} business days"),
        ("Second look asked for within", f"{version.second_look_days} days of a decline"),
    ]


def conventions_of(version: ProductVersion) -> list[tuple[str, str]]:
    """How it is reckoned: method, calendar, rounding, fees, penalties, order of payment."""
    every = version.frequency_every
    unit = version.frequency_unit
    order = ", ".join(name.replace("_", " ") for name in version.allocation_order)
    never = "Never"
    return [
        ("Method", METHODS.get(version.method, version.method)),
        ("Instalments", UNITS.get((unit, every), f"Every {every} {unit}s")),
        ("Day count", version.day_count),
        ("Interest", version.interest_period.replace("_", " ").capitalize()),
        ("Month end", version.month_end.replace("_", " ").capitalize()),
        ("Rounding", version.rounding_mode.replace("_", " ").capitalize()),
        ("Fees", "; ".join(_fee(fee, version.currency) for fee in version.fees) or "None"),
        ("Penalty rate per year", f"{percent(version.penalty_rate, 2)} on the overdue {version.penalty_base}"),
        ("Tolerance", f"{money(version.tolerance_amount, version.currency)}, {version.tolerance_days} days"),
        ("Interest is no income", f"From {version.non_accrual_days} days past due" if version.non_accrual_days else never),
        ("Fee for paying early", f"{version.prepayment_fee_percent.normalize():f}% of what is paid early"),
        ("Annual percentage rate", "By Regulation Z" if version.apr_rule else "Not stated"),
        ("A payment pays", order.capitalize() or PAYS),
    ]


def rates_of(version: ProductVersion) -> list[tuple[str, str]]:
    """The rate of each grade that has one of its own."""
    return [(grade, percent(rate, 2)) for grade, rate in sorted(version.rate_by_grade.items())]


def differences(before: ProductVersion, after: ProductVersion) -> list[Difference]:
    """The terms in which two versions differ, as people say them."""
    old, new = _said(before), _said(after)
    return [
        Difference(label, old.get(label, "None"), new.get(label, "None")) for label in {**old, **new} if old.get(label) != new.get(label)
    ]


def _said(version: ProductVersion) -> dict[str, str]:
    lists = {
        "Currency": version.currency,
        "Purposes": _titles(version.purposes),
        "Documents asked for": _titles(version.required_documents),
        "Investigation checklist": ", ".join(
            item["title"] + ("" if item.get("required") else " (when it applies)") for item in version.checklist
        ),
    }
    rates = {f"Rate of grade {grade}": rate for grade, rate in rates_of(version)}
    return {**dict(limits_of(version)), **rates, **dict(conventions_of(version)), **lists}


def _titles(lines: list[dict[str, Any]]) -> str:
    return ", ".join(line["title"] for line in lines) or "None"


def _fee(fee: dict[str, Any], currency: str) -> str:
    """A fee as people say it: "Origination 0.5%, from the first payout"."""
    size = f"{fee['percent']}%" if fee.get("percent") else money(fee.get("amount"), currency)
    when = "from the first payout" if fee.get("when", "payout") == "payout" else "with each instalment"
    cap = f", at most {money(fee['cap'], currency)}" if fee.get("cap") else ""
    return f"{str(fee['code']).replace('_', ' ').capitalize()} {size}{cap}, {when}"
