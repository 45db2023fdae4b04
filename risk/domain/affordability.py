"""Can the borrower carry the loan: ratios in exact decimals. What is not known stays unknown: None in, None out, never 0."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")
RATIO = Decimal("0.0001")
STRESS = Decimal("0.03")
"""Rise of the yearly rate under which the instalment must still be carried (three percentage points, default)."""


def _ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or whole is None or whole <= 0:
        return None
    return (part / whole).quantize(RATIO, rounding=ROUND_HALF_EVEN)


def annuity_payment(principal: Decimal, annual_rate: Decimal, months: int) -> Decimal:
    """Equal monthly instalment, to the cent. `annual_rate` is a fraction per year, nominal, twelve periods.

    Raises ValueError for a principal or term that is not positive, or a negative rate.
    """
    if principal <= 0 or months <= 0 or annual_rate < 0:
        raise ValueError("an instalment needs a positive principal and term, and a rate that is not negative")
    if annual_rate == 0:
        return (principal / months).quantize(CENT, rounding=ROUND_HALF_EVEN)
    monthly = annual_rate / 12
    growth = (1 + monthly) ** months
    return (principal * monthly * growth / (growth - 1)).quantize(CENT, rounding=ROUND_HALF_EVEN)


def stressed_payment(principal: Decimal, annual_rate: Decimal, months: int, stress: Decimal = STRESS) -> Decimal:
    """The instalment if the rate were `stress` higher."""
    return annuity_payment(principal, annual_rate + stress, months)


def dsti(obligations: Decimal | None, new_instalment: Decimal | None, net_income: Decimal | None) -> Decimal | None:
    """Debt service to income: payments to all lenders, the new one included, over net income of the same month.

    None when a part is unknown, or when the income is not positive: no ratio may then look like a good one.
    """
    if obligations is None or new_instalment is None:
        return None
    return _ratio(obligations + new_instalment, net_income)


def dti(total_debt: Decimal | None, new_loan: Decimal | None, monthly_income: Decimal | None) -> Decimal | None:
    """Total debt, the new loan included, in yearly net incomes."""
    if total_debt is None or new_loan is None or monthly_income is None:
        return None
    return _ratio(total_debt + new_loan, monthly_income * 12)


def dscr(
    ebitda: Decimal | None,
    tax: Decimal | None,
    maintenance_capex: Decimal | None,
    working_capital_change: Decimal | None,
    debt_service: Decimal | None,
    new_debt_service: Decimal | None,
) -> Decimal | None:
    """(EBITDA − tax − maintenance investment + change in working capital) / (interest + scheduled principal, new loan included).

    Yearly amounts. `working_capital_change` is positive where it releases cash. A negative cash flow gives a negative ratio, so that
    it is a breach and never a pass; None when a part is unknown or there is no debt service to cover.
    """
    if ebitda is None or tax is None or maintenance_capex is None or working_capital_change is None:
        return None
    if debt_service is None or new_debt_service is None:
        return None
    return _ratio(ebitda - tax - maintenance_capex + working_capital_change, debt_service + new_debt_service)


def disposable_income(
    net_income: Decimal | None, living_expenses: Decimal | None, obligations: Decimal | None, new_instalment: Decimal | None
) -> Decimal | None:
    """What is left of a month's net income after living, all lenders and the new instalment; may be negative."""
    if net_income is None or living_expenses is None or obligations is None or new_instalment is None:
        return None
    return (net_income - living_expenses - obligations - new_instalment).quantize(CENT, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Household:
    """What is known of a person's month. Amounts in one currency."""

    net_income: Decimal | None
    obligations: Decimal | None
    living_expenses: Decimal | None
    total_debt: Decimal | None


@dataclass(frozen=True, slots=True)
class Affordability:
    """The measures of a person for one request; None where a fact is missing."""

    instalment: Decimal
    stressed_instalment: Decimal
    dsti: Decimal | None
    stressed_dsti: Decimal | None
    dti: Decimal | None
    disposable_income: Decimal | None
    stressed_disposable_income: Decimal | None


def assess(household: Household, *, amount: Decimal, annual_rate: Decimal, months: int, stress: Decimal = STRESS) -> Affordability:
    """All measures of one request at once."""
    plain, stressed = annuity_payment(amount, annual_rate, months), stressed_payment(amount, annual_rate, months, stress)
    known = household
    return Affordability(
        instalment=plain,
        stressed_instalment=stressed,
        dsti=dsti(known.obligations, plain, known.net_income),
        stressed_dsti=dsti(known.obligations, stressed, known.net_income),
        dti=dti(known.total_debt, amount, known.net_income),
        disposable_income=disposable_income(known.net_income, known.living_expenses, known.obligations, plain),
        stressed_disposable_income=disposable_income(known.net_income, known.living_expenses, known.obligations, stressed),
    )
