"""Reads of what is left of enforced sales for others and the owners."""

from __future__ import annotations

from uuid import UUID

from collateral.models import SaleRest
from collateral.selectors.assets import access_asset, visible_assets
from core import access
from core.models import User

# So many stand on the page; a bank with more of them pays out the oldest first.
MOST = 50


def access_sale_rest(user: User, sale_rest_id: UUID) -> SaleRest:
    """What is left of the sale of an asset the user may see, or NotFound."""
    rest = access.one(SaleRest.objects.select_related("realisation__asset", "paid_by"), pk=sale_rest_id)
    access_asset(user, rest.realisation.asset_id)
    return rest


def list_unpaid_rests(user: User) -> list[SaleRest]:
    """What still waits to be paid out of sales that the user may see, the oldest first: one query."""
    rows = SaleRest.objects.filter(paid_date=None, realisation__asset__in=visible_assets(user).order_by())
    return list(rows.select_related("realisation__asset").order_by("realisation__sold_date", "id")[:MOST])
