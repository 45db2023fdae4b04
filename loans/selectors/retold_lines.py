"""What statement lines are by the file that says most of them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from loans.models import RetoldLine, StatementLine


def as_told(rows: QuerySet[StatementLine], *, until: int | None = None, aside: Collection[UUID] | None = None) -> QuerySet[StatementLine]:
    """The lines, each with `told`: {"id", "category", "coding", "partner"} of the newest word that a later file has of it, or None.

    Of files that are left out nothing counts: those that are now, or those that `aside` names. `until` is the last word that was known.
    """
    words = RetoldLine.objects.filter(line=OuterRef("pk"))
    words = words.filter(statement__aside="") if aside is None else words.exclude(statement__in=aside)
    if until is not None:
        words = words.filter(pk__lte=until)
    told = JSONObject(id=F("pk"), category=F("category"), coding=F("coding"), partner=F("statement__partner__name"))
    return rows.annotate(told=Subquery(words.order_by("-pk").values(word=told)[:1]))
