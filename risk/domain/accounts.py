"""Annual accounts of a company: the lines of balance sheet, income and cash flow, what has to tie, and the ratios. Pure.

Amounts are Decimals of one currency for one year, costs and payments to lenders written as positive numbers. A line that is
left out is 0, but the totals that others are held against have to be given. A company without a cash flow statement leaves all of its lines
out: what stands on them is then unknown, not 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

Figures = Mapping[str, Decimal]
ZERO = Decimal(0)
TOLERANCE = Decimal(1)
"""Accounts in whole units may be one off by rounding."""

BALANCE, INCOME, CASH = "Balance sheet", "Income statement", "Cash flow"


@dataclass(frozen=True)
class Line:
    """One line: under which statement it stands, whether it has to be given, whether it may fall below zero."""

    code: str
    title: str
    statement: str
    needed: bool = False
    signed: bool = False


LINES: dict[str, Line] = {
    line.code: line
    for line in (
        Line("cash", "Cash", BALANCE, needed=True),
        Line("receivables", "Receivables", BALANCE),
        Line("inventory", "Inventory", BALANCE),
        Line("other_current_assets", "Other current assets", BALANCE),
        Line("fixed_assets", "Fixed assets", BALANCE),
        Line("other_assets", "Other assets", BALANCE),
        Line("total_assets", "Total assets", BALANCE, needed=True),
        Line("payables", "Payables", BALANCE),
        Line("short_term_debt", "Debt due within a year", BALANCE),
        Line("other_current_liabilities", "Other current liabilities", BALANCE),
        Line("long_term_debt", "Debt due later", BALANCE),
        Line("other_liabilities", "Other liabilities", BALANCE),
        Line("equity", "Equity", BALANCE, needed=True, signed=True),
        Line("turnover", "Turnover", INCOME, needed=True),
        Line("cost_of_sales", "Cost of sales", INCOME),
        Line("operating_expenses", "Operating expenses", INCOME),
        Line("depreciation", "Depreciation", INCOME),
        Line("interest_paid", "Interest", INCOME),
        Line("tax_paid", "Tax", INCOME),
        Line("other_result", "Other result", INCOME, signed=True),
        Line("net_income", "Net income", INCOME, needed=True, signed=True),
        Line("opening_cash", "Cash at the start of the year", CASH, needed=True),
        Line("operating_cash", "Cash from operations", CASH, needed=True, signed=True),
        Line("working_capital_change", "Of it, change in working capital", CASH, signed=True),
        Line("investing_cash", "Cash from investing", CASH, needed=True, signed=True),
        Line("maintenance_capex", "Of it, maintenance investment", CASH),
        Line("financing_cash", "Cash from financing", CASH, needed=True, signed=True),
        Line("principal_repaid", "Of it, principal repaid", CASH),
    )
}
_ASSETS = ("cash", "receivables", "inventory", "other_current_assets", "fixed_assets", "other_assets")
_CLAIMS = ("payables", "short_term_debt", "other_current_liabilities", "long_term_debt", "other_liabilities", "equity")
_COSTS = ("cost_of_sales", "operating_expenses", "depreciation", "interest_paid", "tax_paid")


@dataclass(frozen=True)
class Untied:
    """Something that does not tie: the line at which it is said, a code, and the words."""

    line: str
    code: str
    words: str


def check_accounts(figures: Figures, *, cash_before: Decimal | None = None) -> list[Untied]:
    """What is missing, below zero, or does not tie. `cash_before` is the cash of the year before when it is on file."""
    flows = has_cash_flow(figures)
    faults = [
        Untied(line.code, "required", f"{line.title} is missing.")
        for line in LINES.values()
        if line.needed and line.code not in figures and (flows or line.statement != CASH)
    ]
    faults += [
        Untied(code, "negative", f"{LINES[code].title} cannot be below zero; write it as a positive number.")
        for code, amount in figures.items()
        if amount < 0 and not LINES[code].signed
    ]
    if faults:
        return faults
    of = _reader(figures)
    ties = [
        ("total_assets", "assets", "The assets add up to", sum(map(of, _ASSETS), ZERO), "total assets say", of("total_assets")),
        ("equity", "balance", "Liabilities and equity add up to", sum(map(of, _CLAIMS), ZERO), "total assets say", of("total_assets")),
        (
            "net_income",
            "income",
            "Turnover less costs comes to",
            of("turnover") - sum(map(of, _COSTS), ZERO) + of("other_result"),
            "net income says",
            of("net_income"),
        ),
    ]
    if flows:
        moved = of("opening_cash") + of("operating_cash") + of("investing_cash") + of("financing_cash")
        ties.append(("cash", "cash", "Opening cash and the cash flows come to", moved, "the balance sheet's cash says", of("cash")))
    if flows and cash_before is not None:
        ties.append(
            ("opening_cash", "opening", "The year before closed with cash of", cash_before, "this year opens with", of("opening_cash"))
        )
    return [
        Untied(line, code, f"{words} {worked:,.2f}, but {other} {said:,.2f}: {abs(worked - said):,.2f} apart.")
        for line, code, words, worked, other, said in ties
        if abs(worked - said) > TOLERANCE
    ]


@dataclass(frozen=True)
class Ratio:
    """One ratio: its form ("percent", "number" or "days") and whether more of it is better."""

    code: str
    title: str
    form: str
    more_is_better: bool = True


RATIOS: dict[str, Ratio] = {
    ratio.code: ratio
    for ratio in (
        Ratio("equity_ratio", "Equity ratio", "percent"),
        Ratio("debt_to_equity", "Debt to equity", "number", False),
        Ratio("current_ratio", "Current ratio", "number"),
        Ratio("ebitda_margin", "EBITDA margin", "percent"),
        Ratio("net_margin", "Net margin", "percent"),
        Ratio("interest_cover", "Interest cover", "number"),
        Ratio("net_debt_to_ebitda", "Net debt to EBITDA", "number", False),
        Ratio("accounts_dscr", "Debt service cover of the year", "number"),
        Ratio("receivable_days", "Days of turnover in receivables", "days", False),
        Ratio("turnover_growth", "Growth of turnover", "percent"),
    )
}


def has_cash_flow(figures: Figures) -> bool:
    """Whether anything of a cash flow statement was given."""
    return any(LINES[code].statement == CASH for code in figures)


def ebitda_of(figures: Figures) -> Decimal:
    """Turnover less cost of sales and operating expenses."""
    of = _reader(figures)
    return of("turnover") - of("cost_of_sales") - of("operating_expenses")


def debt_service_of(figures: Figures) -> Decimal:
    """Interest and principal paid in the year."""
    of = _reader(figures)
    return of("interest_paid") + of("principal_repaid")


def ratios(figures: Figures, before: Figures | None = None) -> dict[str, Decimal | None]:
    """Every ratio of a year to four places; None where its base is zero, or below zero so that the ratio would say the opposite."""
    of = _reader(figures)
    debt = of("short_term_debt") + of("long_term_debt")
    earned = ebitda_of(figures)
    current = of("cash") + of("receivables") + of("inventory") + of("other_current_assets")
    cash_flow = earned - of("tax_paid") - of("maintenance_capex") + of("working_capital_change")
    last = before.get("turnover", ZERO) if before else ZERO
    return {
        "equity_ratio": _share(of("equity"), of("total_assets")),
        "debt_to_equity": _share(debt, of("equity")),
        "current_ratio": _share(current, of("payables") + of("short_term_debt") + of("other_current_liabilities")),
        "ebitda_margin": _share(earned, of("turnover")),
        "net_margin": _share(of("net_income"), of("turnover")),
        "interest_cover": _share(earned, of("interest_paid")),
        "net_debt_to_ebitda": _share(debt - of("cash"), earned),
        "accounts_dscr": _share(cash_flow, debt_service_of(figures)) if has_cash_flow(figures) else None,
        "receivable_days": _share(of("receivables") * 365, of("turnover")),
        "turnover_growth": _share(of("turnover") - last, last),
    }


def _share(part: Decimal, base: Decimal) -> Decimal | None:
    return (part / base).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN) if base > 0 else None


def _reader(figures: Figures) -> Callable[[str], Decimal]:
    return lambda code: figures.get(code, ZERO)
