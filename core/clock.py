"""Days of the calendar, passed in and never read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta


def days_between(first: date, end: date) -> Iterator[date]:
    """Each day from `first` up to and without `end`."""
    for offset in range((end - first).days):
        yield first + timedelta(days=offset)
