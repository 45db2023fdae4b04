"""Whether what was pledged still carries what is owed. Amounts in one currency, exact."""

from __future__ import annotations

from decimal import Decimal

ZERO = Decimal(0)


def shortfall(outstanding: Decimal, value: Decimal, ltv: Decimal) -> Decimal:
    """What the lending value (`value` × `ltv`, a fraction) leaves uncovered of what is owed; zero when it carries all."""
    return max(ZERO, outstanding - value * ltv)


def drawable(max_loan_value: Decimal, drawn: Decimal, open_shortfall: Decimal) -> Decimal:
    """What may still be drawn against the cover: nothing while a shortfall is open."""
    return ZERO if open_shortfall > 0 else max(ZERO, max_loan_value - drawn)
