"""The one order of all claims on an asset: the bank's own pledges and the liens of others.

What others stand before a pledge with is worked out here and nowhere else, whenever something changes in that order.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Max

from collateral.models import Asset, Pledge
from collateral.services.margin_calls import review_covers

ZERO = Decimal(0)


def next_rank(asset: Asset) -> int:
    """The rank behind everything that stands or is proposed."""
    own = asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).aggregate(last=Max("rank"))["last"] or 0
    others = asset.liens.filter(ended_date=None).aggregate(last=Max("rank"))["last"] or 0
    return max(own, others) + 1


def next_free_rank(asset: Asset) -> int:
    """The rank behind everything that stands in the registry: what is only proposed moves behind a claim of others."""
    return max(ranks_in_registry(asset), default=0) + 1


def ranks_in_registry(asset: Asset) -> set[int]:
    """The ranks that are taken for good."""
    own = asset.pledges.exclude(state__in=(*Pledge.GIVEN_BACK, *Pledge.WAITING)).values_list("rank", flat=True)
    return {*own, *asset.liens.filter(ended_date=None).values_list("rank", flat=True)}


def settle_claims(asset: Asset) -> list[tuple[Pledge, Decimal]]:
    """Write what others stand before each pledge with, and return the pledges for which it grew, with what it was before.

    That are the liens of better rank that stand, and with them what was declared, of this pledge or of a better one, of claims that never came on
    file: a claim that was declared before a better pledge stands before this one too, beside liens that rank in between. Call it with the asset held.
    """
    liens = list(asset.liens.all())
    unnamed = ZERO
    grown = []
    for pledge in asset.pledges.select_for_update().exclude(state__in=Pledge.GIVEN_BACK).order_by("rank", "id"):
        better = [lien for lien in liens if lien.rank < pledge.rank]
        on_file = sum((lien.amount for lien in better), ZERO)
        standing = sum((lien.amount for lien in better if lien.ended_date is None), ZERO)
        before = pledge.prior_claims
        unnamed = max(unnamed, pledge.declared_claims - on_file)
        ahead = standing + unnamed
        if ahead != before:
            pledge.prior_claims = ahead
            pledge.save(update_fields=["prior_claims"])
        if ahead > before:
            grown.append((pledge, before))
    return grown


def review_covers_of(asset: Asset, *, business_date: date) -> None:
    """Measure every running loan anew that stands on the asset."""
    for application in asset.pledges.filter(state__in=Pledge.STANDING).order_by("id").values_list("application_id", flat=True):
        review_covers(application, business_date=business_date)
