"""Figures of the market that somebody brought and nobody else has seen, on the last day of the simulated bank."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

from collateral.models import Sale
from collateral.services.sale_corrections import propose_sale_correction
from collateral.services.value_files import import_prices
from config.simulator.bank import House
from config.simulator.homes import MARKET
from config.simulator.things import PAPER

CLOSES = (Decimal("20.15"), Decimal("20.40"), Decimal("20.05"))


def leave_figures(house: House, day: date) -> None:
    """The first prices of the paper in custody have come, and one home turns out to have been sold for less than its line said."""
    days = sorted([one for back in range(1, 8) if (one := day - timedelta(days=back)).weekday() < 5][: len(CLOSES)])
    lines = "".join(f"{PAPER},{one.isoformat()},{price},EUR\n" for one, price in zip(days, CLOSES, strict=True))
    stream = BytesIO(f"isin,date,price,currency\n{lines}".encode())
    import_prices(stream=stream, file_name="closing-prices.csv", actor=house.people["investigator1"], business_date=day)
    sale = Sale.objects.filter(market=MARKET, held_out=False).order_by("sold_date", "house_key").last()
    if sale is not None:
        propose_sale_correction(
            market=MARKET,
            house_key=sale.house_key,
            sold_date=sale.sold_date,
            sold_for=(sale.price * Decimal("0.94")).quantize(Decimal(1)),
            reason="The deed says so; the line had the asking price.",
            actor=house.people["risk1"],
            business_date=day,
        )
