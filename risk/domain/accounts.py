"""Annual accounts of a company: the lines of balance sheet, income and cash flow, what has to tie, and the ratios. Pure.

Amounts are Decimals of one currency for one year, costs and payments to lenders written as positive numbers. A line that is left out is
not known, and neither is what stands on it: who has none of something writes 0. The totals that others are held against have to be given. A
company without a cash flow statement leaves all of its lines out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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


def check_accounts(figures: Figures, *, cash_before: Decimal | None = None, opening_after: Decimal | None = None) -> list[Untied]:
    """What is missing, below zero, or does not tie. `cash_before` is the cash of the year before, `opening_after` that with which the year
    after begins, each when it is on file.
    """
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
    ties = [_Tie("total_assets", "assets", "The assets add up to", _given(figures, _ASSETS), "total assets say", "total_assets", _ASSETS)]
    ties.append(
        _Tie("equity", "balance", "Liabilities and equity add up to", _given(figures, _CLAIMS), "total assets say", "total_assets", _CLAIMS)
    )
    earned = figures["turnover"] - _given(figures, _COSTS) + _given(figures, ("other_result",))
    parts = (*_COSTS, "other_result")
    ties.append(_Tie("net_income", "income", "Turnover less costs comes to", earned, "net income says", "net_income", parts))
    if flows:
        moved = _given(figures, ("opening_cash", "operating_cash", "investing_cash", "financing_cash"))
        ties.append(_Tie("cash", "cash", "Opening cash and the cash flows come to", moved, "the balance sheet's cash says", "cash"))
    if flows and cash_before is not None:
        ties.append(
            _Tie("opening_cash", "opening", "The year before closed with cash of", cash_before, "this year opens with", "opening_cash")
        )
    if opening_after is not None and "cash" in figures:
        ties.append(_Tie("cash", "following", "The year after opens with cash of", opening_after, "this year closes with", "cash"))
    return [tie.untied(figures) for tie in ties if abs(tie.worked - figures[tie.total]) > TOLERANCE]


@dataclass(frozen=True)
class _Tie:
    """A sum of given lines and the line that has to say the same; `parts` are the lines that go into it."""

    line: str
    code: str
    words: str
    worked: Decimal
    other: str
    total: str
    parts: tuple[str, ...] = ()

    def untied(self, figures: Figures) -> Untied:
        """The two figures, and the lines that were left out of the sum."""
        said = figures[self.total]
        words = f"{self.words} {self.worked:,.2f}, but {self.other} {said:,.2f}: {abs(self.worked - said):,.2f} apart."
        absent = titles_of(code for code in self.parts if code not in figures)
        return Untied(self.line, self.code, f"{words} Not given: {absent}." if absent else words)


def _given(figures: Figures, codes: Iterable[str]) -> Decimal:
    """The sum of those that were given."""
    return sum((figures[code] for code in codes if code in figures), ZERO)


def titles_of(codes: Iterable[str]) -> str:
    """Lines by their titles, as a list in words."""
    return ", ".join(LINES[code].title for code in codes)


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


EBITDA = ("turnover", "cost_of_sales", "operating_expenses")
_DEBT = ("short_term_debt", "long_term_debt")
_SERVICE = ("interest_paid", "principal_repaid")
NEEDS: dict[str, tuple[str, ...]] = {
    "equity_ratio": ("equity", "total_assets"),
    "debt_to_equity": (*_DEBT, "equity"),
    "current_ratio": (
        "cash",
        "receivables",
        "inventory",
        "other_current_assets",
        "payables",
        "short_term_debt",
        "other_current_liabilities",
    ),
    "ebitda_margin": EBITDA,
    "net_margin": ("net_income", "turnover"),
    "interest_cover": (*EBITDA, "interest_paid"),
    "net_debt_to_ebitda": (*_DEBT, "cash", *EBITDA),
    "accounts_dscr": (*EBITDA, "tax_paid", "maintenance_capex", "working_capital_change", *_SERVICE),
    "receivable_days": ("receivables", "turnover"),
    "turnover_growth": ("turnover",),
    "ebitda": EBITDA,
    "debt_service": _SERVICE,
    "tax_paid": ("tax_paid",),
    "maintenance_capex": ("maintenance_capex",),
    "working_capital_change": ("working_capital_change",),
}
"""The lines that each ratio, and each figure that goes into the file, cannot do without."""


def absent_for(code: str, figures: Figures) -> tuple[str, ...]:
    """The lines that a ratio or figure would need and that were not given."""
    return tuple(line for line in NEEDS[code] if line not in figures)


def ratios(figures: Figures, before: Figures | None = None) -> dict[str, Decimal | None]:
    """Every ratio of a year to four places; None where a line it needs was not given, or where its base is zero, or below zero so that the
    ratio would say the opposite.
    """
    return {code: None if absent_for(code, figures) else work(figures, before) for code, work in _WORKED.items()}


def facts_of(figures: Figures, before: Figures | None = None) -> dict[str, Decimal | None]:
    """What a year's accounts say under the codes of the catalogue, the ratios among it; None where a line was not given."""
    found = {code: None if absent_for(code, figures) else _SAID[code](figures) for code in _SAID}
    return {"turnover": figures.get("turnover")} | found | ratios(figures, before)


def _ebitda(of: Figures) -> Decimal:
    """Turnover less cost of sales and operating expenses."""
    return of["turnover"] - of["cost_of_sales"] - of["operating_expenses"]


def _debt(of: Figures) -> Decimal:
    return of["short_term_debt"] + of["long_term_debt"]


def _service(of: Figures) -> Decimal:
    """Interest and principal paid in the year."""
    return of["interest_paid"] + of["principal_repaid"]


def _liquidity(of: Figures, _: Figures | None) -> Decimal | None:
    current = of["cash"] + of["receivables"] + of["inventory"] + of["other_current_assets"]
    return _share(current, of["payables"] + of["short_term_debt"] + of["other_current_liabilities"])


def _cover(of: Figures, _: Figures | None) -> Decimal | None:
    cash_flow = _ebitda(of) - of["tax_paid"] - of["maintenance_capex"] + of["working_capital_change"]
    return _share(cash_flow, _service(of))


def _growth(of: Figures, before: Figures | None) -> Decimal | None:
    last = before.get("turnover") if before else None
    return None if last is None else _share(of["turnover"] - last, last)


_SAID: dict[str, Callable[[Figures], Decimal]] = {
    "ebitda": _ebitda,
    "tax_paid": lambda of: of["tax_paid"],
    "maintenance_capex": lambda of: of["maintenance_capex"],
    "working_capital_change": lambda of: of["working_capital_change"],
    "debt_service": _service,
}
_WORKED: dict[str, Callable[[Figures, Figures | None], Decimal | None]] = {
    "equity_ratio": lambda of, _: _share(of["equity"], of["total_assets"]),
    "debt_to_equity": lambda of, _: _share(_debt(of), of["equity"]),
    "current_ratio": _liquidity,
    "ebitda_margin": lambda of, _: _share(_ebitda(of), of["turnover"]),
    "net_margin": lambda of, _: _share(of["net_income"], of["turnover"]),
    "interest_cover": lambda of, _: _share(_ebitda(of), of["interest_paid"]),
    "net_debt_to_ebitda": lambda of, _: _share(_debt(of) - of["cash"], _ebitda(of)),
    "accounts_dscr": _cover,
    "receivable_days": lambda of, _: _share(of["receivables"] * 365, of["turnover"]),
    "turnover_growth": _growth,
}


def _share(part: Decimal, base: Decimal) -> Decimal | None:
    return (part / base).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN) if base > 0 else None
