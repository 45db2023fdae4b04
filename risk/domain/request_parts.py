"""Which recorded facts the measures of a request stand on, and those under stress worked out where an assessment of the past did not keep them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from risk.domain.affordability import Firm, Stress, disposable_income, dsti, stressed_payment
from risk.domain.facts import CATALOGUE, is_stale, last_fresh_day, weakest

_DSTI = ("monthly_income", "monthly_obligations")
_LEFT = (*_DSTI, "living_expenses")
_DSCR = ("ebitda", "tax_paid", "maintenance_capex", "working_capital_change", "debt_service")
PARTS: dict[str, tuple[str, ...]] = {
    "dsti": _DSTI,
    "stressed_dsti": _DSTI,
    "dti": ("monthly_income", "total_debt"),
    "disposable_income": _LEFT,
    "stressed_disposable_income": _LEFT,
    "dscr": _DSCR,
    "stressed_dscr": _DSCR,
}
"""The recorded facts each computed one stands on."""
STRESSED = ("stressed_instalment", "stressed_dsti", "stressed_disposable_income", "stressed_dscr")


def outlived(code: str, as_of_dates: Mapping[str, date], on: date) -> list[str]:
    """Which facts make this one too old on a day: itself, or parts of it that passed a shelf life of their own. A computed fact is only as
    fresh as the oldest fact in it.
    """
    return [part for part in _known_parts(code, as_of_dates) if is_stale(CATALOGUE[part], as_of_dates[part], on)]


def last_day_of(code: str, as_of_dates: Mapping[str, date]) -> date | None:
    """The last day on which neither this fact nor a part of it has outlived its shelf life; None where nothing of it ages."""
    days = [last_fresh_day(CATALOGUE[part], as_of_dates[part]) for part in _known_parts(code, as_of_dates)]
    return min((day for day in days if day is not None), default=None)


def _known_parts(code: str, as_of_dates: Mapping[str, date]) -> list[str]:
    return [part for part in (code, *PARTS.get(code, ())) if part in as_of_dates]


def under_stress(
    known: Mapping[str, Mapping[str, Any]],
    codes: Collection[str],
    *,
    amount: Decimal,
    months: int,
    annual_rate: Decimal,
    stress: Stress,
    is_company: bool,
    method: str = "annuity",
) -> dict[str, dict[str, Any]]:
    """Those of the codes that are measures under stress and are not known, from the parts that are, as an evaluation freezes facts.

    Each is as reliable as the weakest of its parts, stale where one of them is, and left out where one is unknown or conflicting. Amounts in one
    currency, `annual_rate` a fraction per year.
    """
    lacking = [code for code in codes if code in STRESSED and code not in known and (is_company or code != "stressed_dscr")]
    if not lacking:
        return {}
    instalment = stressed_payment(amount, annual_rate, months, stress.rate, method)
    found = {}
    for code in lacking:
        parts = PARTS.get(code, ())
        if any(part not in known or known[part]["authenticity"] == "CONFLICTING" for part in parts):
            continue
        value = _measure(code, [Decimal(known[part]["value"]) for part in parts], instalment, months, stress)
        if value is not None:
            marks = [known[part]["authenticity"] for part in parts]
            found[code] = {
                "value": CATALOGUE[code].canonical(value),
                "authenticity": weakest(marks) if marks else "DOCUMENT",
                "stale": any(known[part]["stale"] for part in parts),
            }
    return found


def _measure(code: str, parts: list[Decimal], instalment: Decimal, months: int, stress: Stress) -> Decimal | None:
    if code == "stressed_dsti":
        income, duty = parts
        return dsti(duty, instalment, stress.lowered(income))
    if code == "stressed_disposable_income":
        income, duty, living = parts
        return disposable_income(stress.lowered(income), living, duty, instalment)
    if code == "stressed_dscr":
        ebitda, *rest = parts
        return Firm(stress.lowered(ebitda), *rest).cover(instalment, months)
    return instalment
