"""Numbers that stand on every page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

MOST = 1000


def count_up_to_most(rows: QuerySet[Any, Any]) -> int:
    """How many rows there are, counted no further than MOST, so that the number costs the same in a book of any size. One query."""
    return rows.order_by()[:MOST].count()
