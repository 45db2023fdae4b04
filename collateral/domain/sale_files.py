"""Files of home sales: the published table of King County, and the house's own documented CSV (docs/value_files.md)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from collateral.domain.tables import Line, Refusal, UnreadableTable, UnusableLine, header_of, read_table

SQUARE_FOOT = 0.09290304
# A bedroom below so many square metres of living area is a slip of the pen.
LEAST_PER_BEDROOM = 6.0

KING_COUNTY = ("id", "date", "price", "bedrooms", "bathrooms", "sqft_living", "sqft_lot", "floors", "waterfront", "view", "condition",
               "grade", "sqft_above", "yr_built", "yr_renovated", "zipcode", "lat", "long")  # fmt: skip
NEEDED = ("house_key", "sold_date", "price", "currency", "latitude", "longitude", "living_area", "plot_area", "bedrooms", "bathrooms",
          "floors", "built_year", "grade", "condition")  # fmt: skip


@dataclass(frozen=True)
class SaleRow:
    """One sale as a file gives it. Areas in square metres, price in `currency`."""

    house_key: str
    sold_date: date
    price: Decimal
    currency: str
    latitude: float
    longitude: float
    living_area: float
    plot_area: float
    area_above: float | None
    bedrooms: float
    bathrooms: float
    floors: float
    built_year: int
    renovated_year: int
    grade: float
    condition: float
    view: float
    waterfront: bool
    postcode: str
    line: int = 0

    def facts(self) -> dict[str, Any]:
        """What is kept of it: all but where it stood in the file."""
        return {name: value for name, value in vars(self).items() if name != "line"}


def read_sales(stream: BinaryIO, *, currency: str, on: date) -> Iterator[SaleRow | Refusal]:
    """The sales of a file, one at a time, in the currency of their market; what cannot be used as a Refusal.

    Raises UnreadableTable when the header names neither layout.
    """
    header = set(header_of(stream))
    if set(KING_COUNTY) <= header:
        read = _king_county
    elif set(NEEDED) <= header:
        read = _documented
    else:
        missing = ", ".join(name for name in NEEDED if name not in header)
        raise UnreadableTable(f"The header names no known layout of sales. Of the documented one these columns are missing: {missing}.")
    for line in read_table(stream):
        try:
            yield _checked(read(line), currency, on)
        except UnusableLine as fault:
            yield Refusal(line.number, str(fault))


def _king_county(line: Line) -> SaleRow:
    above = (line.values.get("sqft_above") or "").strip()
    return SaleRow(
        house_key=line.text("id"),
        sold_date=line.day("date", form="%Y%m%dT000000"),
        price=line.amount("price", scientific=True),  # "1.225e+006" in the published table
        currency="USD",
        latitude=line.number_of("lat", -90, 90),
        longitude=line.number_of("long", -180, 180),
        living_area=line.number_of("sqft_living", 1, 1e6) * SQUARE_FOOT,
        plot_area=line.number_of("sqft_lot", 1, 1e9) * SQUARE_FOOT,
        area_above=line.number_of("sqft_above", 1, 1e6) * SQUARE_FOOT if above else None,
        **_described(line, built="yr_built", renovated="yr_renovated"),
        postcode=(line.values.get("zipcode") or "").strip()[:12],
        line=line.number,
    )


def _documented(line: Line) -> SaleRow:
    above = line.number_of("area_above", 1, 1e5, default=0)
    return SaleRow(
        house_key=line.text("house_key"),
        sold_date=line.day("sold_date"),
        price=line.amount("price"),
        currency=line.text("currency", most=3).upper(),
        latitude=line.number_of("latitude", -90, 90),
        longitude=line.number_of("longitude", -180, 180),
        living_area=line.number_of("living_area", 1, 1e5),
        plot_area=line.number_of("plot_area", 1, 1e8),
        area_above=above or None,
        **_described(line, built="built_year", renovated="renovated_year"),
        postcode=(line.values.get("postcode") or "").strip()[:12],
        line=line.number,
    )


def _described(line: Line, *, built: str, renovated: str) -> dict[str, Any]:
    return {
        "bedrooms": line.number_of("bedrooms", 0, 50),
        "bathrooms": line.number_of("bathrooms", 0, 50),
        "floors": line.number_of("floors", 1, 200),
        "built_year": int(line.number_of(built, 1500, 2200)),
        "renovated_year": int(line.number_of(renovated, 0, 2200, default=0)),
        "grade": line.number_of("grade", 0, 20),
        "condition": line.number_of("condition", 0, 10),
        "view": line.number_of("view", 0, 10, default=0),
        "waterfront": bool(line.number_of("waterfront", 0, 1, default=0)),
    }


def _checked(sale: SaleRow, currency: str, on: date) -> SaleRow:
    """What no single column tells. Raises UnusableLine."""
    if sale.currency != currency:
        raise UnusableLine(f"the price is in {sale.currency}; the market's currency is {currency}")
    if sale.sold_date > on:
        raise UnusableLine(f"sold on {sale.sold_date.isoformat()}, which lies in the future")
    if sale.bedrooms and sale.living_area / sale.bedrooms < LEAST_PER_BEDROOM:
        raise UnusableLine(f"{sale.bedrooms:g} bedrooms on {math.floor(sale.living_area)} square metres cannot be")
    if sale.area_above is not None and sale.area_above > sale.living_area * 1.001:
        raise UnusableLine("more living area above ground than in all")
    return sale
