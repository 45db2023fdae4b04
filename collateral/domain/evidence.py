"""A submitted value against what sales of comparable homes say. Pure."""

from __future__ import annotations

from decimal import Decimal

from collateral.domain.red_flags import Finding

# A value so far above the upper end of the range in which nine homes of ten are sold needs an explanation.
OVER_RANGE = Decimal("0.05")


def find_against_range(value: Decimal, low: Decimal, middle: Decimal, high: Decimal, *, source: str) -> list[Finding]:
    """Whether a value lies above the range of the evidence by more than the set share. All in one currency."""
    if value <= high * (1 + OVER_RANGE):
        return []
    return [
        Finding(
            "above_evidence",
            f"The value lies {value / middle - 1:.0%} above what {source} says, and above its range by more than {OVER_RANGE:.0%}.",
            {"market_value": str(value), "low": f"{low:.0f}", "middle": f"{middle:.0f}", "high": f"{high:.0f}"},
        )
    ]
