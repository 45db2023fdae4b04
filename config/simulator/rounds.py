"""Inspection rounds of the year: one done with something found, one in the middle, one whose day has passed."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from collateral.models import InspectionRound, InspectionStop
from collateral.services.inspections import record_inspection
from core.uuids import uuid7

# The rounds of these days before the last are worked off; what the night gave out since is still to be done.
RECENT_DAYS = 9


def inspect_assets(day: date, today: date, random: Random) -> None:
    """Once a week inspectors go and see what they were given a while ago, all but every fourth round, which its day will overtake."""
    old = InspectionRound.objects.filter(state=InspectionRound.State.OPEN, planned_date__lte=day - timedelta(days=4)).order_by(
        "planned_date", "id"
    )
    for given in old:
        number = int(given.reference[3:])
        if number % 4 == 3 and (today - day).days < 60:
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
        place=None,
        place_words=f"At the owner's in {stop.asset.city}",
        remarks="Moved to another site, the owner says." if absent else "As on file.",
        valuation_asked=False,
        photos=[_photo(random)],
        actor=stop.round.inspector,
        business_date=day,
    )


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
