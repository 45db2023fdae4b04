"""A submitted value against what sales of comparable homes say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from collateral.domain.red_flags import Finding

# A value so far above the upper end of the range in which nine homes of ten are sold needs an explanation.
OVER_RANGE = Decimal("0.05")

# A limit this much lower than the one that somebody decided on is another ground.
MOVED = Decimal("0.05")
_LIMITS = {"above_evidence": ("high", "by_curve", "by_price")}


def find_other_area(areas: Mapping[str, Decimal], tolerance: Decimal) -> list[Finding]:
    """Whether the areas of one asset, in square metres by where they were read, differ by more than the set share."""
    given = {name: area for name, area in areas.items() if area > 0}
    if len(given) < 2 or (apart := max(given.values()) / min(given.values()) - 1) <= tolerance:
        return []
    text = f"The areas of this asset differ by {apart:.0%}; the limit is {tolerance:.0%}."
    return [Finding("area_differs", text, {name: f"{area.normalize():f}" for name, area in given.items()})]


def is_decided(finding: Finding, decided: Mapping[str, str]) -> bool:
    """Whether somebody who decided a red flag of this code on that evidence has seen this one: the same figures, or a limit that has hardly
    fallen since."""
    if finding.evidence == decided:
        return True
    for name in _LIMITS.get(finding.code, ()):
        if name in finding.evidence and name in decided and finding.evidence.get("market_value") == decided.get("market_value"):
            return Decimal(finding.evidence[name]) >= Decimal(decided[name]) * (1 - MOVED)
    return False


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


# A machine seldom keeps so much more than its curve says.
OVER_CURVE = Decimal("0.25")
# Between the close and the order, a price moves; a value farther above it was not taken from the market.
OVER_QUOTE = Decimal("0.05")
# A value this far below the market is one of fewer than are on file, from which the next night would make what nobody appraised.
UNDER_QUOTE = Decimal("0.30")


def find_against_curve(value: Decimal, expected: Decimal, *, curve: str) -> list[Finding]:
    """Whether a value lies above what the price when new and the curve leave, by more than the set share."""
    if value <= expected * (1 + OVER_CURVE):
        return []
    text = f"The value lies {value / expected - 1:.0%} above what the curve {curve} leaves of the price when new; the limit is {OVER_CURVE:.0%}."
    return [Finding("above_evidence", text, {"market_value": str(value), "by_curve": f"{expected:.0f}"})]


def find_against_quote(value: Decimal, quoted: Decimal, *, isin: str, day: str) -> list[Finding]:
    """Whether a value lies above quantity times the last price by more than the set share,
    or so far below that another quantity was valued.
    """
    if value < quoted * (1 - UNDER_QUOTE):
        text = f"The value lies {1 - value / quoted:.0%} below the market price of {isin} on {day}: another quantity may have been valued."
        return [Finding("below_quote", text, {"market_value": str(value), "by_price": f"{quoted:.2f}"})]
    if value <= quoted * (1 + OVER_QUOTE):
        return []
    text = f"The value lies {value / quoted - 1:.0%} above the market price of {isin} on {day}; the limit is {OVER_QUOTE:.0%}."
    return [Finding("above_evidence", text, {"market_value": str(value), "by_price": f"{quoted:.2f}"})]


def find_changed_holding(isin: str, quantity: Decimal, counted_isin: str, counted: Decimal | None) -> Finding:
    """That more of a paper, or another one, is recorded than anybody but its recorder has seen."""
    evidence = {"isin": isin, "quantity": f"{quantity.normalize():f}"}
    if counted is None:
        return Finding(
            "holding_changed",
            "Securities were recorded after a value was ordered or a pledge stood; they count once this is cleared.",
            evidence,
        )
    evidence |= {"counted_isin": counted_isin, "counted_quantity": f"{counted.normalize():f}"}
    words = f"{quantity.normalize():,f} of {isin} are recorded where {counted.normalize():,f} of {counted_isin} count."
    return Finding("holding_changed", f"{words} The change counts once this is cleared.", evidence)


def find_recorded_since_split(
    isin: str, quantity: Decimal, counted: Decimal | None, *, recorded: date, split_date: date, words: str
) -> Finding:
    """That securities were recorded on or after the day of a split that came on file later:
    as papers of before or of after it, nobody knows.
    """
    evidence = {
        "isin": isin,
        "quantity": f"{quantity.normalize():f}",
        "counted_quantity": f"{counted.normalize():f}" if counted is not None else "none",
        "split": words,
        "split_date": split_date.isoformat(),
    }
    text = (
        f"{quantity.normalize():,f} of {isin} were recorded on {recorded:%-d %b %Y}, since the split of {words} on {split_date:%-d %b %Y}."
    )
    return Finding("holding_changed", f"{text} Cleared, they are papers of after it; else record how many there are.", evidence)
