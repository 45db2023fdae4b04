"""What an index makes of an appraised value, and the cap that CRR article 229(1)(e) puts on it. Pure, exact, in one currency.

The value may not exceed the higher of the value at origination and the average over the last six years (homes) or eight (commercial),
taken from at least three values equally far apart. The average here is that of the property's own value: at each point what had been
appraised by then, moved by the index, and without an index the appraised values themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

YEARS = {True: 6, False: 8}
LEAST_POINTS = 3
_EXACT = Decimal("1e-8")
_HALF_YEAR = 182.5


@dataclass(frozen=True)
class IndexFacts:
    """`base_value` is the last appraised value and `base_index` the index then; `index` is the index now; `average` the mean of
    what the property was worth at yearly points of the reference period, of which there are `points`; `origination` is what counted when
    the money was lent.
    """

    base_value: Decimal
    base_index: Decimal
    index: Decimal
    average: Decimal | None
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


def index_value(facts: IndexFacts, unit: Decimal) -> IndexValue:
    """The value today by index, never above the cap. `unit` is the currency's smallest amount; a cap is rounded down to it."""
    moved = (facts.base_value * facts.index / facts.base_index).quantize(unit, ROUND_HALF_EVEN)
    cap, source = cap_of(facts.origination, facts.average, facts.points, unit)
    return IndexValue(min(moved, cap), moved, cap, source)


def cap_of(origination: Decimal, average: Decimal | None, points: int, unit: Decimal) -> tuple[Decimal, str]:
    """The most that may count of a property lent on at `origination`, rounded down to `unit`, and which of the two it is."""
    cap, source = origination, "origination"
    # A mean ends in digits that nobody said: what is whole to eight places is meant to be.
    if average is not None and points >= LEAST_POINTS and (average := average.quantize(_EXACT, ROUND_HALF_EVEN)) > cap:
        cap, source = average, "average"
    return cap.quantize(unit, ROUND_DOWN), source


def average_of(known: Sequence[tuple[date, Decimal]], on: date, years: int) -> tuple[Decimal | None, int]:
    """The mean of values (day, amount) at equal intervals of whole years back from a day over at most `years`, and how many they are; each
    is said within half a year of its point. Of the intervals that have `LEAST_POINTS` the one that reaches farthest back counts, as the
    average is of the whole period; of two that reach as far, the narrower. None and 0 where there is none.
    """
    best: tuple[int, list[Decimal]] = (0, [])
    for step in range(1, years // (LEAST_POINTS - 1) + 1):
        points: list[Decimal] = []
        for back in range(0, years + 1, step):
            near = [(abs((on - day).days - back * 365.25), amount) for day, amount in known]
            distance, amount = min(near, default=(_HALF_YEAR, Decimal(0)))
            if distance >= _HALF_YEAR:
                break
            points.append(amount)
        reach = step * (len(points) - 1)
        if len(points) >= LEAST_POINTS and reach > best[0]:
            best = reach, points
    return (sum(best[1], Decimal(0)) / len(best[1]), len(best[1])) if best[1] else (None, 0)


def fell(facts: IndexFacts, limit: Decimal) -> bool:
    """Whether the market has fallen since the appraisal by at least `limit`, a fraction: a sign of decline that asks for an appraiser."""
    return facts.index <= facts.base_index * (1 - limit)
