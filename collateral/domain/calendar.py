"""Classes of assets by how often they are valued again, and the rules of a class. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

# The calendar knows one class more than the register: real estate that is no home, and land for business.
COMMERCIAL = "COMMERCIAL"
HOMES = ("HOME", "FLATS")
BUSINESS_ZONES, BUSINESS_USES = ("COMMERCIAL", "INDUSTRIAL", "MIXED"), ("BUSINESS", "INDUSTRY")
# A value is computed so many days before the one in force runs out, at the latest.
AHEAD_DAYS = 7


def calendar_class(kind: str, use: str | None, zoning: str | None = None) -> str:
    """The class of an asset in the calendar: its own, but commercial for real estate whose facts name another `use` than homes, and for
    land that its plan gives to business or that business is done on.
    """
    if kind == "LAND":
        return COMMERCIAL if zoning in BUSINESS_ZONES or use in BUSINESS_USES else kind
    return COMMERCIAL if kind == "REAL_ESTATE" and use and use not in HOMES else kind


@dataclass(frozen=True)
class Rule:
    """For assets of a class of the calendar that are worth at least `from_value`, or on which as much is owed, in the bank's currency: days
    a value holds, days between computed values (0: none), and days after which an appraiser has to look again.
    """

    kind: str
    from_value: Decimal
    valid_days: int
    computed_days: int
    appraise_days: int

    @property
    def computed_after(self) -> int:
        """Days after which a value is computed anew: some before it runs out, so that no day is without one and a night that fails is made
        up for; 0: never.
        """
        return min(self.computed_days, max(1, self.valid_days - AHEAD_DAYS))
