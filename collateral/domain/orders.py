"""Who may value an asset, when one word is not enough, and which of several values counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """Whether any of the values asks for two appraisers who do not know of each other: all in the currency of the threshold, and any where
    there is none.
    """
    return threshold is None or any(value is not None and value >= threshold for value in values)


@dataclass(frozen=True)
class Orders:
    """How many orders of the last year went to each appraiser of a branch, about the assets of one officer or from one who `orders`:
    `whose`.
    """

    whose: str
    counts: Mapping[int, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


def within_share(eligible: Sequence[int], orders: Orders, among: int) -> list[int]:
    """Who of the eligible may be drawn: nobody has more than half above a fair share of those orders, shared out `among` all appraisers of
    the branch, its own and those of other firms, whoever may value this asset. Where there is one alone, the share of that one is never
    fair.
    """
    if orders.total < COUNTED_FROM:
        return list(eligible)
    if among < 2:
        return []
    most = MOST_OF_FAIR_SHARE * orders.total / among
    return [person for person in eligible if orders.counts.get(person, 0) < most]


def find_over_share(drawn: Mapping[int, str], eligible: Sequence[int], among: int, watched: Sequence[Orders]) -> list[Finding]:
    """That appraisers were drawn, by number and name, who have more than their share of the orders of one of the `watched`; and why."""
    figures: dict[str, str] = {}
    names: dict[str, None] = {}
    for orders in watched:
        fair = within_share(list(drawn), orders, among)
        over = {key: name for key, name in drawn.items() if key not in fair}
        names |= dict.fromkeys(over.values())
        if over:
            figures[orders.whose] = ", ".join(f"{name} {orders.counts.get(key, 0)} of {orders.total}" for key, name in over.items())
    if not figures:
        return []
    why = "nobody else is eligible" if len(eligible) <= len(drawn) else "nobody else within a share did not value it last"
    return [Finding("appraiser_over_share", f"Drawn beyond a fair share of one officer's orders, as {why}: {', '.join(names)}.", figures)]


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
