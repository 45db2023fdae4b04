"""Prices of a file that wait for a second person: values follow them where they fell, and are put right once somebody has decided."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import QuerySet

from collateral.domain.computed_values import part_of, worth_of
from collateral.models import Asset, ComputedValue, SecurityHolding, SecurityPrice, SecuritySplit, Valuation, ValueFile, WaitingPrice
from collateral.services.file_intake import BATCH
from collateral.services.quoted_values import put_in_place
from core.money import unit


def keep_waiting(taken: ValueFile) -> None:
    """Keep what waits of a file of prices where the night finds it."""
    rows = [
        WaitingPrice(isin=one["isin"], price_date=one["date"], price=Decimal(one["figure"]), currency=one["currency"], source=taken)
        for one in taken.held
    ]
    WaitingPrice.objects.bulk_create(rows, batch_size=BATCH)


def rests_on(taken: ValueFile) -> bool:
    """Whether a value in force was lowered by prices of a file that wait."""
    return _made_of(taken).exists()


def settle_waiting(taken: ValueFile, *, business_date: date) -> None:
    """Let no price of a file wait any more: what of them counts is on record by now. Values that were lowered by the others are what they
    were before, or what another price that waits makes of them. To be called within the transaction of the decision.
    """
    WaitingPrice.objects.filter(source=taken).delete()
    for computed in _made_of(taken).select_related("valuation").order_by("valuation__asset"):
        Asset.objects.select_for_update(of=("self",)).get(pk=computed.valuation.asset_id)
        lowered = Valuation.objects.select_for_update(of=("self",)).select_related("asset").get(pk=computed.valuation_id)
        held = SecurityHolding.objects.filter(asset=lowered.asset).first()
        if lowered.state != Valuation.State.ACCEPTED or held is None or not held.confirmed_quantity:
            continue
        worth, day, evidence = _settled(computed.evidence, held.confirmed_quantity, lowered.currency, business_date)
        if worth != lowered.market_value or day != lowered.valued_date:
            put_in_place(lowered, worth=worth, base_id=computed.base_id, evidence=evidence, business_date=business_date, valued_date=day)


def correct_before(known: SecurityPrice, wrong_price: Decimal, *, business_date: date) -> None:
    """Put right what stands beside values that a waiting price lowered as their worth before it, where that was made of another price of
    this day: it comes back when the file is refused. A value falls to it where it is lower by now. To be called within a transaction.
    """
    day = known.price_date.isoformat()
    beside = ComputedValue.objects.filter(
        source=ComputedValue.Source.QUOTE, valuation__state=Valuation.State.ACCEPTED, valuation__currency=known.currency,
        evidence__isin=known.isin, evidence__before_day=day, evidence__has_key="waiting",
    )  # fmt: skip
    for computed in beside.select_related("valuation").order_by("valuation__asset"):
        Asset.objects.select_for_update(of=("self",)).get(pk=computed.valuation.asset_id)
        lowered = Valuation.objects.select_for_update(of=("self",)).select_related("asset").get(pk=computed.valuation_id)
        said, quantity = computed.evidence, Decimal(computed.evidence["quantity"])
        made, off = worth_of(quantity, wrong_price, lowered.currency), unit(lowered.currency)
        if lowered.state != Valuation.State.ACCEPTED or lowered.market_value is None or abs(Decimal(said["before"]) - made) > off:
            continue
        right = worth_of(quantity, known.price, lowered.currency)
        shared: dict[str, Any] = {"base_id": computed.base_id, "business_date": business_date}
        if right < lowered.market_value:
            now = {"isin": known.isin, "quantity": said["quantity"], "price": f"{known.price.normalize():f}", "day": day}
            put_in_place(lowered, worth=right, evidence=now, valued_date=known.price_date, **shared)
        else:
            put_in_place(lowered, worth=lowered.market_value, evidence={**said, "before": str(right)}, **shared)


def _made_of(taken: ValueFile) -> QuerySet[ComputedValue]:
    return ComputedValue.objects.filter(
        source=ComputedValue.Source.QUOTE, valuation__state=Valuation.State.ACCEPTED, evidence__waiting=str(taken.pk)
    )


def _settled(said: dict[str, str], quantity: Decimal, currency: str, today: date) -> tuple[Decimal, date, dict[str, str]]:
    """What a value is worth by now that a waiting price made by this evidence, on which day, and of what."""
    isin, day, now = said["isin"], date.fromisoformat(said["day"]), {"isin": said["isin"], "quantity": str(quantity)}
    if SecurityPrice.objects.filter(isin=isin, price_date=day, price=Decimal(said["price"])).exists():
        return worth_of(quantity, Decimal(said["price"]), currency), day, {**now, "price": said["price"], "day": said["day"]}
    # There may be fewer papers by now, or more after a split, which are worth no more together.
    share = min(Decimal(1), quantity / Decimal(said["quantity"]))
    worth = part_of(Decimal(said["before"]) * share, currency)
    since = date.fromisoformat(said["before_day"])
    others = WaitingPrice.objects.filter(isin=isin, currency=currency, price_date__gt=since, price_date__lte=today)
    if (split := SecuritySplit.objects.filter(isin=isin).first()) is not None:
        others = others.filter(price_date__gte=split.split_date)
    lowest = others.order_by("price", "-price_date").first()
    if lowest is not None and worth_of(quantity, lowest.price, currency) < worth:
        other = {"price": f"{lowest.price.normalize():f}", "day": lowest.price_date.isoformat(), "waiting": str(lowest.source_id)}
        back = {"before": str(worth), "before_day": said["before_day"]}
        return worth_of(quantity, lowest.price, currency), lowest.price_date, {**now, **other, **back}
    price = (worth / quantity).quantize(Decimal("0.000001"), ROUND_DOWN)
    return worth, since, {**now, "price": f"{price.normalize():f}", "day": said["before_day"]}
