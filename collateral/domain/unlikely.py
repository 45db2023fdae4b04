"""Whether a value that is handed in reads like a slip of the pen, and is asked about before it is taken.

Pure. What the owner stated and what the bank's evidence says is hidden from who values, so against those only the number of digits is
compared: the question tells nothing that the sight of the asset does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import median

# So many times the middle of its own comparables, or one part in so many of it, nobody says without being asked.
TIMES = Decimal(2)
# So many digits more or fewer than what is known of the asset.
DIGITS = 2


def times_worth(amount: Decimal, worth: Decimal) -> Decimal | None:
    """How many times what an asset is worth a pledge would claim, both in one currency; None up to twice as much. What lies above covers
    nothing, costs fees, and is contested once the owner needs the rest for somebody else.
    """
    return amount / worth if amount > worth * TIMES else None


def why_unlikely(value: Decimal, comparables: Sequence[Decimal], known: Sequence[Decimal]) -> str:
    """What a value above zero is far from, in words for who gives it; empty where nothing speaks against it. `known`: what was stated and
    what the evidence says, all in one currency."""
    if comparables and (middle := median(comparables)) > 0 and not middle / TIMES <= value <= middle * TIMES:
        times = value / middle
        many = f"{times:,.0f} times" if times > TIMES else "less than half of"
        return f"{many} the middle of the comparables that you name"
    if any(abs(value.adjusted() - one.adjusted()) >= DIGITS for one in known if one > 0):
        return "far from what anything of this kind could be worth"
    return ""
