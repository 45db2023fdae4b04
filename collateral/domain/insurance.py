"""How long insurance is believed, and when somebody is told that it ends. Pure."""

from __future__ import annotations

from datetime import date, timedelta

# What an owner says at registration holds until the policy itself can be asked for; after that only a policy on file insures anything.
STATED_DAYS = 30
# Within the notice of the settings somebody is told every so many days, until the last one that is covered.
AGAIN_DAYS = 10


def believed_until(stated_until: date | None, registered_date: date) -> date | None:
    """The last insured day of an asset of which no policy is on file: as stated, for a month at most."""
    return min(stated_until, registered_date + timedelta(days=STATED_DAYS)) if stated_until else None
