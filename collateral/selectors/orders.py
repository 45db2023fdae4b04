"""Reads of orders that appraisers have, and of the files that came with their values."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from collateral.models import Valuation, ValuationFile
from collateral.selectors.assets import access_valuation
from core import access
from core.errors import NotFound
from core.models import User

VIEWS = (("overdue", "Overdue"), ("waiting", "With appraisers"), ("withdrawn", "Withdrawn"))


def _rows(view: str, today: date) -> Q:
    waiting = Q(state__in=Valuation.WITH_APPRAISER, appraiser__isnull=False)
    return {
        "overdue": waiting & Q(due_date__lt=today),
        "waiting": waiting,
        "withdrawn": Q(state=Valuation.State.WITHDRAWN),
    }[view]


def visible_orders(user: User) -> QuerySet[Valuation]:
    """What was ordered from appraisers for assets of the user's branches."""
    return access.within_branches(user, Valuation.objects.all(), branch="asset__branch")


def list_all_orders(user: User, *, view: str, today: date) -> QuerySet[Valuation]:
    """The worklist of orders: what was due first comes first; of those withdrawn, the newest."""
    rows = visible_orders(user).filter(_rows(view, today)).select_related("asset", "appraiser__outside_appraiser", "decided_by")
    return rows.order_by("-decided_at", "-id") if view == "withdrawn" else rows.order_by(F("due_date").asc(nulls_last=True), "id")


def count_orders(user: User, *, today: date) -> dict[str, int]:
    """How many stand in each view: one query."""
    return visible_orders(user).aggregate(**{name: Count("pk", filter=_rows(name, today)) for name, _ in VIEWS})


def access_valuation_file(user: User, valuation_file_id: UUID) -> ValuationFile:
    """A file of a value the user may see: an appraiser only of their own, others none of a value that is sealed. Else NotFound."""
    file = access.one(ValuationFile.objects.all(), pk=valuation_file_id)
    valuation = access_valuation(user, file.valuation_id)
    if valuation.sealed and valuation.appraiser_id != user.pk:
        raise NotFound()
    file.valuation = valuation
    return file
