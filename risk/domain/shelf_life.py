"""How long facts count: the shelf lives of the catalogue in days, and those of another day where an assessment froze them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from risk.domain.facts import CATALOGUE, FactKind

SHELVES: Mapping[str, int] = {code: kind.shelf_days for code, kind in CATALOGUE.items() if kind.shelf_days is not None}
"""The shelf lives of the facts that age."""


def last_fresh_day(kind: FactKind, as_of_date: date, shelves: Mapping[str, int] = SHELVES) -> date | None:
    """The last day on which a fact true on `as_of_date` still counts; None where it does not age.
    `shelves` are the lives of another day.
    """
    days = shelves.get(kind.code)
    return None if days is None else as_of_date + timedelta(days=days)


def is_stale(kind: FactKind, as_of_date: date, business_date: date, shelves: Mapping[str, int] = SHELVES) -> bool:
    """Whether a fact true on `as_of_date` has outlived its shelf life on the business date."""
    last = last_fresh_day(kind, as_of_date, shelves)
    return last is not None and business_date > last
