"""Valuations that were ordered together or beside each other."""

from __future__ import annotations

from decimal import Decimal

from collateral.domain.orders import apart
from collateral.models import Asset, Valuation


def latest_round(asset: Asset) -> list[Valuation]:
    """The valuations of the newest order of an asset with all that were ordered beside it, oldest first."""
    rows = asset.valuations.filter(computed__isnull=True).select_related("appraiser__outside_appraiser")
    newest = rows.first()
    if newest is None:
        return []
    return list(rows.filter(round=newest.round).order_by("id")) if newest.round else [newest]


def distance_of(values: list[Valuation]) -> Decimal | None:
    """How far the open values lie apart, as a share of the lowest; None for fewer than two that may be seen."""
    known = [one.market_value for one in values if one.market_value is not None and not one.sealed and one.state != "REJECTED"]
    return apart(known) if len(known) > 1 else None
