"""Reads of what is left of enforced sales for others and the owners."""

from __future__ import annotations

from uuid import UUID

from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

from collateral.models import SaleRest
from collateral.selectors.assets import access_asset, visible_assets
from core import access
from core.models import Proposal, ProposalState, User

# So many stand on the page; a bank with more of them pays out the oldest first.
MOST = 50


def access_sale_rest(user: User, sale_rest_id: UUID) -> SaleRest:
    """What is left of the sale of an asset the user may see, or NotFound."""
    rest = access.one(SaleRest.objects.select_related("realisation__asset", "paid_by", "owner__person", "lien"), pk=sale_rest_id)
    access_asset(user, rest.realisation.asset_id)
    return rest


def list_unpaid_rests(user: User, *, kind: str) -> list[SaleRest]:
    """What still waits to be paid out of sales that the user may see, the oldest first: one query. `proposed`:
    a proposal of that kind is open.
    """
    rows = SaleRest.objects.filter(paid_date=None, realisation__asset__in=visible_assets(user).order_by())
    waiting = Proposal.objects.filter(kind=kind, state=ProposalState.OPEN, target_id=Cast(OuterRef("pk"), CharField()))
    rows = rows.annotate(proposed=Exists(waiting))
    return list(rows.select_related("realisation__asset", "owner__person", "lien").order_by("realisation__sold_date", "id")[:MOST])
