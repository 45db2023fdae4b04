"""Which recorded facts the measures of a request stand on, and those under stress worked out where an assessment of
the past did not keep them. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from risk.domain.affordability import PLAIN, Firm, Household, Repayment, Stress, disposable_income, dsti, stressed_payment
from risk.domain.facts import CATALOGUE, weakest
from risk.domain.shelf_life import SHELVES, is_stale, last_fresh_day

_SEEN = {
    "debt_service": ("bureau_debt_service", "own_debt_service"),
    "monthly_obligations": ("own_obligations",),
    "total_debt": ("own_debt",),
}
"""What others see of a duty that is recorded. None of it has to be known; where it is higher than what is recorded, it counts."""
_LATER = {
    "debt_service": "later_debt_service",
    "bureau_debt_service": "later_bureau_service",
    "monthly_obligations": "later_obligations",
    "total_debt": "later_debt",
}
"""Loans with us that what is recorded or reported of a duty cannot hold, since they are younger than it: added to it."""
BESIDE = (*(code for codes in _SEEN.values() for code in codes), *_LATER.values())


def _with_seen(code: str) -> tuple[str, ...]:
    shown = (code, *_SEEN[code])
    return (*shown, *(_LATER[one] for one in shown if one in _LATER))


_DSTI = ("monthly_income", *_with_seen("monthly_obligations"))
_LEFT = (*_DSTI, "living_expenses")
_DSCR = ("ebitda", "tax_paid", "maintenance_capex", "working_capital_change", *_with_seen("debt_service"))
BY_STATEMENTS = "statement_dsti"
PARTS: dict[str, tuple[str, ...]] = {
    "dsti": _DSTI,
    BY_STATEMENTS: (*_DSTI, "statement_income", "recent_income", "statement_obligations"),
    "stressed_dsti": _DSTI,
    "dti": ("monthly_income", *_with_seen("total_debt")),
    "disposable_income": _LEFT,
    "stressed_disposable_income": _LEFT,
    "dscr": _DSCR,
    "stressed_dscr": _DSCR,
}
"""The recorded facts each computed one stands on."""
STRESSED = ("stressed_instalment", "stressed_dsti", "stressed_disposable_income", "stressed_dscr")
PRICED = (*STRESSED, BY_STATEMENTS)
"""What follows from the price, which follows from the grade: no scorecard ever looks at it."""


def needed_for(code: str) -> tuple[str, ...]:
    """The recorded facts a computed one cannot do without."""
    return tuple(part for part in PARTS.get(code, ()) if part not in BESIDE)


def duty_of(amounts: Mapping[str, Decimal], code: str) -> Decimal | None:
    """The highest of a duty that anybody shows, once one is recorded: what an applicant or the accounts leave out is owed all the same.

    What was recorded or reported before a loan of ours was granted does not hold it, so that loan comes on top.
    """
    if code not in amounts:
        return None
    later = {shown: amounts.get(newer, Decimal(0)) for shown, newer in _LATER.items()}
    return max(amounts[shown] + later.get(shown, Decimal(0)) for shown in (code, *_SEEN[code]) if shown in amounts)


def household_of(amounts: Mapping[str, Decimal]) -> Household:
    """A person's month by what is known of it."""
    return Household(
        net_income=amounts.get("monthly_income"),
        obligations=duty_of(amounts, "monthly_obligations"),
        living_expenses=amounts.get("living_expenses"),
        total_debt=duty_of(amounts, "total_debt"),
    )


def dsti_by_statements(amounts: Mapping[str, Decimal], instalment: Decimal) -> Decimal | None:
    """Debt service to income of a person with the highest payments to lenders and the lowest income that anybody shows: as recorded, or as
    statements show them in a usual month or in the last three. Whatever a difference is explained by, it counts here. None where one of
    them is unknown.
    """
    if any(part not in amounts for part in needed_for(BY_STATEMENTS)):
        return None
    duty = duty_of(amounts, "monthly_obligations") or Decimal(0)
    income = min(amounts[code] for code in ("monthly_income", "statement_income", "recent_income"))
    return dsti(max(duty, amounts["statement_obligations"]), instalment, income)


def firm_of(amounts: Mapping[str, Decimal]) -> Firm:
    """A company's year by what is known of it."""
    return Firm(
        ebitda=amounts.get("ebitda"),
        tax=amounts.get("tax_paid"),
        maintenance_capex=amounts.get("maintenance_capex"),
        working_capital_change=amounts.get("working_capital_change"),
        debt_service=duty_of(amounts, "debt_service"),
    )


def outlived(code: str, as_of_dates: Mapping[str, date], on: date, shelves: Mapping[str, int] = SHELVES) -> list[str]:
    """Which facts make this one too old on a day: itself, or parts of it that passed a shelf life of their own. A computed fact is only as
    fresh as the oldest fact in it. `shelves` are the lives of another day.
    """
    return [part for part in _known_parts(code, as_of_dates) if is_stale(CATALOGUE[part], as_of_dates[part], on, shelves)]


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
    repaid: Repayment = PLAIN,
) -> dict[str, dict[str, Any]]:
    """Those of the codes that are measures under stress and are not known, from the parts that are, as an evaluation freezes facts.

    Each is as reliable as the weakest of its parts, stale where one of them is, and left out where one is unknown or conflicting. Amounts
    in one currency, `annual_rate` a fraction per year.
    """
    lacking = [code for code in codes if code in STRESSED and code not in known and (is_company or code != "stressed_dscr")]
    if not lacking:
        return {}
    instalment = stressed_payment(amount, annual_rate, months, stress.rate, repaid)
    found = {}
    for code in lacking:
        needed = needed_for(code)
        if any(part not in known or known[part]["authenticity"] == "CONFLICTING" for part in needed):
            continue
        parts = [part for part in PARTS.get(code, ()) if part in known and known[part]["authenticity"] != "CONFLICTING"]
        value = _measure(code, {part: Decimal(known[part]["value"]) for part in parts}, instalment, months, stress, repaid.step)
        if value is not None:
            marks = [known[part]["authenticity"] for part in parts]
            found[code] = {
                "value": CATALOGUE[code].canonical(value, repaid.step),
                "authenticity": weakest(marks) if marks else "DOCUMENT",
                "stale": any(known[part]["stale"] for part in parts),
            }
    return found


def _measure(code: str, parts: Mapping[str, Decimal], instalment: Decimal, months: int, stress: Stress, step: Decimal) -> Decimal | None:
    household = household_of(parts)
    income = stress.lowered(household.net_income)
    if code == "stressed_dsti":
        return dsti(household.obligations, instalment, income)
    if code == "stressed_disposable_income":
        return disposable_income(income, household.living_expenses, household.obligations, instalment, step)
    if code == "stressed_dscr":
        firm = firm_of(parts)
        return replace(firm, ebitda=stress.lowered(firm.ebitda)).cover(instalment, months)
    return instalment
