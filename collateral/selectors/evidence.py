"""What sales say an asset is worth: the range of the model in force, and the nearest sales as evidence."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Exists, OuterRef

from collateral.domain.calendar import COMMERCIAL
from collateral.domain.hedonic import FIELDS, HedonicModel, Homes, OutsideMarket
from collateral.domain.sale_files import SaleRow
from collateral.models import Asset, AssetKind, FactsVersion, HedonicVersion, HomeFacts, Sale
from collateral.selectors.asset_facts import facts_now, opened
from collateral.selectors.holdings import curve_evidence, quote_evidence
from collateral.selectors.indices import index_factor
from collateral.selectors.value_settings import class_in_calendar

EPOCH = date(1970, 1, 1)
# The box searched for comparables, in degrees of latitude (some 11 km), and what a home twice as large counts as in kilometres.
BOX, UNLIKE_KM = 0.1, 8.0
SHOWN = 6
# Sales older than this say nothing about today, unless an index carries them on.
STALE = timedelta(days=730)

_NEAREST = """
SELECT sold_date, price, living_area, bedrooms, built_year, grade, sqrt(power((latitude - %(north)s) * 110.57, 2) + power((longitude - %(east)s) * %(width)s, 2)) AS away
FROM collateral_sale
WHERE market = %(market)s AND NOT held_out AND latitude BETWEEN %(north)s - %(box)s AND %(north)s + %(box)s AND longitude BETWEEN %(east)s - %(box)s AND %(east)s + %(box)s
  AND sold_date <= %(day)s
ORDER BY power((latitude - %(north)s) * 110.57, 2) + power((longitude - %(east)s) * %(width)s, 2) + power(%(unlike)s * ln(living_area / %(area)s), 2), sold_date DESC, id
LIMIT %(count)s
"""


@dataclass(frozen=True)
class Comparable:
    """One sale near an asset. `away` in kilometres, `living_area` in square metres, prices in the market's currency."""

    sold_date: date
    price: Decimal
    living_area: float
    bedrooms: float
    built_year: int
    grade: float
    away: float

    @property
    def per_area(self) -> Decimal:
        """Price of a square metre of living area."""
        return self.price / Decimal(str(self.living_area))


@dataclass(frozen=True)
class Evidence:
    """The range in which nine of ten such homes are sold, by which model, and the nearest sales. `moved`: by what fraction the place's
    index carried the range on from the last sale to the day asked for.
    """

    version: HedonicVersion
    low: Decimal
    middle: Decimal
    high: Decimal
    comparables: list[Comparable]
    moved: Decimal = Decimal(0)

    @property
    def source(self) -> str:
        """In words for a red flag."""
        return f"the {self.version}"


@dataclass(frozen=True)
class NoEvidence:
    """Why sales say nothing about an asset, as a sentence."""

    reason: str


@lru_cache(maxsize=4)
def load_model(version_id: UUID) -> HedonicModel:
    """The model of a version, kept in this process. Raises ValueError when the row does not carry what it was made with."""
    version = HedonicVersion.objects.get(pk=version_id)
    content = bytes(version.content)
    if hashlib.sha256(content).hexdigest() != version.fingerprint:
        raise ValueError(f"{version}: the kept model does not have its fingerprint")
    return HedonicModel.from_bytes(content)


def evidence_of(asset: Asset, *, business_date: date) -> Evidence | NoEvidence:
    """What sales say about a home on a day: by what is on file, or by what was before where that is less and nobody but who recorded the
    rest has seen it.
    """
    home = HomeFacts.objects.filter(asset=asset).first()
    if home is None:
        return NoEvidence(_missing_of_home(asset))
    earlier = FactsVersion.objects.filter(pk__in=home.held).order_by("id") if home.held else []
    home.asset = asset
    for version in earlier:
        version.asset = asset
    said = [evidence_by(one, business_date=business_date) for one in (home, *(home_of(version) for version in earlier))]
    return min((one for one in said if isinstance(one, Evidence)), key=lambda one: one.high, default=said[0])


def home_of(version: FactsVersion) -> HomeFacts:
    """A home as an earlier version has it."""
    kept = opened(version)
    above = kept.get("area_above")
    plain = {
        name: float(kept[name] or 0)
        for name in ("living_area", "plot_area", "bedrooms", "bathrooms", "floors", "grade", "condition", "view")
    }
    return HomeFacts(
        asset=version.asset,
        market=str(kept["market"]),
        region=str(kept["region"] or ""),
        position=f"{float(kept['latitude'] or 0):.6f},{float(kept['longitude'] or 0):.6f}",
        area_above=float(above) if above else None,
        built_year=int(kept["built_year"] or 0),
        renovated_year=int(kept["renovated_year"] or 0),
        waterfront=kept.get("waterfront") == "True",
        **plain,
    )


def evidence_by(home: HomeFacts, *, business_date: date) -> Evidence | NoEvidence:
    """What sales say about a home as these facts have it. Where its index was changed and nobody saw that,
    by the one that moved prices less.
    """
    asset = home.asset
    version = HedonicVersion.objects.defer("content").filter(market=home.market, state=HedonicVersion.State.ACTIVE).first()
    if version is None:
        return NoEvidence(f"No price model is in force for the market {home.market}.")
    if version.currency != asset.currency:
        return NoEvidence(f"Sales of {home.market} are in {version.currency}, the asset is valued in {asset.currency}.")
    try:
        estimate = load_model(version.pk).estimate(as_homes(home, business_date))
    except OutsideMarket as fault:
        return NoEvidence(f"The home lies outside the market {home.market}: {fault}.")
    places = [{"country": asset.country, "region": home.region}, *asset.held_places]
    factors = [index_factor(**place, then=version.last_date, now=business_date) for place in places]
    stale = business_date - version.last_date > STALE
    factor = min((one if one is not None else Decimal(1) for one in factors if one is not None or not stale), default=None)
    if factor is None:
        return NoEvidence(f"The newest sale of {home.market} is of {version.last_date:%d %b %Y}, and no index carries prices on to today.")
    moved = factor
    low, middle, high = (round(Decimal(value) * moved) for value in (estimate.low, estimate.middle, estimate.high))
    sales = nearest_sales(home, business_date=business_date)
    return Evidence(version, Decimal(low), Decimal(middle), Decimal(high), sales, moved - 1)


def missing_evidence(asset: Asset, *, business_date: date) -> str:
    """Why the bank has nothing of its own to hold a value of this asset against, as a sentence: empty where it has, and for deposits
    and receivables, which are worth what is open."""
    if asset.kind == AssetKind.REAL_ESTATE:
        found = evidence_of(asset, business_date=business_date)
        if isinstance(found, Evidence):
            return ""
        commercial = class_in_calendar(asset) == COMMERCIAL
        return "The bank has sales of homes on file, and none of commercial property." if commercial else found.reason
    if asset.kind == AssetKind.LAND:
        return "The bank has sales of homes on file, and none of land."
    if asset.kind in (AssetKind.MACHINERY, AssetKind.VEHICLE):
        curve = curve_evidence(asset, business_date=business_date)
        return "" if curve and curve.expected > 0 else "Nothing is on file of what it cost when new, and when that was."
    if asset.kind == AssetKind.SECURITIES:
        quote = quote_evidence(asset, business_date=business_date)
        return "" if quote and not quote.stale else "No recent price of the paper is on file in this currency."
    return ""


def market_of(home: HomeFacts, *, business_date: date) -> str:
    """Another market than the named one whose sales say something about a home; empty where none does."""
    latitude, longitude = home.coordinates()
    near = Sale.objects.filter(market=OuterRef("market"), latitude__range=(latitude - BOX, latitude + BOX))
    near = near.filter(longitude__range=(longitude - 2 * BOX, longitude + 2 * BOX))
    others = HedonicVersion.objects.filter(state=HedonicVersion.State.ACTIVE, currency=home.asset.currency).exclude(market=home.market)
    named = home.market
    try:
        for home.market in others.filter(Exists(near)).order_by("market").values_list("market", flat=True):
            if isinstance(evidence_by(home, business_date=business_date), Evidence):
                return home.market
    finally:
        home.market = named
    return ""


def _missing_of_home(asset: Asset) -> str:
    """What has to be recorded before sales can be compared, without what is on file among the property's facts."""
    facts = facts_now(asset)
    known = {"place": asset.coordinates(), "areas": facts.get("floor_area"), "year": facts.get("built_year")}
    if not any(known.values()):
        return "Nothing is on file of the home itself: its place, areas, year and condition."
    on_file = [name for name, value in known.items() if value]
    missing = ", ".join([name for name in known if name not in on_file] + ["rooms", "floors", "grade"])
    return f"Sales of homes can be compared once its {missing} and condition are recorded. On file already: {', '.join(on_file)}."


def as_homes(home: HomeFacts, on: date) -> Homes:
    """One asset's facts as the model reads them, for a day."""
    latitude, longitude = home.coordinates()
    given = {
        **{name: getattr(home, name) for name in FIELDS if hasattr(home, name)},
        "house": -1,
        "day": (on - EPOCH).days,
        "latitude": latitude,
        "longitude": longitude,
        "area_above": home.area_above if home.area_above is not None else math.nan,
    }
    return Homes(**{name: np.array([float(given[name])]) for name in FIELDS})


def ranges_of(rows: Sequence[SaleRow], *, market: str, currency: str) -> list[tuple[float, float]]:
    """The range in which nine of ten homes like each sold one fetch on the day of the sale, by the model in force; zeros where none is, or
    the home lies outside its sales.
    """
    active = HedonicVersion.objects.filter(market=market, currency=currency, state=HedonicVersion.State.ACTIVE).values_list("pk", flat=True)
    if not rows or (version := active.first()) is None:
        return [(0.0, 0.0)] * len(rows)
    model = load_model(version)
    facts = {name: [getattr(row, name, None) for row in rows] for name in FIELDS}
    facts |= {"house": [-1] * len(rows), "day": [(row.sold_date - EPOCH).days for row in rows]}
    homes = Homes(**{name: np.array([math.nan if one is None else float(one) for one in column]) for name, column in facts.items()})
    low, _, high = model.predict(homes)
    near = model.reaches(homes)
    return [(float(a), float(b)) if inside else (0.0, 0.0) for a, b, inside in zip(low, high, near, strict=True)]


def nearest_sales(home: HomeFacts, *, business_date: date, count: int = SHOWN) -> list[Comparable]:
    """Sales of homes near and alike, the best evidence first."""
    latitude, longitude = home.coordinates()
    asked: dict[str, Any] = {
        "market": home.market,
        "north": latitude,
        "east": longitude,
        "width": 111.32 * math.cos(math.radians(latitude)),
        "box": BOX,
        "unlike": UNLIKE_KM / math.log(2),
        "area": home.living_area,
        "day": business_date,
        "count": count,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, asked)
        return [Comparable(*row) for row in cursor.fetchall()]
