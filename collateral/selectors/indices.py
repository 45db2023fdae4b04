"""Reads of indices and of the settings that say how values age."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery

from collateral.models import IndexPoint, IndexSeries, ValueSettings
from collateral.selectors.property_values import INDEX_AGE
from core import access
from core.models import User

SHOWN = 40


def list_index_series(*, text: str = "") -> QuerySet[IndexSeries]:
    """Indices with their last point, those that values follow first."""
    last = IndexPoint.objects.filter(series=OuterRef("pk")).order_by("-period_end")
    rows = IndexSeries.objects.annotate(last_end=Subquery(last.values("period_end")[:1]), last_value=Subquery(last.values("value")[:1]))
    if text:
        rows = rows.filter(code__icontains=text) | rows.filter(title__icontains=text)
    return rows.order_by("-used", "country", "region", "code")


def series_titles(keys: Iterable[str]) -> dict[str, str]:
    """What indices are called, by their key as text: one query."""
    return {str(key): title for key, title in IndexSeries.objects.filter(pk__in=set(keys)).values_list("pk", "title")}


def access_index_series(user: User, series_id: int) -> IndexSeries:
    """One index; indices are published, so that every reader of the page may see it."""
    return access.one(IndexSeries.objects.all(), pk=series_id)


def last_points(series: IndexSeries) -> list[IndexPoint]:
    """The latest ten years of an index, oldest first."""
    return list(reversed(series.points.order_by("-period_end")[:SHOWN]))


def list_value_settings() -> QuerySet[ValueSettings]:
    """Versions of the settings, newest first."""
    return ValueSettings.objects.select_related("proposed_by", "confirmed_by").order_by("-number")


def access_value_settings(user: User, settings_id: object) -> ValueSettings:
    """One version of the settings."""
    return access.one(list_value_settings(), pk=settings_id)


def series_of(country: str, region: str) -> IndexSeries | None:
    """The index that values of a place follow: its region's first, else its country's. None without one."""
    places = Q(region="") | Q(region=region)
    return IndexSeries.objects.filter(places, used=True, country=country).order_by("-region").first()


def index_factor(*, country: str, region: str, then: date, now: date) -> Decimal | None:
    """What prices of a place did between two days by the index that values follow. None without one, and where it says nothing of either
    day because its last point before it is older than `INDEX_AGE`.
    """
    series = series_of(country, region)
    if series is None:
        return None
    points = series.points.order_by("-period_end")
    before, after = (points.filter(period_end__lte=day, period_end__gt=day - timedelta(days=INDEX_AGE)).first() for day in (then, now))
    return after.value / before.value if before and after else None
