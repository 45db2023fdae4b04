"""Annual accounts of an invented company: three years that balance and tie, as the table a company would hand in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from config.simulator.people import Invented

WEAK = 0.6
"""The quality below which a company did better in the years before."""
STRONGER = (Decimal(1), Decimal("0.93"), Decimal("0.96"))
WEAKER = (Decimal(1), Decimal("1.08"), Decimal("1.05"))
"""Margin and equity of the last year and of those before it, against the last one's."""
SHAPES = {
    "cash": (3, 10),
    "receivables": (15, 30),
    "inventory": (10, 26),
    "payables": (11, 21),
    "short_term_debt": (5, 12),
    "interest": (3, 7),
    "principal": (9, 14),
}
"""Hundredths of total assets, the last two of EBITDA: from, and below."""


NONE = (
    "other_current_assets",
    "other_assets",
    "other_current_liabilities",
    "other_liabilities",
    "other_result",
    "working_capital_change",
)
"""Lines that an invented company has nothing under."""


def accounts_table(person: Invented, on: date) -> bytes:
    """The accounts of the last three whole years as CSV."""
    # Each company has a shape of its own, the same whenever it is asked, so that peers differ.
    draw = Random(person.identifier)
    shape = {name: Decimal(draw.randrange(low, high)) / 100 for name, (low, high) in SHAPES.items()}
    scale, strengths = Decimal(1), STRONGER if person.quality > WEAK else WEAKER
    found: list[dict[str, Decimal]] = []
    for strength in strengths:
        found.insert(0, _year(person, shape, scale, strength))
        scale /= 1 + Decimal(draw.randrange(1, 12)) / 100
    opening = _whole(found[0]["cash"] * Decimal("0.9"))
    for year in found:
        _add_cash(year, opening=opening)
        opening = year["cash"]
    rows = (",".join([code, *(str(year[code]) for year in found)]) for code in found[-1])
    heads = ",".join(str(on.year - back) for back in range(len(found), 0, -1))
    return "\n".join([f"Line,{heads}", *rows, ""]).encode()


def debt_service_of(person: Invented, on: date) -> Decimal:
    """Interest and principal that the last of these years shows."""
    last = {code: amounts[-1] for code, *amounts in (row.split(",") for row in accounts_table(person, on).decode().splitlines())}
    return Decimal(last["interest_paid"]) + Decimal(last["principal_repaid"])


def _year(person: Invented, shape: dict[str, Decimal], scale: Decimal, strength: Decimal) -> dict[str, Decimal]:
    """One year at a share of the last one's size, with margin and equity that much weaker or stronger."""
    turnover, earned = _whole(person.turnover * scale), _whole(person.ebitda * scale * strength)
    total = _whole(turnover * Decimal("0.7"))
    year = {
        "cash": _whole(total * shape["cash"]),
        "receivables": _whole(total * shape["receivables"]),
        "inventory": _whole(total * shape["inventory"]),
        "total_assets": total,
        "payables": _whole(total * shape["payables"]),
        "short_term_debt": _whole(total * shape["short_term_debt"]),
        "equity": _whole(total * person.equity_ratio * strength),
        "turnover": turnover,
        "cost_of_sales": _whole(turnover * Decimal("0.6")),
        "depreciation": _whole(turnover * Decimal("0.02")),
        "interest_paid": _whole(earned * shape["interest"]),
        "tax_paid": _whole(earned * Decimal("0.12")),
        "maintenance_capex": _whole(earned * Decimal("0.08")),
        "principal_repaid": _whole(earned * shape["principal"]),
    }
    # What is left out would not be known: an invented company has none of these.
    year |= dict.fromkeys(NONE, Decimal(0))
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
