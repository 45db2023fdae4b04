"""Valuations that were ordered together or beside each other."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Prefetch

from collateral.domain.orders import apart
from collateral.models import Asset, Valuation

# Values that stand for nothing any more.
DISMISSED = (Valuation.State.REJECTED, Valuation.State.WITHDRAWN)


def latest_round(asset: Asset) -> list[Valuation]:
    """The valuations of the newest order of an asset with all that were ordered beside it, oldest first; each with its `kept_files`."""
    files = Prefetch("files", to_attr="kept_files")
    rows = asset.valuations.filter(computed__isnull=True).select_related("appraiser__outside_appraiser").prefetch_related(files)
    newest = rows.first()
    if newest is None:
        return []
    return list(rows.filter(round=newest.round).order_by("id")) if newest.round else [newest]


def distance_of(values: list[Valuation]) -> Decimal | None:
    """How far the open values lie apart, as a share of the lowest; None for fewer than two that may be seen."""
    known = [one.market_value for one in values if one.market_value is not None and not one.sealed and one.state not in DISMISSED]
    return apart(known) if len(known) > 1 else None
