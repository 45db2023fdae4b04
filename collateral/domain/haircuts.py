"""What a lender takes off the market value of a class of collateral: the defaults of the settings.

They follow common supervisory practice for secured lending: from a twentieth on cash cover up to half on receivables.
"""

from __future__ import annotations

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
