"""What a class of collateral is worth to a lender, and how long a valuation of it holds.

Defaults: haircuts follow common supervisory practice for secured lending (10% on cash cover up to 50% on receivables and
machinery); validity follows CRR 208(3): commercial property yearly at least, residential every three years.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

HAIRCUTS: dict[str, Decimal] = {
    "REAL_ESTATE": Decimal("0.20"),
    "LAND": Decimal("0.35"),
    "MACHINERY": Decimal("0.45"),
    "VEHICLE": Decimal("0.35"),
    "RECEIVABLES": Decimal("0.50"),
    "DEPOSIT": Decimal("0.05"),
    "SECURITIES": Decimal("0.30"),
}

VALIDITY_DAYS: dict[str, int] = {
    "REAL_ESTATE": 1095,
    "LAND": 1095,
    "MACHINERY": 365,
    "VEHICLE": 365,
    "RECEIVABLES": 90,
    "DEPOSIT": 365,
    "SECURITIES": 30,
}


def lending_value(kind: str, market_value: Decimal) -> Decimal:
    """Market value × (1 − haircut of the class), in the asset's currency, unrounded."""
    return market_value * (1 - HAIRCUTS[kind])


def expires_on(kind: str, valued_date: date) -> date:
    """The first day on which a valuation of this class no longer counts."""
    return valued_date + timedelta(days=VALIDITY_DAYS[kind])
