"""Until when an applicant has to have a letter about what was decided."""

from __future__ import annotations

from datetime import date, timedelta

DAYS_TO_WRITE = timedelta(days=7)
"""What the house gives itself to write about a decision."""
LATEST = timedelta(days=30)
"""After a complete application came in its applicant hears what was decided, or offered instead; of one that is not complete what it lacks
(12 CFR 1002.9(a)(1)(i) and (c)(1))."""


def last_day_to_write(decided: date, came_in: date | None) -> date:
    """The last day of a letter about what was decided on `decided`, of an application that came in complete on `came_in`; None where its
    applicant had an answer already, or nobody knows the day. A decision that is late is told the same day.
    """
    written = decided + DAYS_TO_WRITE
    return written if came_in is None else max(decided, min(written, came_in + LATEST))
