"""Can the borrower carry the loan: ratios in exact decimals. What is not known stays unknown: None in, None out, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from core.money import unit

CENT = Decimal("0.01")
RATIO = Decimal("0.0001")


def step_of(currency: str) -> Decimal:
    """The smallest amount of a currency; a hundredth where none is named, to which an older house rounded every one."""
    return unit(currency) if currency else CENT


def places_of(step: Decimal) -> str:
    """How many decimals such a step has, in words."""
    return ("no", "one", "two", "three", "four")[-int(step.as_tuple().exponent)]


MONTHS_OF = {"month": Decimal(1), "year": Decimal(12), "week": Decimal(12) / 52, "day": Decimal(12) / 365}
"""How many months a unit of a product's rhythm lasts."""


@dataclass(frozen=True, slots=True)
class RecurringFee:
    """A fee of each instalment: an amount, or a percentage (1.5 is 1.5%) of its principal and interest, up to a cap."""

    amount: Decimal | None = None
    percent: Decimal | None = None
    cap: Decimal | None = None

    def of(self, instalment: Decimal) -> Decimal:
        """What it comes to, unrounded."""
        fee = instalment * (self.percent or Decimal(0)) / 100 if self.amount is None else self.amount
        return fee if self.cap is None else min(fee, self.cap)


@dataclass(frozen=True, slots=True)
class Repayment:
    """How a product is repaid: by which method, every how many months, and with which fees; `step` is the smallest amount of its
    currency.
    """

    method: str = "annuity"
    months_apart: Decimal = Decimal(1)
    fees: tuple[RecurringFee, ...] = ()
    step: Decimal = CENT

    @classmethod
    def by(cls, method: str, period: str, every: int, fees: Iterable[Mapping[str, Any]], currency: str = "") -> Repayment:
        """From the terms of a product's version; its fees in the form of `POST /quotes`. Those at payout are no part of any month."""
        recurring = [fee for fee in fees if fee.get("when") == "each_instalment"]
        amounts = [{name: fee.get(name) for name in ("amount", "percent", "cap")} for fee in recurring]
        read = [RecurringFee(**{name: None if value is None else Decimal(value) for name, value in one.items()}) for one in amounts]
        return cls(method, every * MONTHS_OF[period], tuple(read), step_of(currency))

    def fees_of(self, month: Decimal, months: int) -> Decimal:
        """What the fees come to in a month that asks so much of principal and interest, of a loan of so many months. Unrounded.

        The fees of an instalment are spread over the months that it is for; what is repaid at the end pays them once.
        """
        apart = Decimal(months) if self.method == "bullet" else self.months_apart
        return sum((fee.of(month * apart) for fee in self.fees), Decimal(0)) / apart


PLAIN = Repayment()


@dataclass(frozen=True, slots=True)
class Stress:
    """What a loan still has to be carried under: the yearly rate `rate` higher (a fraction: 0.03 is three percentage points), the income a
    share `income` lower.

    Three percentage points are what the Bank of England's Financial Policy Committee asked of mortgage lenders from 2014 to 2022.
    EBA/GL/2015/11, guideline 6.1, and its successor EBA/GL/2020/06 ask for less income beside higher rates and leave the size to the house:
    a tenth.
    """

    rate: Decimal = Decimal("0.03")
    income: Decimal = Decimal("0.10")

    def lowered(self, amount: Decimal | None) -> Decimal | None:
        """An income under stress; a loss grows."""
        return None if amount is None else amount - abs(amount) * self.income


STANDARD = Stress()
"""What holds until the bank sets another."""


def _ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or whole is None or whole <= 0:
        return None
    return (part / whole).quantize(RATIO, rounding=ROUND_HALF_EVEN)


def annuity_payment(principal: Decimal, annual_rate: Decimal, months: int, step: Decimal = CENT) -> Decimal:
    """Equal monthly instalment, to the cent or the `step` of its currency. `annual_rate` is a fraction per year, nominal, twelve periods.

    Raises ValueError for a principal or term that is not positive, or a negative rate.
    """
    if principal <= 0 or months <= 0 or annual_rate < 0:
        raise ValueError("an instalment needs a positive principal and term, and a rate that is not negative")
    if annual_rate == 0:
        return (principal / months).quantize(step, rounding=ROUND_HALF_EVEN)
    monthly = annual_rate / 12
    growth = (1 + monthly) ** months
    return (principal * monthly * growth / (growth - 1)).quantize(step, rounding=ROUND_HALF_EVEN)


def heaviest_payment(principal: Decimal, annual_rate: Decimal, months: int, repaid: Repayment = PLAIN) -> Decimal:
    """What the dearest regular month of a loan costs with its fees, to the cent, by how its product is repaid: equal principal costs most
    in its first month, flat interest the same in each. What is repaid at the end is taken as if it were repaid in equal instalments: who
    only carries the interest does not carry the loan (EBA/GL/2015/11, guideline 6.1, asks for allowances for deferred payments of
    principal). Raises ValueError as `annuity_payment` does.
    """
    month = annuity_payment(principal, annual_rate, months, repaid.step)
    if repaid.method in ("equal_principal", "flat"):
        month = principal / months + principal * annual_rate / 12
    return (month + repaid.fees_of(month, months)).quantize(repaid.step, rounding=ROUND_HALF_EVEN)


def stressed_payment(principal: Decimal, annual_rate: Decimal, months: int, rise: Decimal, repaid: Repayment = PLAIN) -> Decimal:
    """The same if the yearly rate were `rise` higher."""
    return heaviest_payment(principal, annual_rate + rise, months, repaid)


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
    net_income: Decimal | None,
    living_expenses: Decimal | None,
    obligations: Decimal | None,
    new_instalment: Decimal | None,
    step: Decimal = CENT,
) -> Decimal | None:
    """What is left of a month's net income after living, all lenders and the new instalment; may be negative."""
    if net_income is None or living_expenses is None or obligations is None or new_instalment is None:
        return None
    return (net_income - living_expenses - obligations - new_instalment).quantize(step, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Household:
    """What is known of a person's month. Amounts in one currency."""

    net_income: Decimal | None = None
    obligations: Decimal | None = None
    living_expenses: Decimal | None = None
    total_debt: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Firm:
    """What is known of a company's year. Amounts in one currency; a release of working capital is positive."""

    ebitda: Decimal | None = None
    tax: Decimal | None = None
    maintenance_capex: Decimal | None = None
    working_capital_change: Decimal | None = None
    debt_service: Decimal | None = None

    def cover(self, instalment: Decimal, months: int) -> Decimal | None:
        """Its debt service cover with a new monthly instalment that is paid so many months, in the first year."""
        new = instalment * min(months, 12)
        return dscr(self.ebitda, self.tax, self.maintenance_capex, self.working_capital_change, self.debt_service, new)


@dataclass(frozen=True, slots=True)
class Affordability:
    """The measures of one request at a rate, and the same under stress; None where a part is missing."""

    instalment: Decimal
    dsti: Decimal | None
    disposable_income: Decimal | None
    dscr: Decimal | None
    stressed_instalment: Decimal
    stressed_dsti: Decimal | None
    stressed_disposable_income: Decimal | None
    stressed_dscr: Decimal | None


def assess(
    household: Household, firm: Firm, *, amount: Decimal, annual_rate: Decimal, months: int, stress: Stress, repaid: Repayment = PLAIN
) -> Affordability:
    """All measures of one request at once, `repaid` as its product is. `annual_rate` is a fraction. Raises ValueError as
    `annuity_payment` does.
    """
    plain = heaviest_payment(amount, annual_rate, months, repaid)
    stressed = stressed_payment(amount, annual_rate, months, stress.rate, repaid)
    income, duty, living = household.net_income, household.obligations, household.living_expenses
    low = stress.lowered(income)
    return Affordability(
        instalment=plain,
        dsti=dsti(duty, plain, income),
        disposable_income=disposable_income(income, living, duty, plain, repaid.step),
        dscr=firm.cover(plain, months),
        stressed_instalment=stressed,
        stressed_dsti=dsti(duty, stressed, low),
        stressed_disposable_income=disposable_income(low, living, duty, stressed, repaid.step),
        stressed_dscr=replace(firm, ebitda=stress.lowered(firm.ebitda)).cover(stressed, months),
    )
