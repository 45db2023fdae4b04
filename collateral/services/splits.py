"""What a split does to the papers that are pledged: many new ones for those of before its day,
and a question about what was recorded since.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Decimal

from collateral.domain.evidence import find_recorded_since_split
from collateral.models import Asset, SecurityHolding, SecuritySplit
from collateral.services.confirmed_holdings import CHANGED
from collateral.services.fact_versions import keep_version
from collateral.services.flags import raise_findings, settle_flags
from core import audit

PLACES = Decimal("0.0001")


def split_holdings(split: SecuritySplit, *, business_date: date) -> None:
    """Let what was recorded before the day of a split be so many new papers. Nobody knows which papers were counted in what was recorded
    from that day on: of it the lesser counts, and a red flag asks. To be called within the transaction that puts the split on file.
    """
    assets = Asset.objects.filter(holding__isin=split.isin) | Asset.objects.filter(holding__confirmed_isin=split.isin)
    for asset in assets.distinct().order_by("pk"):
        Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
        held = SecurityHolding.objects.select_for_update().get(asset=asset)
        if held.isin == split.isin or held.confirmed_isin == split.isin:
            _split(asset, held, split, business_date)


def _split(asset: Asset, held: SecurityHolding, split: SecuritySplit, today: date) -> None:
    before = {"quantity": str(held.quantity), "confirmed_quantity": str(held.confirmed_quantity or "")}
    since = held.isin == split.isin and held.recorded_date >= split.split_date
    if held.confirmed_isin == split.isin and held.confirmed_quantity is not None:
        counted_since = (held.confirmed_date or held.recorded_date) >= split.split_date
        if not counted_since or split.factor < 1:
            held.confirmed_quantity = _times(held.confirmed_quantity, split)
    if held.isin == split.isin and not since:
        held.quantity = _times(held.quantity, split)
        values = {"isin": held.isin, "quantity": held.quantity}
        keep_version(asset, "holding", values, valid_from=today, actor=None, business_date=today)
    held.save(update_fields=["quantity", "confirmed_quantity"])
    audit.record(
        "holding.split", actor=None, actor_name="rule", target=asset, label=asset.reference, business_date=today, isin=split.isin,
        new=split.new, old=split.old, before=before, quantity=str(held.quantity), confirmed_quantity=str(held.confirmed_quantity or ""),
    )  # fmt: skip
    if since and not (held.confirmed and held.confirmed_date and held.confirmed_date < split.split_date):
        finding = find_recorded_since_split(
            held.isin, held.quantity, held.confirmed_quantity, recorded=held.recorded_date, split_date=split.split_date,
            words=f"{split.new} for {split.old}",
        )  # fmt: skip
        raise_findings(asset=asset, findings=[finding], business_date=today)
    elif held.confirmed:
        settle_flags(asset=asset, code=CHANGED, reason="No more is recorded than counts.", actor=None, business_date=today)


def _times(quantity: Decimal, split: SecuritySplit) -> Decimal:
    """So many new papers; never none, which the database would not keep."""
    return max(PLACES, (quantity * split.new / split.old).quantize(PLACES, ROUND_DOWN))
