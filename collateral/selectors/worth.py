"""Whether a pledge claims far more than its asset could ever cover."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from collateral.domain.unlikely import times_worth
from collateral.models import Asset, AssetKind, Pledge, Receivable, Valuation


def worths_of(assets: Iterable[Asset]) -> dict[UUID, Decimal]:
    """What each asset is worth at most as far as is known, in its currency: by the value that was accepted or as stated, and of receivables
    no more than the open ones add up to. Two queries for any number of assets.
    """
    named = list(assets)
    accepted = Valuation.objects.filter(asset__in=named, state=Valuation.State.ACCEPTED, market_value__isnull=False).order_by("valued_date")
    values = dict(accepted.values_list("asset", "market_value"))
    claims = [asset.pk for asset in named if asset.kind == AssetKind.RECEIVABLES]
    open_sums = (
        Receivable.objects.filter(asset__in=claims, settled_date=None, unconfirmed=False)
        .order_by()
        .values_list("asset")
        .annotate(total=Sum(F("nominal") - F("reduced")))
    )
    found = dict(open_sums) if claims else {}
    worth = {asset.pk: values.get(asset.pk) or asset.stated_value for asset in named}
    return {key: min(value, found[key]) if key in found else value for key, value in worth.items()}


def is_far_above(pledge: Pledge, worth: Decimal) -> bool:
    """Whether a pledge that stands or waits claims more than twice what its asset is worth: what is above covers nothing."""
    return pledge.state not in Pledge.GIVEN_BACK and times_worth(pledge.amount, worth) is not None
