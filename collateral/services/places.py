"""Where an asset is: its address, and its position on the globe."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from collateral.domain.postcodes import postcode_area, tidy_postcode
from collateral.models import Asset, FactsVersion, HomeFacts
from collateral.services.fact_versions import keep_version
from collateral.services.index_places import hold_place, place_of
from collateral.services.seen import PLACE, refuse_unseen
from collateral.services.twin_flags import look_for_twins
from collateral.services.twins import index_assets
from core import audit
from core.errors import DomainError, Fault
from core.home import is_country
from core.models import User
from core.roles import Role


class UnableToRecordPlace(DomainError):
    """The place was not kept."""

    title = "The place was not kept"
    messages = {"not_entitled": "Only officers and investigators record where an asset is."}


def faults_of_place(
    latitude: Decimal | None, longitude: Decimal | None, country: str, postcode: str = "", *, otherwise: str | None = None
) -> list[Fault]:
    """Whether a position can be one, both halves of it, the country is one by its two letters and the postcode can be one; an empty one is
    not given. `otherwise` is the country that is taken where none is given: one of the two has to name it, unless it is None, as of what
    stands nowhere.
    """
    faults = []
    for name, value, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if value is not None and not (value.is_finite() and -most <= value <= most):
            faults.append(Fault(name, "out_of_bounds", f"The {name} lies between −{most} and {most} degrees."))
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        faults.append(Fault(missing, "required", "A position takes both, latitude and longitude."))
    if not country.strip() and otherwise == "":
        faults.append(Fault("country", "required", "Say in which country it is, by its two letters, such as DE."))
    if country.strip() and not is_country(country.strip().upper()):
        faults.append(Fault("country", "unknown", "Write the country by its two letters, such as DE."))
    try:
        tidy_postcode(postcode, country)
    except ValueError:
        faults.append(Fault("postcode", "shape", "This is no postcode: digits and letters, at least one digit, such as 25813."))
    return faults


def written_position(latitude: Decimal | None, longitude: Decimal | None) -> str:
    """As it is kept: "54.301200,9.103400", empty where it is not known."""
    return "" if latitude is None or longitude is None else f"{latitude:.6f},{longitude:.6f}"


@transaction.atomic
def record_place(
    *,
    asset: Asset,
    address_line: str,
    city: str,
    country: str,
    postcode: str = "",
    latitude: Decimal | None,
    longitude: Decimal | None,
    actor: User | None,
    business_date: date,
    seen: str = "",
) -> Asset:
    """Keep where an asset is; it is then looked for under its new address too. The audit trail says that it moved, not where to.

    `seen` is the revision of the place that the change was made on. Raises UnableToRecordPlace: `not_entitled`, `invalid` with faults;
    ChangedMeanwhile.
    """
    if actor is not None and not actor.has_role(Role.OFFICER, Role.INVESTIGATOR):
        raise UnableToRecordPlace("not_entitled")
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    refuse_unseen(asset, PLACE, seen)
    if faults := faults_of_place(latitude, longitude, country, postcode, otherwise=asset.country):
        raise UnableToRecordPlace("invalid", faults=faults)
    known: dict[str, Any] = {"actor": actor, "business_date": business_date}
    if not FactsVersion.objects.filter(asset=asset, section=PLACE).exists():
        keep_version(asset, PLACE, _place(asset), valid_from=asset.registered_date, **known)
    home = HomeFacts.objects.filter(asset=asset).first()
    before = place_of(asset, home)
    asset.address_line, asset.city = address_line.strip(), city.strip()
    asset.country = country.strip().upper() or asset.country
    asset.postcode = tidy_postcode(postcode, asset.country)
    asset.postcode_area = postcode_area(asset.country, asset.postcode)
    asset.position = written_position(latitude, longitude)
    asset.save(update_fields=["address_line", "postcode", "postcode_area", "city", "country", "position"])
    keep_version(asset, PLACE, _place(asset), valid_from=business_date, **known)
    hold_place(asset, before, place_of(asset, home), actor=actor, business_date=business_date)
    index_assets([asset])
    look_for_twins(asset=asset, business_date=business_date)
    audit.record("asset.placed", actor=actor, target=asset, label=asset.reference, business_date=business_date, city=asset.city)
    return asset


def _place(asset: Asset) -> dict[str, str]:
    names = {"address": "address_line", "postcode": "postcode", "city": "city", "country": "country", "position": "position"}
    return {name: getattr(asset, field) for name, field in names.items()}
