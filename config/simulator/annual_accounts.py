"""Annual accounts of an invented company: two years that balance and tie, as the table a company would hand in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from config.simulator.people import Invented

GROWTH = Decimal("1.06")
WEAK = 0.6
"""The quality below which a company did better the year before."""


def accounts_table(person: Invented, on: date) -> bytes:
    """The accounts of the last two whole years as CSV."""
    years = (on.year - 2, on.year - 1)
    last = _year(person, Decimal(1))
    before = _year(person, 1 / GROWTH, Decimal("0.93") if person.quality > WEAK else Decimal("1.08"))
    _add_cash(before, opening=_whole(before["cash"] * Decimal("0.9")))
    _add_cash(last, opening=before["cash"])
    rows = (f"{code},{before[code]},{last[code]}" for code in last)
    return "\n".join([f"Line,{years[0]},{years[1]}", *rows, ""]).encode()


def _year(person: Invented, scale: Decimal, strength: Decimal = Decimal(1)) -> dict[str, Decimal]:
    """One year at a share of the last one's size, with margin and equity that much weaker or stronger."""
    turnover, earned = _whole(person.turnover * scale), _whole(person.ebitda * scale * strength)
    total = _whole(turnover * Decimal("0.7"))
    year = {
        "cash": _whole(total * Decimal("0.06")),
        "receivables": _whole(total * Decimal("0.22")),
        "inventory": _whole(total * Decimal("0.18")),
        "total_assets": total,
        "payables": _whole(total * Decimal("0.16")),
        "short_term_debt": _whole(total * Decimal("0.08")),
        "equity": _whole(total * person.equity_ratio * strength),
        "turnover": turnover,
        "cost_of_sales": _whole(turnover * Decimal("0.6")),
        "depreciation": _whole(turnover * Decimal("0.02")),
        "interest_paid": _whole(earned * Decimal("0.04")),
        "tax_paid": _whole(earned * Decimal("0.12")),
        "maintenance_capex": _whole(earned * Decimal("0.08")),
        "principal_repaid": _whole(earned * Decimal("0.11")),
    }
    year["fixed_assets"] = total - year["cash"] - year["receivables"] - year["inventory"]
    year["long_term_debt"] = total - year["payables"] - year["short_term_debt"] - year["equity"]
    year["operating_expenses"] = turnover - year["cost_of_sales"] - earned
    year["net_income"] = earned - year["depreciation"] - year["interest_paid"] - year["tax_paid"]
    return year


def _add_cash(year: dict[str, Decimal], *, opening: Decimal) -> None:
    year["opening_cash"] = opening
    year["operating_cash"] = year["net_income"] + year["depreciation"]
    year["investing_cash"] = -year["maintenance_capex"]
    year["financing_cash"] = year["cash"] - opening - year["operating_cash"] - year["investing_cash"]


def _whole(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1))
