"""Recording what a home's value depends on, so that sales can be held against it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from collateral.domain.raised_facts import find_dearer_home
from collateral.domain.red_flags import Finding
from collateral.models import Asset, AssetKind, FactsVersion, HomeFacts, Sale
from collateral.selectors.asset_facts import opened
from collateral.selectors.evidence import Evidence, NoEvidence, evidence_by, home_of, market_of
from collateral.services.confirmed_facts import DEARER, relied_on
from collateral.services.evidence import look_at_values
from collateral.services.fact_versions import keep_version
from collateral.services.flags import raise_findings, settle_flags
from collateral.services.index_places import hold_place, place_of
from collateral.services.seen import refuse_unseen
from core import audit
from core.errors import DomainError, Fault
from core.home import is_country
from core.models import User
from core.roles import Role

HOME = "home"
# Whose index it follows is a question of its own (`index_places`).
PLACE = ("country", "region")
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
def record_home(*, asset: Asset, market: str, facts: dict[str, Any], actor: User | None, business_date: date, seen: str = "") -> HomeFacts:
    """Keep or replace the facts of a home. `facts` names: those of BOUNDS, `area_above` (square metres or None), `waterfront`, and
    `country` and `region` (by two letters and by the state's code) whose index the value follows. Once a value was ordered or a pledge
    stands, facts by which it would fetch more and a place with another index raise a red flag each, and what was on file before is compared
    beside them. A market whose sales say nothing about the place is refused where those of another one do.

    `seen` is the revision of those facts that the change was made on. Raises UnableToRecordHome: `not_entitled`, `no_home`,
    `market_unknown`, `invalid` with faults; ChangedMeanwhile.
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
    if not is_country(country):
        raise UnableToRecordHome("invalid", faults=[Fault("country", "unknown", "Write the country by its two letters, such as DE.")])
    Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    asset.refresh_from_db(fields=["country", "position", "held_places"])
    refuse_unseen(asset, HOME, seen)
    known = HomeFacts.objects.filter(asset=asset).first()
    place = place_of(asset, known)
    asset.country = country
    home = known or HomeFacts(asset=asset)
    home.asset, home.market = asset, market
    home.region = str(facts.get("region") or "").strip().upper()
    home.position = f"{float(facts['latitude']):.6f},{float(facts['longitude']):.6f}"
    for name in set(BOUNDS) - {"latitude", "longitude"}:
        setattr(home, name, facts[name])
    home.area_above = above
    home.waterfront = bool(facts.get("waterfront"))
    _refuse_other_market(home, business_date)
    home.recorded_by = actor
    home.recorded_date = business_date
    # Where the home stands is where the asset stands.
    asset.position = home.position
    asset.save(update_fields=["country", "position"])
    kept = {name: facts.get(name) for name in (*BOUNDS, "area_above", "waterfront")}
    kept = {"market": market, "country": country, "region": home.region, **kept, "waterfront": home.waterfront}
    before = FactsVersion.objects.filter(asset=asset, section=HOME).order_by("-id").first()
    hold_place(asset, place, place_of(asset, home), actor=actor, business_date=business_date)
    waits = _hold_before(home, before, kept, business_date) if before is not None and relied_on(asset) else []
    home.save()
    keep_version(asset, HOME, kept, valid_from=business_date, actor=actor, business_date=business_date)
    if not waits:
        settle_flags(asset=asset, code=DEARER, reason="It would fetch no more.", actor=actor, business_date=business_date)
    raise_findings(asset=asset, findings=waits, business_date=business_date)
    look_at_values(asset, business_date=business_date)
    audit.record("home.recorded", actor=actor, target=asset, label=asset.reference, business_date=business_date, market=market)
    return home


def _refuse_other_market(home: HomeFacts, today: date) -> None:
    """No market that says nothing about a home is named where another one does. Raises UnableToRecordHome `invalid`."""
    found = evidence_by(home, business_date=today)
    if isinstance(found, NoEvidence) and (other := market_of(home, business_date=today)):
        words = f"{found.reason} Sales of {other} say what homes at this place fetch: name that market."
        raise UnableToRecordHome("invalid", faults=[Fault("market", "other_market", words)])


def _hold_before(home: HomeFacts, before: FactsVersion, kept: Mapping[str, Any], today: date) -> list[Finding]:
    """Let the home be compared as it was on file before, too, where it would fetch less by that. The red flag that asks a second person to
    look; none where nothing waits.
    """
    found = evidence_by(home, business_date=today)
    now = {name: None if value is None else str(value) for name, value in kept.items()}
    known = FactsVersion.objects.filter(pk__in=[*home.held, str(before.pk)]).order_by("id").select_related("asset")
    waits = [one for one in known if _fetches_more(found, one, now, today)]
    home.held = [str(one.pk) for one in waits]
    if not waits:
        return []
    then = opened(waits[0])
    changed = {name: (then.get(name), value) for name, value in now.items() if name in then and then[name] != value}
    # Where it stands is kept sealed, and in no red flag.
    if [changed.pop(name) for name in ("latitude", "longitude") if name in changed]:
        changed["position"] = ("another", "as on file")
    return [find_dearer_home(changed)]


def _fetches_more(found: Evidence | NoEvidence, before: FactsVersion, now: Mapping[str, str | None], today: date) -> bool:
    """Whether a home would fetch more than as it was before, or nothing says whether: no sales are like it any more."""
    then = evidence_by(home_of(before), business_date=today)
    if isinstance(found, Evidence):
        return isinstance(then, Evidence) and found.high > then.high
    known = opened(before)
    return isinstance(then, Evidence) or any(known.get(name) != value for name, value in now.items() if name in known and name not in PLACE)
