"""How an appraiser's accepted values stood up to what came later. Pure: gaps in, a judgement out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

# Fewer comparisons than this are chance.
LEAST = 3
# Values so far above what came later, in the median, are generous; so far below, cautious.
LIMIT = Decimal("0.10")


@dataclass(frozen=True)
class Record:
    """`gap` is the median of value / what came later − 1 (0.12: values were 12% too high), None without any; `spread` the median distance
    from that gap; `share_high` how many of ten values were above what came later by more than the limit."""

    count: int
    gap: Decimal | None
    spread: Decimal | None
    share_high: Decimal | None

    @property
    def verdict(self) -> str:
        """`few`, `generous`, `cautious` or `fair`."""
        if self.gap is None or self.count < LEAST:
            return "few"
        return "generous" if self.gap > LIMIT else "cautious" if self.gap < -LIMIT else "fair"


def record_of(gaps: Sequence[Decimal]) -> Record:
    """The record that some gaps make."""
    if not gaps:
        return Record(0, None, None, None)
    middle = median(gaps)
    spread = median(abs(gap - middle) for gap in gaps)
    return Record(len(gaps), middle, spread, Decimal(sum(gap > LIMIT for gap in gaps)) / len(gaps))
