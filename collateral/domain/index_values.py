"""What an index makes of an appraised value, and the cap that CRR article 229(1)(e) puts on it. Pure, exact, in one currency.

The value may not exceed the higher of the value at origination and the average over the last six years (homes) or eight (commercial),
taken from at least three values equally far apart. The average here is that of the property's own value moved by the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

YEARS = {True: 6, False: 8}
LEAST_POINTS = 3


@dataclass(frozen=True)
class IndexFacts:
    """`base_value` is the last appraised value and `base_index` the index then; `index` is the index now; `average_index` the mean over
    yearly points of the reference period, of which there are `points`; `origination` is what counted when the money was lent."""

    base_value: Decimal
    base_index: Decimal
    index: Decimal
    average_index: Decimal | None
    points: int
    origination: Decimal


@dataclass(frozen=True)
class IndexValue:
    """`value` counts; `moved` is what the index alone would give; `cap` the most that may count, by `cap_source`."""

    value: Decimal
    moved: Decimal
    cap: Decimal
    cap_source: str

    @property
    def capped(self) -> bool:
        """Whether the cap lowered the value."""
        return self.moved > self.cap


def index_value(facts: IndexFacts, unit: Decimal = Decimal("0.01")) -> IndexValue:
    """The value today by index, never above the cap. `unit` is the currency's smallest amount; a cap is rounded down to it."""
    moved = (facts.base_value * facts.index / facts.base_index).quantize(unit, ROUND_HALF_EVEN)
    cap, source = facts.origination, "origination"
    if facts.average_index is not None and facts.points >= LEAST_POINTS:
        average = facts.base_value * facts.average_index / facts.base_index
        if average > cap:
            cap, source = average, "average"
    cap = cap.quantize(unit, ROUND_DOWN)
    return IndexValue(min(moved, cap), moved, cap, source)


def fell(facts: IndexFacts, limit: Decimal) -> bool:
    """Whether the market has fallen since the appraisal by at least `limit`, a fraction: a sign of decline that asks for an appraiser."""
    return facts.index <= facts.base_index * (1 - limit)
