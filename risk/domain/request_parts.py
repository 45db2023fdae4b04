"""Which recorded facts the measures of a request stand on, and those under stress worked out where an assessment of the past did not keep them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from risk.domain.affordability import Firm, Stress, disposable_income, dsti, stressed_payment
from risk.domain.facts import CATALOGUE, is_stale, last_fresh_day, weakest

_DSTI = ("monthly_income", "monthly_obligations")
_LEFT = (*_DSTI, "living_expenses")
BESIDE = ("bureau_debt_service", "own_debt_service")
"""What others see of a company's debt service. Neither has to be known; where one is higher than what is recorded, it counts."""
_DSCR = ("ebitda", "tax_paid", "maintenance_capex", "working_capital_change", "debt_service", *BESIDE)
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


def needed_for(code: str) -> tuple[str, ...]:
    """The recorded facts a computed one cannot do without."""
    return tuple(part for part in PARTS.get(code, ()) if part not in BESIDE)


def firm_of(amounts: Mapping[str, Decimal]) -> Firm:
    """A company's year by what is known of it. The highest debt service that anybody shows counts, once one is recorded: what the accounts
    leave out is owed all the same.
    """
    duty = amounts.get("debt_service")
    if duty is not None:
        duty = max([duty, *(amounts[code] for code in BESIDE if code in amounts)])
    return Firm(
        ebitda=amounts.get("ebitda"),
        tax=amounts.get("tax_paid"),
        maintenance_capex=amounts.get("maintenance_capex"),
        working_capital_change=amounts.get("working_capital_change"),
        debt_service=duty,
    )


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
        needed = needed_for(code)
        if any(part not in known or known[part]["authenticity"] == "CONFLICTING" for part in needed):
            continue
        parts = [part for part in PARTS.get(code, ()) if part in known and known[part]["authenticity"] != "CONFLICTING"]
        value = _measure(code, {part: Decimal(known[part]["value"]) for part in parts}, instalment, months, stress)
        if value is not None:
            marks = [known[part]["authenticity"] for part in parts]
            found[code] = {
                "value": CATALOGUE[code].canonical(value),
                "authenticity": weakest(marks) if marks else "DOCUMENT",
                "stale": any(known[part]["stale"] for part in parts),
            }
    return found


def _measure(code: str, parts: Mapping[str, Decimal], instalment: Decimal, months: int, stress: Stress) -> Decimal | None:
    income, duty = parts.get("monthly_income"), parts.get("monthly_obligations")
    if code == "stressed_dsti":
        return dsti(duty, instalment, stress.lowered(income))
    if code == "stressed_disposable_income":
        return disposable_income(stress.lowered(income), parts.get("living_expenses"), duty, instalment)
    if code == "stressed_dscr":
        firm = firm_of(parts)
        return replace(firm, ebitda=stress.lowered(firm.ebitda)).cover(instalment, months)
    return instalment
