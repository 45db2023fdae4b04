"""What simulated appraisers work a value out from, by its method."""

from __future__ import annotations

from decimal import Decimal


def inputs_for(method: str, worth: Decimal) -> dict[str, Decimal | None]:
    """Inputs that make this value; empty by comparison."""
    known: dict[str, dict[str, Decimal | None]] = {
        "COST": {"new_price": worth * 2, "depreciation": Decimal(50), "land_value": Decimal(0)},
        "INCOME": {"rent": (worth * Decimal("0.06")).quantize(Decimal(1)), "vacancy": Decimal(0), "rate": Decimal(6)},
        "NOMINAL": {"nominal": worth, "losses": Decimal(0)},
        "MARKET_QUOTE": {"price": worth, "quantity": Decimal(1)},
    }
    return known.get(method, {})
