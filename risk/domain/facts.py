"""The catalogue of facts: which named things may be known about an application, in which form, and for how long.

A fact is stored as text in canonical form (decimal without exponent, integer, ISO date, "true"/"false", words) so that evidence
keeps the exact bytes. Shelf lives are defaults in days; a fact older than its shelf life is stale and never passes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.written_number import read_number, read_share
from risk.domain.affordability import CENT, places_of


class FactType(StrEnum):
    """The form of a value. MONEY in the application's currency; RATIO is a fraction (0.41 for 41%)."""

    MONEY = "MONEY"
    RATIO = "RATIO"
    NUMBER = "NUMBER"
    INTEGER = "INTEGER"
    FLAG = "FLAG"
    DATE = "DATE"
    WORDS = "WORDS"


class FactGroup(StrEnum):
    """Under which heading a fact is shown."""

    REQUEST = "Request"
    AFFORDABILITY = "Affordability"
    HISTORY = "Credit history"
    STATEMENTS = "Account statements"
    BUSINESS = "Business"
    COLLATERAL = "Collateral"
    IDENTITY = "Identity and screening"


Value = Decimal | int | bool | date | str


@dataclass(frozen=True, slots=True)
class FactKind:
    """One entry of the catalogue. `shelf_days` None: the fact does not age. `computed`: only the system writes it."""

    code: str
    title: str
    type: FactType
    group: FactGroup
    unit: str = ""
    shelf_days: int | None = None
    computed: bool = False
    least: Decimal | None = None
    most: Decimal | None = None

    def canonical(self, value: object, step: Decimal = CENT) -> str:
        """The value as stored text, an amount to the `step` of its currency. Raises ValueError in words when it has not the fact's form."""
        match self.type:
            case FactType.MONEY | FactType.RATIO | FactType.NUMBER:
                return self._decimal(value, step)
            case FactType.INTEGER:
                return self._integer(value)
            case FactType.FLAG:
                return self._flag(value)
            case FactType.DATE:
                return self._date(value)
            case FactType.WORDS:
                words = " ".join(str(value).split())
                if not words or len(words) > 80:
                    raise ValueError(f"{self.title}: write between 1 and 80 characters.")
                return words

    def lacks_sign(self, text: str) -> bool:
        """Whether somebody wrote a share without saying that it is in percent."""
        return self.type == FactType.RATIO and not text.strip().endswith("%") and bool(read_number(text))

    def written(self, text: str, step: Decimal = CENT) -> str:
        """The stored text of what a person typed, who says of a ratio that it is in percent: neither 0.4 nor 12.5 alone says what is
        meant. Raises ValueError as `canonical`.
        """
        if self.lacks_sign(text):
            raise ValueError(f"{self.title}: write it in percent with its sign, such as 41.3%.")
        return self.canonical(text, step)

    def typed(self, stored: str) -> Value:
        """The stored text as a value to calculate with."""
        match self.type:
            case FactType.MONEY | FactType.RATIO | FactType.NUMBER:
                return Decimal(stored)
            case FactType.INTEGER:
                return int(stored)
            case FactType.FLAG:
                return stored == "true"
            case FactType.DATE:
                return date.fromisoformat(stored)
            case FactType.WORDS:
                return stored

    def _decimal(self, value: object, step: Decimal) -> str:
        if isinstance(value, float):
            raise ValueError(f"{self.title}: a binary float is not exact; give a decimal.")
        text = str(value).strip()
        percent = self.type == FactType.RATIO and text.endswith("%")
        number = read_share(text) if percent else read_number(text)
        if number is None:
            example = "41.3%" if self.type == FactType.RATIO else f"{Decimal(1250).quantize(step):,f}"
            raise ValueError(f"{self.title}: write a number with a point before the decimals, such as {example}.")
        if self.type == FactType.MONEY and isinstance(value, str) and number != number.quantize(step):
            raise ValueError(f"{self.title}: the currency has {places_of(step)} decimals; write it as {Decimal(1250).quantize(step):,f}.")
        self._within(number)
        places = {FactType.MONEY: step, FactType.RATIO: Decimal("0.0001"), FactType.NUMBER: Decimal("0.0001")}[self.type]
        return format(number.quantize(places), "f")

    def _integer(self, value: object) -> str:
        number = read_number(value)
        if number is None or number != number.to_integral_value():
            raise ValueError(f"{self.title}: write a whole number.")
        self._within(number)
        return str(int(number))

    def _flag(self, value: object) -> str:
        text = str(value).strip().lower()
        if text in ("true", "yes", "1"):
            return "true"
        if text in ("false", "no", "0"):
            return "false"
        raise ValueError(f"{self.title}: answer yes or no.")

    def _date(self, value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        try:
            return date.fromisoformat(str(value).strip()).isoformat()
        except ValueError:
            raise ValueError(f"{self.title}: write the date as year-month-day.") from None

    def _within(self, number: Decimal) -> None:
        times, sign = (100, "%") if self.type == FactType.RATIO else (1, "")
        if self.least is not None and number < self.least:
            raise ValueError(f"{self.title}: {number * times}{sign} is below {self.least * times}{sign}.")
        if self.most is not None and number > self.most:
            raise ValueError(f"{self.title}: {number * times}{sign} is above {self.most * times}{sign}.")


def _kind(code: str, title: str, kind: FactType, group: FactGroup, unit: str = "", shelf: int | None = None, **more: object) -> FactKind:
    return FactKind(code, title, kind, group, unit, shelf, **more)  # type: ignore[arg-type]


def _seen(code: str, title: str, kind: FactType, unit: str = "") -> FactKind:
    """A figure that statements show; worked out by `statement_facts`, good for sixty days."""
    return FactKind(code, title, kind, FactGroup.STATEMENTS, unit, 60, computed=True)


def _ours(code: str, title: str, group: FactGroup, unit: str = "") -> FactKind:
    """An amount that our own books show of other loans; good for ninety days."""
    return FactKind(code, title, FactType.MONEY, group, unit, 90, computed=True, least=Decimal(0))


def _past(code: str, title: str, unit: str) -> FactKind:
    """A number that our own books show of somebody's loans with us; good for seven days."""
    return FactKind(code, title, FactType.INTEGER, FactGroup.HISTORY, unit, 7, computed=True, least=Decimal(0))


_ZERO = Decimal(0)
_LIFE = Decimal(900)  # months
_T, _G = FactType, FactGroup

CATALOGUE: dict[str, FactKind] = {
    kind.code: kind
    for kind in (
        _kind("loan_amount", "Amount of the loan", _T.MONEY, _G.REQUEST, "", computed=True, least=_ZERO),
        _kind("loan_months", "Term of the loan", _T.INTEGER, _G.REQUEST, "months", computed=True, least=Decimal(1)),
        _kind("product", "Product", _T.WORDS, _G.REQUEST, computed=True),
        _kind("purpose", "Purpose", _T.WORDS, _G.REQUEST, computed=True),
        _kind("monthly_income", "Net income per month", _T.MONEY, _G.AFFORDABILITY, "per month", 90, least=_ZERO),
        _kind("monthly_obligations", "Payments to all lenders per month", _T.MONEY, _G.AFFORDABILITY, "per month", 90, least=_ZERO),
        _kind("total_debt", "Debt to all lenders", _T.MONEY, _G.AFFORDABILITY, "", 90, least=_ZERO),
        # What our books show of the same; the higher counts.
        _ours("own_obligations", "Payments on loans with us per month", _G.AFFORDABILITY, "per month"),
        _kind("own_debt", "Debt on loans with us", _T.MONEY, _G.AFFORDABILITY, "", 90, computed=True, least=_ZERO),
        # Of the same what is younger than the figure recorded; it is added to it.
        _ours("later_obligations", "Payments on newer loans with us per month", _G.AFFORDABILITY, "per month"),
        _kind("later_debt", "Debt on newer loans with us", _T.MONEY, _G.AFFORDABILITY, "", 90, computed=True, least=_ZERO),
        _kind("living_expenses", "Living expenses per month", _T.MONEY, _G.AFFORDABILITY, "per month", 180, least=_ZERO),
        _kind("new_instalment", "New instalment per month", _T.MONEY, _G.AFFORDABILITY, "per month", 90, computed=True),
        _kind("dsti", "Debt service to income", _T.RATIO, _G.AFFORDABILITY, "", 90, computed=True, least=_ZERO),
        _kind("dti", "Debt to yearly income", _T.NUMBER, _G.AFFORDABILITY, "times", 90, computed=True, least=_ZERO),
        _kind("disposable_income", "Disposable income after the loan", _T.MONEY, _G.AFFORDABILITY, "per month", 90, computed=True),
        _kind("stressed_instalment", "New instalment under stress", _T.MONEY, _G.AFFORDABILITY, "per month", 90, computed=True),
        _kind("stressed_dsti", "Debt service to income under stress", _T.RATIO, _G.AFFORDABILITY, "", 90, computed=True, least=_ZERO),
        _kind("stressed_disposable_income", "Disposable income under stress", _T.MONEY, _G.AFFORDABILITY, "per month", 90, computed=True),
        _kind(
            "employment_months", "Months with the present employer", _T.INTEGER, _G.AFFORDABILITY, "months", 180, least=_ZERO, most=_LIFE
        ),
        _kind("age", "Age", _T.INTEGER, _G.IDENTITY, "years", 30, computed=True, least=_ZERO, most=Decimal(130)),
        _kind("age_at_maturity", "Age at maturity", _T.INTEGER, _G.IDENTITY, "years", 30, computed=True),
        _past("own_history_worst_dpd", "Worst delay on loans with us", "days"),
        _past("own_history_defaults", "Loans with us that went bad", "loans"),
        _past("parties_worst_dpd", "Worst delay of co-borrowers and guarantors", "days"),
        _past("parties_defaults", "Loans of co-borrowers and guarantors that went bad", "loans"),
        _past("own_loans", "Loans with us before", "loans"),
        _kind("bureau_worst_dpd", "Worst delay in the bureau report", _T.INTEGER, _G.HISTORY, "days", 30, computed=True, least=_ZERO),
        _kind("bureau_enquiries", "Bureau enquiries in six months", _T.INTEGER, _G.HISTORY, "enquiries", 30, computed=True, least=_ZERO),
        _kind("statements_on_file", "Statements on file", _T.FLAG, _G.STATEMENTS, computed=True),
        _seen("statement_income", "Income seen on statements", _T.MONEY, "per month"),
        _seen("recent_income", "Income on statements in the last three months", _T.MONEY, "per month"),
        _seen("statement_received", "Other money received on statements", _T.MONEY, "per month"),
        _seen("statement_outgoings", "Regular outgoings on statements", _T.MONEY, "per month"),
        _seen("statement_obligations", "Loan payments on statements", _T.MONEY, "per month"),
        _seen("statement_surplus", "Surplus on statements", _T.MONEY, "per month"),
        _seen("income_regularity", "Months with the usual income", _T.RATIO),
        _seen("income_trend", "Recent income to the year's", _T.NUMBER, "times"),
        _seen("statement_turnover", "Turnover that statements allow for", _T.MONEY, "per year"),
        _kind("statement_dsti", "Debt service to income by statements", _T.RATIO, _G.STATEMENTS, "", 90, computed=True, least=_ZERO),
        _seen("largest_credit", "Largest credit", _T.MONEY),
        _seen("spending_to_income", "Spending to income", _T.NUMBER, "times"),
        _seen("lowest_balance", "Lowest balance", _T.MONEY),
        _seen("lowest_balance_180d", "Lowest balance in 180 days", _T.MONEY),
        _seen("last_balance", "Last balance", _T.MONEY),
        _seen("average_balance_30d", "Average balance, 30 days", _T.MONEY),
        _seen("average_balance_90d", "Average balance, 90 days", _T.MONEY),
        _seen("average_balance_180d", "Average balance, 180 days", _T.MONEY),
        _seen("average_balance_360d", "Average balance, 360 days", _T.MONEY),
        _seen("balance_volatility", "Swing of the balance", _T.NUMBER, "times"),
        _seen("negative_days", "Days below zero", _T.INTEGER, "days"),
        _seen("penalty_interest_count", "Penalty interest charged", _T.INTEGER, "times"),
        _seen("returned_count", "Returned items", _T.INTEGER, "items"),
        _seen("cash_share", "Cash share of turnover", _T.RATIO),
        _seen("gambling_share", "Gambling share of spending", _T.RATIO),
        _seen("household_share", "Household share of spending", _T.RATIO),
        _seen("statement_months", "Months of statements", _T.INTEGER, "months"),
        _seen("statement_lines", "Lines on statements", _T.INTEGER, "lines"),
        _kind("years_in_business", "Years in business", _T.NUMBER, _G.BUSINESS, "years", 365, least=_ZERO, most=Decimal(500)),
        _kind("turnover", "Turnover per year", _T.MONEY, _G.BUSINESS, "per year", 400, least=_ZERO),
        _kind("ebitda", "EBITDA per year", _T.MONEY, _G.BUSINESS, "per year", 400),
        _kind("tax_paid", "Tax per year", _T.MONEY, _G.BUSINESS, "per year", 400, least=_ZERO),
        _kind("maintenance_capex", "Maintenance investment per year", _T.MONEY, _G.BUSINESS, "per year", 400, least=_ZERO),
        _kind("working_capital_change", "Change in working capital per year", _T.MONEY, _G.BUSINESS, "per year", 400),
        _kind("debt_service", "Interest and principal per year", _T.MONEY, _G.BUSINESS, "per year", 90, least=_ZERO),
        # What others see of the same; the highest of the three is what a company has to carry.
        _kind(
            "bureau_debt_service",
            "Payments in the bureau report per year",
            _T.MONEY,
            _G.BUSINESS,
            "per year",
            90,
            computed=True,
            least=_ZERO,
        ),
        _kind("own_debt_service", "Payments on loans with us per year", _T.MONEY, _G.BUSINESS, "per year", 90, computed=True, least=_ZERO),
        _ours("later_debt_service", "Payments on newer loans with us per year", _G.BUSINESS, "per year"),
        _ours("later_bureau_service", "Payments on loans with us newer than the bureau report per year", _G.BUSINESS, "per year"),
        _kind("equity_ratio", "Equity ratio", _T.RATIO, _G.BUSINESS, "", 400, most=Decimal(1)),
        _kind("debt_to_equity", "Debt to equity", _T.NUMBER, _G.BUSINESS, "times", 400, computed=True),
        _kind("current_ratio", "Current ratio", _T.NUMBER, _G.BUSINESS, "times", 400, computed=True),
        _kind("ebitda_margin", "EBITDA margin", _T.RATIO, _G.BUSINESS, "", 400, computed=True),
        _kind("net_margin", "Net margin", _T.RATIO, _G.BUSINESS, "", 400, computed=True),
        _kind("interest_cover", "Interest cover", _T.NUMBER, _G.BUSINESS, "times", 400, computed=True),
        _kind("net_debt_to_ebitda", "Net debt to EBITDA", _T.NUMBER, _G.BUSINESS, "times", 400, computed=True),
        _kind("accounts_dscr", "Debt service cover of the last year", _T.NUMBER, _G.BUSINESS, "times", 400, computed=True),
        _kind("receivable_days", "Days of turnover in receivables", _T.NUMBER, _G.BUSINESS, "days", 400, computed=True),
        _kind("turnover_growth", "Growth of turnover", _T.RATIO, _G.BUSINESS, "", 400, computed=True),
        # As old as the annual accounts it stands on, which are written once a year.
        _kind("dscr", "Debt service cover", _T.NUMBER, _G.BUSINESS, "times", 400, computed=True),
        _kind("stressed_dscr", "Debt service cover under stress", _T.NUMBER, _G.BUSINESS, "times", 400, computed=True),
        _kind("ltv", "Loan to value", _T.RATIO, _G.COLLATERAL, "", 30, computed=True, least=_ZERO),
        _kind("collateral_coverage", "Collateral coverage", _T.RATIO, _G.COLLATERAL, "", 30, computed=True, least=_ZERO),
        _kind("valuation_age_days", "Age of the oldest valuation", _T.INTEGER, _G.COLLATERAL, "days", 30, computed=True),
        _kind("open_red_flags", "Open red flags", _T.INTEGER, _G.COLLATERAL, "flags", 30, computed=True, least=_ZERO),
        _kind("identity_verified", "Identity verified", _T.FLAG, _G.IDENTITY, "", 365),
        _kind("address_registered", "Registered at the stated address", _T.FLAG, _G.IDENTITY, "", 365, computed=True),
        _kind("failed_checks", "Checks not in order", _T.INTEGER, _G.IDENTITY, "checks", 30, computed=True, least=_ZERO),
        _kind("screening_clear", "Screening clear", _T.FLAG, _G.IDENTITY, "", 30, computed=True),
        _kind("score", "Score", _T.INTEGER, _G.HISTORY, "points", 30, computed=True),
        _kind("grade", "Grade", _T.WORDS, _G.HISTORY, "", 30, computed=True),
    )
}


def recordable() -> list[FactKind]:
    """The facts a person may record, in catalogue order."""
    return [kind for kind in CATALOGUE.values() if not kind.computed]


OF_THE_MOMENT = frozenset(
    {
        "ltv",
        "collateral_coverage",
        "valuation_age_days",
        "open_red_flags",
        "screening_clear",
        "own_history_worst_dpd",
        "own_history_defaults",
        "parties_worst_dpd",
        "parties_defaults",
        "own_loans",
    }
)
"""Facts that the bank reads in its own books whenever it decides. Kept ones are looked up again then, so that they cannot be stale."""

_STRENGTH = ("CONFLICTING", "UNVERIFIED", "DOCUMENT", "THIRD_PARTY")


def weakest(marks: Iterable[str]) -> str:
    """The authenticity of something computed: as weak as the weakest of what it stands on."""
    found = list(marks)
    return min(found, key=_STRENGTH.index) if found else "UNVERIFIED"
