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

# What comes off besides for what lowers a single asset's quality, as a share of its value: by its facts (`counting.qualities_of`), and by
# what somebody found and a second person upheld, until another value counts (`counting.kept_share`). What is broken has lost more than what
# rests; of a value that is itself wrong nobody knows what is true of it.
QUALITY: dict[str, Decimal] = {
    "COMMERCIAL": Decimal("0.10"),
    "VACANT": Decimal("0.10"),
    "NO_ROAD": Decimal("0.20"),
    "IDLE": Decimal("0.30"),
    "FOUND_IDLE": Decimal("0.30"),
    "FOUND_DAMAGED": Decimal("0.40"),
    "FOUND_FALSE": Decimal("0.50"),
}
# What of a receivable counts from so many days overdue on.
AGEING: dict[int, Decimal] = {1: Decimal("0.80"), 31: Decimal("0.50"), 61: Decimal("0.20"), 91: Decimal("0.00")}
# No debtor's receivables count for more than this share of all.
DEBTOR_LIMIT = Decimal("0.35")
