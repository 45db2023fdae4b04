"""What an asset was said to be worth, beside what it is sold for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collateral.models import Asset, Valuation
from collateral.selectors.coverage import ACCEPTED_LAST
from collateral.selectors.value_settings import settings_in_force


@dataclass(frozen=True)
class SaleValue:
    """The value in force, or the last there was; `market_value` and `lending_value`, and `in_full`, what would be lent if all of the value
    counted, in the asset's currency, zero where there never was one.
    """

    valuation: Valuation | None
    market_value: Decimal
    lending_value: Decimal
    in_full: Decimal
    in_force: bool

    def share(self, price: Decimal) -> Decimal | None:
        """Price / market value, a fraction; None without a value."""
        return price / self.market_value if self.market_value else None

    def is_below(self, price: Decimal) -> bool:
        """Whether a price is less than is lent on the value, or nothing in force bears it out. What does not count because of a doubt or a
        finding is no ground to sell it for nothing.
        """
        return not self.in_force or price < self.in_full


def sale_value_of(asset: Asset, *, business_date: date) -> SaleValue:
    """What an asset was worth by its last accepted value. Two queries."""
    rows = asset.valuations.filter(state__in=[Valuation.State.ACCEPTED, Valuation.State.EXPIRED], market_value__isnull=False)
    last = rows.order_by("-state", *ACCEPTED_LAST).last()
    if last is None:
        return SaleValue(None, Decimal(0), Decimal(0), Decimal(0), in_force=False)
    settings = settings_in_force()
    lends = settings.lending_value(asset.kind, last.kept_value, last.method, asset.counted_share)
    in_full = settings.lending_value(asset.kind, last.market_value or Decimal(0), last.method)
    ends = last.expires_date
    in_force = last.state == Valuation.State.ACCEPTED and ends is not None and ends > business_date
    return SaleValue(last, last.kept_value, lends, in_full, in_force=in_force)
