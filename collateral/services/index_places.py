"""Whose index the value of a building or of land follows: another place takes a second person's word once others rely on the asset."""

from __future__ import annotations

from datetime import date

from collateral.domain.raised_facts import find_other_index
from collateral.models import Asset, AssetKind, HomeFacts
from collateral.selectors.indices import series_of
from collateral.services.confirmed_facts import PLACED, relied_on
from collateral.services.flags import raise_findings, settle_flags
from core.models import User

Place = dict[str, str]


def place_of(asset: Asset, home: HomeFacts | None) -> Place:
    """By which its index is found: country and region."""
    return {"country": asset.country, "region": home.region if home is not None else ""}


def hold_place(asset: Asset, before: Place, now: Place, *, actor: User | None, business_date: date) -> None:
    """Let the index of the place before go on moving the value beside that of the place on file, where it is another index. To be called
    within a transaction that holds the asset's lock and has kept the place.
    """
    if asset.kind not in (AssetKind.REAL_ESTATE, AssetKind.LAND):
        return
    follows = series_of(now["country"], now["region"])
    known = [*asset.held_places, *([before] if before not in asset.held_places else [])] if relied_on(asset) else []
    # Back where somebody else saw it to be, nothing waits.
    if known and series_of(**known[0]) == follows:
        known = []
    asset.held_places = [one for one in known if series_of(one["country"], one["region"]) != follows]
    asset.save(update_fields=["held_places"])
    if asset.held_places:
        finding = find_other_index(asset.held_places[0], now)
        raise_findings(asset=asset, findings=[finding], business_date=business_date)
    else:
        settle_flags(asset=asset, code=PLACED, reason="It follows the same index.", actor=actor, business_date=business_date)
