"""Who may value an asset, when one word is not enough, and which of several values counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median_low

from collateral.domain.red_flags import Finding

# Values of one asset further apart than this share of the lower one need somebody else's look.
MOST_APART = Decimal("0.15")
# The red flag of it, which stands with the highest of them.
APART = "values_apart"
# Orders about one officer's assets within a year before shares of them say anything, and the most of a fair share that one appraiser has.
COUNTED_FROM = 6
MOST_OF_FAIR_SHARE = Decimal("1.5")


def is_large(threshold: Decimal | None, *values: Decimal | None) -> bool:
    """Whether any of the values asks for two appraisers who do not know of each other: all in the currency of the threshold, and any where there is
    none."""
    return threshold is None or any(value is not None and value >= threshold for value in values)


def within_share(eligible: Sequence[int], ordered: Mapping[int, int]) -> list[int]:
    """Who of the eligible may be drawn for an officer's asset: nobody has more than half above a fair share of that officer's orders."""
    total = sum(ordered.get(person, 0) for person in eligible)
    if total < COUNTED_FROM:
        return list(eligible)
    most = MOST_OF_FAIR_SHARE * total / len(eligible)
    return [person for person in eligible if ordered.get(person, 0) < most]


def find_over_share(drawn: Sequence[tuple[str, int]], total: int) -> list[Finding]:
    """That appraisers were drawn who have more than their share of one officer's orders, as (name, orders) of `total`: nobody else could be."""
    if not drawn:
        return []
    names = ", ".join(name for name, _ in drawn)
    figures = {"orders": ", ".join(f"{name} {count} of {total}" for name, count in drawn)}
    return [
        Finding("appraiser_over_share", f"Drawn beyond a fair share of this officer's assets, as nobody else could be: {names}.", figures)
    ]


def counting_value(values: Sequence[Decimal]) -> Decimal:
    """The highest that may be accepted of several values of one asset: the lower of two, the middle one of three."""
    return median_low(values)


def apart(values: Sequence[Decimal]) -> Decimal:
    """How far the highest lies above the lowest, as a share of the lowest; zero for fewer than two."""
    return max(values) / min(values) - 1 if len(values) > 1 else Decimal(0)


def find_apart(values: Sequence[Decimal]) -> list[Finding]:
    """That appraisers of one asset do not agree."""
    distance = apart(values)
    if distance <= MOST_APART:
        return []
    return [
        Finding(
            APART,
            f"The values of this asset lie {distance:.0%} apart; the limit is {MOST_APART:.0%}.",
            {"highest": str(max(values)), "lowest": str(min(values))},
        )
    ]
