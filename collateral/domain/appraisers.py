"""How an appraiser's accepted values stood up to what came later. Pure: gaps in, a judgement out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from collateral.domain.red_flags import Finding

# Fewer comparisons than this are chance.
LEAST = 3
# Values so far above what came later, in the median, are generous; so far below, cautious.
LIMIT = Decimal("0.10")
# A value farther above the bank's evidence than an appraiser's own gap and so many of their own spreads is unlike them.
SPREADS = 3


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


def find_outlier(records: Sequence[Record], value: Decimal, expected: Decimal | None) -> list[Finding]:
    """Whether an appraiser is generous by one of their records, or this value is so by more than they ever are. `expected` is what the
    bank's own evidence says, in the same currency; None without any.
    """
    for record in records:
        if record.verdict == "generous" and record.gap is not None:
            text = f"This appraiser's values were {record.gap:.0%} above what came later; the limit is {LIMIT:.0%}."
            return [Finding("appraiser_outlier", text, {"compared": str(record.count)})]
        if record.verdict == "few" or expected is None or record.gap is None or record.spread is None:
            continue
        above = value / expected - 1
        if above > max(record.gap + SPREADS * record.spread, LIMIT):
            text = f"The value lies {above:.0%} above the evidence; this appraiser's values lie {record.gap:+.0%} from what came later."
            return [
                Finding(
                    "appraiser_outlier", text, {"market_value": str(value), "evidence": f"{expected:.0f}", "compared": str(record.count)}
                )
            ]
    return []
