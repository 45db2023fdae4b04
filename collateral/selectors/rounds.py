"""Valuations that were ordered together or beside each other."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Prefetch

from collateral.domain.orders import apart
from collateral.models import Asset, Valuation

# Values that stand for nothing any more.
DISMISSED = (Valuation.State.REJECTED, Valuation.State.WITHDRAWN)


def appraised_values(asset: Asset) -> list[Valuation]:
    """The valuations of an asset that appraisers were asked for or gave, newest first, each with its `kept_files`;
    none that a rule computed.
    """
    files = Prefetch("files", to_attr="kept_files")
    return list(
        asset.valuations.filter(computed__isnull=True)
        .select_related("appraiser__outside_appraiser", "modification")
        .prefetch_related(files)
    )


def set_beside(found: list[Valuation]) -> list[Valuation]:
    """What of an asset's appraised values, newest first, stands side by side unless others are chosen, oldest first: all of the newest
    order, where it has several; else the newest value and the one that was rejected before it, or the one before it.
    """
    if not found:
        return []
    together = [one for one in found if one.round and one.round == found[0].round]
    if len(together) > 1:
        return together[::-1]
    known = [one for one in found if one.market_value is not None]
    if len(known) < 2:
        return found[:1]
    newest, *before = known
    rejected = [one for one in before if one.state == Valuation.State.REJECTED]
    return [(rejected or before)[0], newest]


def distance_of(values: list[Valuation]) -> Decimal | None:
    """How far the values lie apart that stand for something, as a share of the lowest; of two all the same, whatever became of them. None
    for fewer than two that may be seen.
    """
    seen = [one for one in values if one.market_value is not None and not one.sealed]
    known = [one.market_value for one in seen if one.market_value is not None and (len(values) == 2 or one.state not in DISMISSED)]
    return apart(known) if len(known) > 1 else None
