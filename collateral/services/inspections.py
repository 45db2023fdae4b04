"""Keeping what an inspector saw on site: once, however often the phone sends it, and with what follows from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from collateral.domain.inspections import (
    CORRECTED_WITHIN,
    UNMEASURED,
    UNREAD,
    Seen,
    find_on_site,
    kilometres,
    place_doubt,
    takes_corrections,
)
from collateral.events import InspectionFoundFault
from collateral.models import Asset, AssetKind, HomeFacts, Inspection, InspectionRound, InspectionStop, Pledge
from collateral.services.counting import recount
from collateral.services.flags import raise_findings, settle_flags
from collateral.services.inspection_photos import findings_in
from collateral.services.inspection_rounds import INSPECTORS, barred_from, end_finished
from collateral.services.records import SmallPhoto, UnableToRecord, keep_photo, small_photo
from collateral.services.titles import title_key
from collateral.services.valuations import UnableToOrderValuation, order_valuation
from core import audit
from core.errors import Conflict, DomainError, Fault
from core.events import publish
from core.models import User
from core.uuids import uuid7

MOST_PHOTOS = 6
# What carries a number of its own: it is read off, or the inspector says why not.
NUMBERED = (AssetKind.MACHINERY, AssetKind.VEHICLE)
MEASURED = {UNREAD: "with its number read off", UNMEASURED: "where the device measured it"}
Presence, State = Inspection.Presence, InspectionStop.State


class UnableToInspect(DomainError):
    """The inspection is not kept; `faults` name the fields."""

    title = "The inspection was not kept"
    messages = {
        "not_entitled": "Only appraisers and investigators inspect assets.",
        "not_yours": "This asset is not on a round of yours. What you wrote stays on this device.",
        "dropped": "This asset backs nothing any more; nobody has to see it.",
        "closed": "Your round was done on {day}. It can be put right for {days} days, by what was seen until then; whoever is drawn next sees it again.",
        "barred": "By now you have a part in what this asset secures, or gave its value. Somebody else has to see it.",
        "key_used": "Another inspection was sent under the same key. Send this one once more; it gets a key of its own.",
    }


class Place(NamedTuple):
    """Where the phone was: degrees, and the accuracy in metres as the device says, None where somebody typed the place."""

    latitude: Decimal
    longitude: Decimal
    accuracy: int | None


@transaction.atomic
def record_inspection(
    *,
    stop: InspectionStop,
    client_key: UUID,
    after: UUID | None,
    seen_date: date,
    presence: str,
    number_seen: str,
    condition: str,
    use: str,
    place: Place | None,
    place_words: str,
    remarks: str,
    valuation_asked: bool,
    photos: Sequence[UploadedFile[Any]],
    actor: User,
    business_date: date,
    earlier: Collection[UUID] = (),
) -> Inspection:
    """Keep what was seen at a stop. Sent again under the same key it changes nothing and gives what is kept. `after` is the last inspection
    of this stop that the inspector knew of: another one puts it right, and the newest counts. `earlier` are the keys under which the phone
    sent this draft before without learning what became of it: one that arrived is known, and what says the same again changes nothing. What
    is wrong raises red flags, and so does a place that no device measured and a number that was not read; another valuation that is asked
    for is ordered from somebody else.

    Raises UnableToInspect: `not_entitled`, `not_yours`, `dropped`, `closed` when its round was done too long ago, `barred`, `key_used`,
    `invalid` with a fault per field; Conflict when the stop was inspected meanwhile.
    """
    if not actor.has_role(*INSPECTORS):
        raise UnableToInspect("not_entitled")
    # One phone sends one after the other; two sends of one key wait here for each other.
    given = InspectionRound.objects.select_for_update().get(pk=stop.round_id)
    stop = InspectionStop.objects.select_related("asset").get(pk=stop.pk)
    if given.inspector_id != actor.pk:
        raise UnableToInspect("not_yours")
    written: dict[str, Any] = {
        "seen_date": seen_date,
        "presence": presence,
        "number_seen": number_seen.strip(),
        "condition": condition if presence == Presence.PRESENT else "",
        "use": use if presence == Presence.PRESENT else "",
        "position": f"{place.latitude},{place.longitude}" if place else "",
        "accuracy": place.accuracy if place else None,
        "place": place_words.strip(),
        "remarks": remarks.strip(),
        "valuation_asked": valuation_asked,
    }
    fingerprint = _fingerprint(stop, written, photos)
    if (kept := Inspection.objects.filter(client_key=client_key).first()) is not None:
        if kept.fingerprint != fingerprint:
            raise UnableToInspect("key_used")
        return kept
    # The night drops its stops; what was given back since must not be seen either.
    if stop.state == State.DROPPED or not stop.asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).exists():
        raise UnableToInspect("dropped")
    if not takes_corrections(given.ended_date, seen_date, business_date):
        raise UnableToInspect("closed", day=f"{given.ended_date:%-d %b %Y}", days=CORRECTED_WITHIN)
    if actor.pk in barred_from([stop.asset_id])[stop.asset_id]:
        raise UnableToInspect("barred")
    newest = stop.inspections.first()
    own = newest is not None and newest.client_key in earlier and newest.inspector_id == actor.pk
    if newest is not None and own and newest.fingerprint == fingerprint:
        return newest
    if not own and (newest.pk if newest else None) != after:
        raise Conflict("changed_meanwhile")
    if faults := _faults(stop.asset, written, photos, given, business_date):
        raise UnableToInspect("invalid", faults=faults)
    small = _small(photos)
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=stop.asset_id)
    seen = _compare(asset, written, place)
    here = (place.latitude, place.longitude) if place else place_on_file(asset)
    said: dict[str, Any] = {"seen": seen_date, "here": here, "accuracy": written["accuracy"], "who": actor.full_name}
    findings = [*find_on_site(seen, actor.full_name, seen_date.isoformat()), *findings_in(stop, small, **said)]
    inspection = Inspection(
        id=uuid7(),
        client_key=client_key,
        fingerprint=fingerprint,
        stop=stop,
        asset=asset,
        inspector=actor,
        number_agrees=seen.agrees,
        faults=[found.code for found in findings],
        recorded_date=business_date,
        **written,
    )
    try:
        with transaction.atomic():
            inspection.save(force_insert=True)
    except IntegrityError as error:
        raise UnableToInspect("key_used") from error
    _keep_photos(asset, small, inspection)
    InspectionStop.objects.filter(pk=stop.pk, state=State.OPEN).update(state=State.DONE)
    audit.record(
        "asset.inspected", actor=actor, target=asset, label=asset.reference, business_date=business_date, round=given.reference,
        presence=presence, number_agrees=seen.agrees, photos=len(photos), faults=inspection.faults,
    )  # fmt: skip
    raise_findings(asset=asset, findings=findings, business_date=business_date)
    if presence == Presence.PRESENT:
        _settle(inspection, business_date)
        recount(asset, business_date=business_date)
    unmet = valuation_asked and not _order(asset, actor, business_date)
    if findings or unmet:
        publish(InspectionFoundFault(inspection_id=str(inspection.pk)))
    end_finished(InspectionRound.objects.filter(pk=given.pk), business_date)
    return inspection


def _settle(inspection: Inspection, business_date: date) -> None:
    """End what says that nobody read its number or measured its place, where this visit did."""
    done = {UNREAD: inspection.number_agrees is not None, UNMEASURED: not inspection.place_doubt}
    for code in (code for code, read in done.items() if read):
        reason = f"Seen again on {inspection.seen_date:%-d %b %Y}, {MEASURED[code]}."
        settle_flags(asset=inspection.asset, code=code, reason=reason, actor=inspection.inspector, business_date=business_date)


def _fingerprint(stop: InspectionStop, written: dict[str, Any], photos: Sequence[UploadedFile[Any]]) -> str:
    """Of all that was sent: the same inspection sent again has the same."""
    seen = {**written, "stop": stop.pk, "photos": []}
    for photo in photos:
        photo.seek(0)
        seen["photos"].append(hashlib.sha256(photo.read()).hexdigest())
        photo.seek(0)
    return hashlib.sha256(json.dumps(audit.plain(seen), sort_keys=True).encode()).hexdigest()


def _faults(asset: Asset, written: dict[str, Any], photos: Sequence[UploadedFile[Any]], given: InspectionRound, today: date) -> list[Fault]:
    faults = []
    present = written["presence"] == Presence.PRESENT
    if not given.planned_date <= written["seen_date"] <= today:
        faults.append(
            Fault("seen_date", "out_of_bounds", f"The day lies between {given.planned_date:%-d %b %Y}, when it was given out, and today.")
        )
    if written["presence"] not in Presence.values:
        faults.append(Fault("presence", "required", "Say whether it is there."))
    if present and written["condition"] not in Inspection.Condition.values:
        faults.append(Fault("condition", "required", "Say what condition it is in."))
    if present and written["use"] not in Inspection.Use.values:
        faults.append(Fault("use", "required", "Say whether it is in use."))
    if present and asset.kind in NUMBERED and not (written["number_seen"] or written["remarks"]):
        faults.append(Fault("number_seen", "required", "Type the number on it, or say in the remarks why it cannot be read."))
    if not present and written["presence"] in Presence.values and not written["remarks"]:
        faults.append(Fault("remarks", "required", "Say what you found there, and whom you asked."))
    if not (written["position"] or written["place"]):
        faults.append(Fault("place_words", "required", "Take the place from this device, or write where you are."))
    if present and not photos:
        faults.append(Fault("photos", "required", "Take at least one photo of it."))
    if len(photos) > MOST_PHOTOS:
        faults.append(Fault("photos", "too_many", f"At most {MOST_PHOTOS} photos of one asset."))
    return faults


def _compare(asset: Asset, written: dict[str, Any], place: Place | None) -> Seen:
    """What was written, beside what is on file."""
    number, known = title_key(written["number_seen"]), numbers_on_file(asset)
    here, there = (place.latitude, place.longitude) if place else None, place_on_file(asset)
    before = Inspection.objects.filter(asset=asset).first()
    return Seen(
        presence=written["presence"],
        number=written["number_seen"],
        on_file=asset.title_number,
        agrees=number in known if number and known else None,
        condition=written["condition"],
        use=written["use"],
        km_off=kilometres(here, there) if here and there else None,
        accuracy_km=(place.accuracy or 0) / 1000 if place else 0,
        shut_before=before is not None and before.presence == Presence.SHUT,
        unread=asset.kind in NUMBERED and bool(known) and not number,
        doubt=place_doubt(written["position"], written["accuracy"]),
    )


def numbers_on_file(asset: Asset) -> set[str]:
    """Every number that may stand on the asset, its title's and those of its facts, as they are compared."""
    written = [asset.title_number, *(line.partition(":")[2] for line in asset.numbers.splitlines())]
    return {key for number in written if (key := title_key(number))}


def place_on_file(asset: Asset) -> tuple[Decimal, Decimal] | tuple[float, float] | None:
    """Where an asset that stays where it is should be."""
    if asset.kind == AssetKind.VEHICLE:
        return None
    home = HomeFacts.objects.filter(asset=asset).first()
    return asset.coordinates() or (home.coordinates() if home else None)


def _small(photos: Sequence[UploadedFile[Any]]) -> list[SmallPhoto]:
    """All or none: one that is no photo is named, and nothing of the inspection is kept."""
    made = []
    for number, photo in enumerate(photos, start=1):
        try:
            made.append(small_photo(photo))
        except UnableToRecord as refusal:
            words = " ".join(fault.detail for fault in refusal.faults) or refusal.detail
            raise UnableToInspect("invalid", faults=[Fault("photos", "no_photo", f"Photo {number}, {photo.name}: {words}")]) from refusal
    return made


def _keep_photos(asset: Asset, photos: Sequence[SmallPhoto], inspection: Inspection) -> None:
    for photo in photos:
        try:
            keep_photo(asset=asset, photo=photo, actor=inspection.inspector, business_date=inspection.recorded_date, inspection=inspection)
        except UnableToRecord as refusal:
            raise UnableToInspect("invalid", faults=[Fault("photos", refusal.code, refusal.detail)]) from refusal


def _order(asset: Asset, actor: User, today: date) -> bool:
    """Order the valuation that was asked for, from anybody but the inspector. False when there is nobody to give it to."""
    try:
        with transaction.atomic():
            order_valuation(asset=asset, actor=None, business_date=today, reason="Asked for by an inspector", without=(actor.pk,))
    except UnableToOrderValuation as refusal:
        return refusal.code == "already_ordered"
    return True
