"""Recording what a home's value depends on, so that sales can be held against it."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.core import get_global
from django.db import transaction

from collateral.models import Asset, AssetKind, HomeFacts, Sale
from collateral.services.evidence import look_at_values
from collateral.services.fact_versions import keep_version
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role

# Field: least, most, and what it is called. Both ends are allowed.
BOUNDS: dict[str, tuple[float, float, str]] = {
    "latitude": (-90, 90, "The latitude"),
    "longitude": (-180, 180, "The longitude"),
    "living_area": (6, 100_000, "The living area"),
    "plot_area": (1, 100_000_000, "The plot"),
    "bedrooms": (0, 50, "The number of bedrooms"),
    "bathrooms": (0, 50, "The number of bathrooms"),
    "floors": (1, 200, "The number of floors"),
    "built_year": (1500, 2200, "The year of building"),
    "renovated_year": (0, 2200, "The year of renovation"),
    "grade": (0, 20, "The grade"),
    "condition": (0, 10, "The condition"),
    "view": (0, 10, "The view"),
}


class UnableToRecordHome(DomainError):
    """The facts of the home were not kept."""

    title = "The facts of the home were not kept"
    messages = {
        "not_entitled": "Only officers and investigators record what a home is.",
        "no_home": "Sales of homes say nothing about this class of collateral.",
        "market_unknown": "No sales of the market {market} were taken in.",
    }


@transaction.atomic
def record_home(*, asset: Asset, market: str, facts: dict[str, Any], actor: User | None, business_date: date) -> HomeFacts:
    """Keep or replace the facts of a home. `facts` names: those of BOUNDS, `area_above` (square metres or None), `waterfront`, and `country`
    and `region` (by two letters and by the state's code) whose index the value follows.

    Raises UnableToRecordHome: `not_entitled`, `no_home`, `market_unknown`, `invalid` with faults.
    """
    if actor is not None and not actor.has_role(Role.OFFICER, Role.INVESTIGATOR):
        raise UnableToRecordHome("not_entitled")
    if asset.kind != AssetKind.REAL_ESTATE:
        raise UnableToRecordHome("no_home")
    if not Sale.objects.filter(market=market).exists():
        raise UnableToRecordHome("market_unknown", market=market)
    faults = []
    for name, (least, most, words) in BOUNDS.items():
        value = facts.get(name)
        if value is None or not least <= float(value) <= most:
            faults.append(Fault(name, "out_of_bounds", f"{words} has to lie between {least:,g} and {most:,g}."))
    if not faults and facts["built_year"] > business_date.year:
        faults.append(Fault("built_year", "future", "A home that is not built yet has no comparable sales."))
    above = facts.get("area_above")
    if above is not None and not faults and not 0 < above <= facts["living_area"]:
        faults.append(Fault("area_above", "out_of_bounds", "The area above ground cannot exceed the living area."))
    if faults:
        raise UnableToRecordHome("invalid", faults=faults)
    country = str(facts.get("country") or asset.country).strip().upper()
    if country not in get_global("territory_languages"):
        raise UnableToRecordHome("invalid", faults=[Fault("country", "unknown", "Write the country by its two letters, such as DE.")])
    Asset.objects.filter(pk=asset.pk).update(country=country)
    asset.country = country
    home = HomeFacts.objects.filter(asset=asset).first() or HomeFacts(asset=asset)
    home.market = market
    home.region = str(facts.get("region") or "").strip().upper()
    home.position = f"{float(facts['latitude']):.6f},{float(facts['longitude']):.6f}"
    for name in set(BOUNDS) - {"latitude", "longitude"}:
        setattr(home, name, facts[name])
    home.area_above = above
    home.waterfront = bool(facts.get("waterfront"))
    home.recorded_by = actor
    home.recorded_date = business_date
    home.save()
    kept = {name: facts.get(name) for name in (*BOUNDS, "area_above", "waterfront")}
    keep_version(
        asset, "home", {"market": market, "region": home.region, **kept}, valid_from=business_date, actor=actor, business_date=business_date
    )
    if asset.position != home.position:
        # Where the home stands is where the asset stands.
        asset.position = home.position
        asset.save(update_fields=["position"])
    look_at_values(asset, business_date=business_date)
    audit.record("home.recorded", actor=actor, target=asset, label=asset.reference, business_date=business_date, market=market)
    return home
