"""Points of an index that jump threefold: a rise waits until a second person confirms the very figure, a fall counts meanwhile and is undone when
it is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from collateral.models import IndexPoint, IndexSeries, ValueFile


def jump_in(taken: ValueFile) -> tuple[Decimal, Decimal] | None:
    """The figure of a file that jumps farthest, with what it jumps from; None where none does."""
    jumps = [(Decimal(one["figure"]), Decimal(one["before"])) for one in taken.held if one.get("jump")]
    return max(jumps, key=lambda jump: max(jump[0] / jump[1], jump[1] / jump[0]), default=None)


def counting_points(taken: ValueFile) -> QuerySet[IndexPoint]:
    """What of a file fell threefold and counts before a second person's word."""
    falls = Q(pk__in=[])
    for one in taken.held:
        if one.get("counts"):
            falls |= Q(series=int(one["series"]), period_end=date.fromisoformat(one["date"]))
    return IndexPoint.objects.filter(falls, source=taken, confirmed=False)


def undo_points(taken: ValueFile, today: date) -> None:
    """Take what fell off the record; the night makes anew what was made of it. To be called within the transaction of the decision."""
    points = counting_points(taken)
    series = set(points.values_list("series", flat=True))
    points.delete()
    IndexSeries.objects.filter(pk__in=series).update(revised_date=today)
