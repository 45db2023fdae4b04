"""When a loan's collateral no longer carries what was agreed, by how much, and how it was put right. Pure, in the loan's currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Standing:
    """A loan's cover at a moment: what is owed, what is available to it, how many liens it has."""

    exposure: Decimal
    available: Decimal
    pledges: int


def shortfall(standing: Standing, min_coverage: Decimal) -> Decimal:
    """What the cover lacks of `min_coverage` (a fraction of what is owed); zero when it carries all that was agreed."""
    return max(ZERO, standing.exposure * min_coverage - standing.available)


def to_prepay(standing: Standing, min_coverage: Decimal) -> Decimal:
    """What has to be paid early so that the cover there is carries the rest."""
    return shortfall(standing, min_coverage) / min_coverage if min_coverage else ZERO


def agreed_at(coverage: Decimal | None) -> Decimal:
    """The coverage a contract asks for from then on, by the one it began with: never more than all of the debt, in whole per cent."""
    return min(Decimal(1), coverage or ZERO).quantize(Decimal("0.01"), ROUND_DOWN)


def answer_of(before: Standing, now: Standing, substituted: bool) -> str:
    """What put a shortfall right: another asset for one before, one more, money, or the market."""
    if substituted:
        return "SUBSTITUTION"
    if now.pledges > before.pledges:
        return "PLEDGE"
    return "PREPAYMENT" if now.exposure < before.exposure else "VALUE"
