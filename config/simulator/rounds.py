"""Inspection rounds of the year: how often this bank sees its collateral, rounds done with something found, one in the middle,
some late.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from collateral.models import Asset, InspectionRound, InspectionStop
from collateral.services.inspection_rounds import barred_from
from collateral.services.inspection_settings import decide_inspection_settings, inspection_defaults, propose_inspection_settings
from collateral.services.inspections import Place, place_on_file, record_inspection
from config.simulator.bank import House
from core.uuids import uuid7

# A young bank looks early: days by class for ordinary, raised and high.
OFTEN = {"REAL_ESTATE": (240, 120, 60), "LAND": (240, 120, 60), "MACHINERY": (180, 90, 45), "VEHICLE": (180, 90, 45)}
# Rounds are made some days after they are given out; in the bank's last days every fourth waits longer than it may.
AFTER_DAYS, LATE_DAYS = 4, 60


def set_intervals(house: House) -> None:
    """The bank's own settings, by two people."""
    document = inspection_defaults()
    for row in document["intervals"]:
        row |= dict(zip(("ordinary", "raised", "high"), OFTEN.get(row["kind"], (0, 0, 0)), strict=True))
    risk1, risk2 = house.people["risk1"], house.people["risk2"]
    proposed = propose_inspection_settings(
        document=document, reason="Our book is young", actor=risk1, path="/collateral/inspections/settings/"
    )
    decide_inspection_settings(proposed=proposed, confirm=True, reason="As discussed", actor=risk2)


def inspect_assets(day: date, today: date, random: Random) -> None:
    """Once a week inspectors go and see what they were given a while ago, all but every fourth round, which its day will overtake."""
    old = InspectionRound.objects.filter(state=InspectionRound.State.OPEN, planned_date__lte=day - timedelta(days=AFTER_DAYS)).order_by(
        "planned_date", "id"
    )
    for given in old:
        number = int(given.reference[3:])
        if number % 4 == 3 and (today - day).days < LATE_DAYS:
            continue
        stops = given.stops.filter(state=InspectionStop.State.OPEN).select_related("asset", "round__inspector")
        for stop in stops:
            _see(stop, day, random)


def leave_in_the_middle(today: date, random: Random) -> None:
    """The newest round with several assets is half done, so that its page shows both."""
    for given in InspectionRound.objects.filter(state__in=InspectionRound.WAITING).order_by("-id"):
        stops = list(given.stops.filter(state=InspectionStop.State.OPEN).select_related("asset", "round__inspector"))
        if len(stops) > 1:
            for stop in stops[: len(stops) // 2]:
                _see(stop, today, random)
            return


def _see(stop: InspectionStop, day: date, random: Random) -> None:
    """One asset in twenty is not there, one idles, one carries another number; the others are as they should be."""
    if stop.round.inspector_id in barred_from([stop.asset_id])[stop.asset_id]:
        # Whose value of it was accepted since the draw does not see it; a risk manager hands the round over.
        return
    luck = random.randrange(20)
    absent = luck == 0
    record_inspection(
        stop=stop,
        client_key=uuid7(),
        after=None,
        seen_date=day,
        presence="ABSENT" if absent else "PRESENT",
        number_seen="" if absent else f"{stop.asset.title_number}{'-X' if luck == 1 else ''}",
        condition="" if absent else random.choice(("GOOD", "GOOD", "WORN")),
        use="" if absent else "IDLE" if luck == 2 else "IN_USE",
        place=_place(stop.asset),
        place_words=f"At the owner's in {stop.asset.city}",
        remarks="Moved to another site, the owner says." if absent else "As on file.",
        valuation_asked=False,
        photos=[_photo(random)],
        actor=stop.round.inspector,
        business_date=day,
    )


def _place(asset: Asset) -> Place:
    """Where the device was: where the asset is on file, or somewhere in the country where nothing is."""
    latitude, longitude = place_on_file(asset) or (Decimal("53.551086"), Decimal("9.993682"))
    return Place(Decimal(latitude), Decimal(longitude), 12)


def _photo(random: Random) -> SimpleUploadedFile:
    """A drawing unlike any other, in place of a photo."""
    image = Image.new("RGB", (320, 240), "#8796a8")
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        left, top = random.randrange(300), random.randrange(220)
        draw.rectangle(
            [left, top, left + random.randrange(20, 90), top + random.randrange(15, 70)],
            fill=tuple(random.randrange(256) for _ in range(3)),
        )
    kept = BytesIO()
    image.save(kept, "JPEG")
    return SimpleUploadedFile("on-site.jpg", kept.getvalue())
