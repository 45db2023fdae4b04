"""What curves and market prices say an asset is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from collateral.domain.curves import left_of
from collateral.domain.raised_facts import Equipment
from collateral.models import Asset, EquipmentFacts, SecurityHolding, SecurityPrice, SecuritySplit
from collateral.selectors.value_settings import settings_in_force

# A price older than this many days says nothing about today.
PRICE_AGE = 7
SHOWN = 20


@dataclass(frozen=True)
class CurveEvidence:
    """What a machine's price when new and its curve leave on a day. `equipment` is what counts, which may be what was recorded earlier;
    `points` are (year, value) of the whole curve."""

    equipment: Equipment
    left: Decimal
    expected: Decimal
    points: list[tuple[int, Decimal]]


@dataclass(frozen=True)
class QuoteEvidence:
    """Quantity times the last price, and the prices of late, oldest first. `isin` and `quantity` are what counts, or what is recorded where
    nothing does yet. `stale` when the last price is too old to stand for today."""

    holding: SecurityHolding
    isin: str
    quantity: Decimal
    price: Decimal
    price_date: date
    value: Decimal
    prices: list[tuple[date, Decimal]]
    stale: bool


def curve_evidence(asset: Asset, *, business_date: date) -> CurveEvidence | None:
    """What the curve says; None when nothing is recorded of the machine."""
    equipment = EquipmentFacts.objects.filter(asset=asset).first()
    if equipment is None:
        return None
    curves = settings_in_force().curves
    # What held before says it as long as nobody but its recorder saw what would be worth more.
    known = [Equipment(equipment.curve, equipment.bought_date, equipment.new_price)]
    known += [Equipment.read(one) for one in equipment.held if one]
    said = []
    for one in known:
        curve = curves.get(one.curve) or curves["machine"]
        left = left_of(curve, one.bought, business_date)
        said.append((one.new_price * left, left, one, [(year, one.new_price * share) for year, share in enumerate(curve)]))
    expected, left, counts, points = min(said, key=lambda row: row[0])
    return CurveEvidence(counts, left, expected, points)


def quote_evidence(asset: Asset, *, business_date: date) -> QuoteEvidence | None:
    """What the market says; None when no paper is recorded or no price of it in the asset's currency is known."""
    holding = SecurityHolding.objects.filter(asset=asset).first()
    if holding is None:
        return None
    isin, quantity = holding.isin, holding.quantity
    if holding.confirmed_quantity is not None:
        isin, quantity = holding.confirmed_isin, holding.confirmed_quantity
    found = SecurityPrice.objects.filter(isin=isin, currency=asset.currency, price_date__lte=business_date)
    # So many papers as there are now are worth what one of them cost since the last split.
    if (split := SecuritySplit.objects.filter(isin=isin).first()) is not None:
        found = found.filter(price_date__gte=split.split_date)
    prices = list(reversed(found.order_by("-price_date").values_list("price_date", "price")[:SHOWN]))
    if not prices:
        return None
    day, price = prices[-1]
    stale = day <= business_date - timedelta(days=PRICE_AGE)
    return QuoteEvidence(holding, isin, quantity, price, day, price * quantity, prices, stale)
