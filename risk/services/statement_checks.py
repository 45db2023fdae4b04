"""Whether the statements that somebody sent may be relied on, as checks that stand beside what was stated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from loans.models import Application
from risk.domain.cross_checks import STATEMENTS_WHOLE
from risk.domain.statement_gaps import hole_words
from risk.domain.statement_window import WINDOW_DAYS
from risk.selectors.statements import Standing, standing_of

Check = tuple[str, str, str, bool]
"""A check by its code: what should be, what is, and whether it agrees."""


def statement_checks(application: Application, *, business_date: date) -> Iterator[Check]:
    """Whether the files of a year follow from one another and agree; nothing where nobody sent any. One query."""
    since = business_date - timedelta(days=WINDOW_DAYS)
    standing = standing_of(application.borrower_id, currency=application.currency, since=since)
    if not standing.files:
        return
    lacks = _lacks(standing)
    yield STATEMENTS_WHOLE, "whole", ", ".join(lacks) or "whole", not lacks


def _lacks(standing: Standing) -> list[str]:
    lacks = [f"none of {hole_words(hole)}" for hole in standing.holes]
    if standing.conflicts:
        lacks.append("1 contradiction" if standing.conflicts == 1 else f"{standing.conflicts} contradictions")
    return lacks
