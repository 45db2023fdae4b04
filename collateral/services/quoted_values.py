"""A value of a security that takes the place of the one in force: made of another price or of fewer papers, as old as the one before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from collateral.events import ValuationAccepted
from collateral.models import ComputedValue, Valuation
from collateral.services.counting import review_loans
from core.events import publish


def put_in_place(
    before: Valuation,
    *,
    worth: Decimal,
    base_id: UUID | None,
    evidence: dict[str, Any],
    business_date: date,
    valued_date: date | None = None,
) -> Valuation:
    """Let `worth`, in the currency of the value before and with its days (or of `valued_date`) and its end, be what counts; the loans it
    covers are looked at.

    `base_id` is the value a person gave in the beginning. To be called within a transaction that holds the asset's lock.
    """
    asset = before.asset
    value = Valuation.objects.create(
        asset=asset,
        ordered_date=business_date,
        state=Valuation.State.ACCEPTED,
        decided_at=timezone.now(),
        method=Valuation.Method.MARKET_QUOTE,
        market_value=worth,
        currency=before.currency,
        valued_date=valued_date or before.valued_date,
        expires_date=before.expires_date,
        ended_date=before.ended_date,
        ended_by=before.ended_by,
        kept_share=before.kept_share,
    )
    ComputedValue.objects.create(valuation=value, base_id=base_id, source=ComputedValue.Source.QUOTE, uncapped=worth, evidence=evidence)
    Valuation.objects.filter(asset=asset, state=Valuation.State.ACCEPTED).exclude(pk=value.pk).update(state=Valuation.State.EXPIRED)
    publish(ValuationAccepted(valuation_id=str(value.pk), asset_id=str(asset.pk)))
    review_loans(asset, business_date=business_date)
    return value
