"""How one asset's lending value falls to those who have a lien on it. Pure, exact, in the asset's currency.

Who ranks better is satisfied first, with what is owed to them and at most with what is registered for them; who ranks equal shares in
proportion. What nobody else needs, a lien may count on up to what is registered. Claims of others that the register names before a lien
come off before it. So what is given out is never more than the value.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

ZERO = Decimal(0)
# The scale of a money column: shares of equal ranks are cut off there.
UNIT = Decimal("0.0001")


@dataclass(frozen=True)
class Claim:
    """One lien: `amount` is the lesser of what is registered and what is owed, `prior` what others, not this bank, stand before it with.

    Where its own share is asked for, `registered` is all that it may give, more than is owed too.
    """

    key: Hashable
    rank: int
    amount: Decimal
    prior: Decimal = ZERO
    registered: Decimal | None = None


@dataclass(frozen=True)
class PaidOut:
    """What a price gave: to each claim, to others, and what nobody claims. Together they are the price. Of the others, `ahead` says what
    they got before the claims of each rank, the best first, and `behind` what after all.
    """

    shares: Mapping[Hashable, Decimal]
    left: Decimal
    ahead: Mapping[int, Decimal]
    behind: Decimal

    @property
    def others(self) -> Decimal:
        """What others got, wherever they stand."""
        return sum(self.ahead.values(), self.behind)


@dataclass(frozen=True)
class Share:
    """What a lien gets, and the claims that stand before or beside it."""

    available: Decimal
    before: Decimal


def allocate(value: Decimal, claims: Sequence[Claim]) -> Mapping[Hashable, Share]:
    """The share of each claim in a lending value, by its key."""
    found = {}
    for claim in claims:
        ahead = sum((other.amount for other in claims if other.rank < claim.rank), ZERO)
        together = sum((other.amount for other in claims if other.rank == claim.rank), ZERO)
        room = max(ZERO, value - claim.prior - ahead)
        # Everybody of a rank is paid in full, and what they leave is there for more that is registered; or each in proportion.
        if together <= room:
            share = claim.amount if claim.registered is None else min(claim.registered, room - together + claim.amount)
        else:
            share = (room * claim.amount / together).quantize(UNIT, ROUND_DOWN)
        found[claim.key] = Share(share, claim.prior + ahead + together - claim.amount)
    return found


def split(given: Decimal, amounts: Sequence[Decimal], least: Decimal) -> list[Decimal]:
    """So much over claims of one rank, in proportion to them and to the last piece of `least`; none gets more than it claims."""
    together = sum(amounts, ZERO)
    if together <= given:
        return list(amounts)
    shares = [(given * one / together).quantize(least, ROUND_DOWN) for one in amounts]
    left = int((given - sum(shares, ZERO)) / least)
    return [share + least * (number < left) for number, share in enumerate(shares)]


def pay_out(price: Decimal, claims: Sequence[Claim], behind: Decimal, least: Decimal) -> PaidOut:
    """Give a price out from the best rank to the worst, in whole pieces of `least`; others stand before the claims as `prior` says, and
    `behind` the last one with so much.

    Unlike `allocate`, which says what each claim may count on, it holds where claims contradict each other: nothing is given out twice.
    """
    left, seen = price, ZERO
    ahead: dict[int, Decimal] = {}
    shares: dict[Hashable, Decimal] = {}
    for rank in sorted({claim.rank for claim in claims}):
        level = [claim for claim in claims if claim.rank == rank]
        given = min(left, max(ZERO, max(claim.prior for claim in level) - seen)).quantize(least, ROUND_DOWN)
        seen = max(seen, *(claim.prior for claim in level))
        ahead[rank], left = given, left - given
        together = sum((claim.amount for claim in level), ZERO)
        room = left
        for claim in level:
            share = claim.amount if together <= room else room * claim.amount / together
            shares[claim.key] = share.quantize(least, ROUND_DOWN)
            left -= shares[claim.key]
    given = min(left, behind).quantize(least, ROUND_DOWN)
    return PaidOut(shares, left - given, ahead, given)
