"""How one asset's lending value falls to those who have a lien on it. Pure, exact, in the asset's currency.

Who ranks better is satisfied first, with what is owed to them and at most with what is registered for them; who ranks equal shares in
proportion. Claims of others that the register names before a lien come off before it. So what is given out is never more than the value.
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
    """One lien: `amount` is the lesser of what is registered and what is owed, `prior` what others, not this bank, stand before it with."""

    key: Hashable
    rank: int
    amount: Decimal
    prior: Decimal = ZERO


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
        # Everybody of a rank is paid in full, or each in proportion.
        share = claim.amount if together <= room else (room * claim.amount / together).quantize(UNIT, ROUND_DOWN)
        found[claim.key] = Share(share, claim.prior + ahead + together - claim.amount)
    return found
