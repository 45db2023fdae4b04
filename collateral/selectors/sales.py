"""Reads of sales: the files taken in, the markets they make, and the price models learnt from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, Func, IntegerField, Max, Min, OuterRef, QuerySet

from collateral.models import HedonicVersion, Sale, ValueFile
from core import access
from core.models import User


@dataclass(frozen=True)
class Market:
    """The sales of one market."""

    code: str
    currency: str
    sales: int
    first_date: date
    last_date: date


def list_markets() -> list[Market]:
    """Every market with its sales."""
    rows = Sale.objects.values_list("market", "currency").annotate(Count("id"), Min("sold_date"), Max("sold_date")).order_by("market")
    return [Market(*row) for row in rows]


def list_value_files(kind: str) -> QuerySet[ValueFile]:
    """The files of a kind taken in, newest first, with the number of figures that wait or waited and without those themselves."""
    held = Func(F("held"), function="jsonb_array_length", output_field=IntegerField())
    return ValueFile.objects.filter(kind=kind).defer("held").annotate(held_count=held).select_related("imported_by").order_by("-id")


def files_since(version: HedonicVersion) -> list[ValueFile]:
    """The files of sales that a price model learnt from and the one in force did not, the newest first."""
    taken = list_value_files(ValueFile.Kind.SALES).filter(market=version.market, imported_at__lte=version.trained_at)
    before = HedonicVersion.objects.filter(market=version.market, state=HedonicVersion.State.ACTIVE).exclude(pk=version.pk)
    if (trained := before.values_list("trained_at", flat=True).first()) is not None:
        taken = taken.filter(imported_at__gt=trained)
    learnt = Sale.objects.filter(source=OuterRef("pk"), held_out=False)
    return list(taken.filter(Exists(learnt)))


def list_hedonic_versions() -> QuerySet[HedonicVersion]:
    """Price models by market, newest first, without their content."""
    return HedonicVersion.objects.defer("content").select_related("trained_by", "activated_by").order_by("market", "-number")


def access_hedonic_version(user: User, version_id: object) -> HedonicVersion:
    """One price model; sales are public, so that every reader of the page may see it."""
    return access.one(list_hedonic_versions(), pk=version_id)
