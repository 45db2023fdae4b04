"""Points of an index that jump threefold: a rise waits until a second person confirms the very figure, a fall counts meanwhile and is
undone when it is refused.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from collateral.models import IndexPoint, IndexSeries, ValueFile

# The kind of proposal by which a file's figures wait for a second person.
OF_FILE = "collateral.figures_of_file"


def jump_in(taken: ValueFile) -> tuple[Decimal, Decimal] | None:
    """The figure of a file that jumps farthest, with what it jumps from; None where none does."""
    jumps = [(Decimal(one["figure"]), Decimal(one["before"])) for one in taken.held if one.get("jump")]
    return max(jumps, key=lambda jump: max(jump[0] / jump[1], jump[1] / jump[0]), default=None)


def counting_points(taken: ValueFile) -> QuerySet[IndexPoint]:
    """What of a file fell threefold and counts before a second person's word, with what follows in it: that was measured by the fall."""
    first: dict[int, date] = {}
    for one in taken.held:
        if one.get("counts"):
            series, day = int(one["series"]), date.fromisoformat(one["date"])
            first[series] = min(day, first.get(series, day))
    falls = Q(pk__in=[])
    for series, day in first.items():
        falls |= Q(series=series, period_end__gte=day)
    return IndexPoint.objects.filter(falls, source=taken)


def undo_points(taken: ValueFile, today: date) -> None:
    """Take what fell off the record; the night makes anew what was made of it. To be called within the transaction of the decision."""
    points = counting_points(taken)
    series = set(points.values_list("series", flat=True))
    points.delete()
    IndexSeries.objects.filter(pk__in=series).update(revised_date=today)
