"""How long insurance is believed, and when somebody is told that it ends. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from collateral.domain.red_flags import Finding

# What an owner says at registration holds until the policy itself can be asked for; after that only a policy on file insures anything.
STATED_DAYS = 30
# No policy on file insures anything for longer than this from the day it is recorded: renewals are recorded when they come.
LONGEST_DAYS = 5 * 366
# A value may rise by this much above what is insured, or above what somebody decided on, before it is asked about again.
RISEN = Decimal("0.05")
# Within the notice of the settings somebody is told every so many days, until the last one that is covered.
AGAIN_DAYS = 10


def believed_until(stated_until: date | None, registered_date: date) -> date | None:
    """The last insured day of an asset of which no policy is on file: as stated, for a month at most."""
    return min(stated_until, registered_date + timedelta(days=STATED_DAYS)) if stated_until else None


def find_under_insured(insured: Decimal, worth: Decimal) -> Finding:
    """That an asset is insured for less than it is worth, in its currency."""
    figures = {"sum_insured": str(insured), "value": str(worth)}
    return Finding("under_insured", f"The insured sum is {1 - insured / worth:.0%} below the value.", figures)


def is_accepted(decided: Mapping[str, str], insured: Decimal, worth: Decimal) -> bool:
    """Whether somebody has decided on so much insurance of hardly less worth."""
    known = {name: Decimal(decided.get(name, "0")) for name in ("sum_insured", "value")}
    return known["sum_insured"] == insured and worth <= known["value"] * (1 + RISEN)
