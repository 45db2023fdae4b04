"""What is left of the price of a machine or vehicle when new as it gets older. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal


def left_of(curve: Sequence[Decimal], bought: date, on: date) -> Decimal:
    """The share of the price when new that is left, straight between full years; the last share holds for good. Before the purchase:
    all.
    """
    years = Decimal(max(0, (on - bought).days)) / Decimal("365.25")
    whole = int(years)
    if whole >= len(curve) - 1:
        return curve[-1]
    return curve[whole] + (curve[whole + 1] - curve[whole]) * (years - whole)


def shares_left(curves: Mapping[str, Sequence[Decimal]], name: str, bought: date, *, then: date, now: date) -> tuple[Decimal, Decimal]:
    """What a curve leaves of the price when new on two days; by the curve of machines where the settings know the name no more."""
    curve = curves.get(name) or curves["machine"]
    return left_of(curve, bought, then), left_of(curve, bought, now)
