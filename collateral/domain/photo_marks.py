"""What a camera wrote into a photo, its day and place, read before it is dropped; and what of a photo does not fit the visit it came with.
Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, NamedTuple

from PIL import ExifTags, Image

from collateral.domain.inspections import MOST_KM_OFF, kilometres
from collateral.domain.photos import FORMATS, tells
from collateral.domain.red_flags import Finding

Point = tuple[float, float]
# Of 64 bits. Somebody who stands at the same place again gets a picture that differs by more; the same file, saved anew, by less.
SAME_AGAIN = 3
# The phone makes a large photo small itself and sends along in this segment what its camera wrote: the canvas has turned the picture, so
# that its original place would have it turned twice.
SENT_ALONG = "APP11"


class Taken(NamedTuple):
    """The day and the place, in degrees, that a camera wrote; None each where it wrote none."""

    day: date | None = None
    position: Point | None = None


def read_taken(content: bytes) -> Taken:
    """What the camera wrote into a photo; nothing where it cannot be read: then the photo says nothing, and is none the worse."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            exif = image.getexif()
            for name, said in getattr(image, "applist", []):
                if not exif and name == SENT_ALONG and said.startswith(b"Exif"):
                    exif.load(said)
            inner, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        said = inner.get(ExifTags.Base.DateTimeOriginal) or inner.get(ExifTags.Base.DateTimeDigitized)
        return Taken(_day(said), _position(gps))
    # Anybody may write anything there: Pillow raises what its parts raise.
    except Exception:
        return Taken()


def _day(said: Any) -> date | None:
    try:
        return datetime.strptime(str(said)[:10], "%Y:%m:%d").date()  # noqa: DTZ007 -- a day on the camera's own clock
    except ValueError:
        return None


def _position(gps: Mapping[int, Any]) -> Point | None:
    tags = ExifTags.GPS
    parts = [one for tag in (tags.GPSLatitude, tags.GPSLongitude) if (one := gps.get(tag))]
    if len(parts) < 2:
        return None
    latitude, longitude = (sum(float(part) / 60**power for power, part in enumerate(one)) for one in parts)
    latitude *= -1 if gps.get(tags.GPSLatitudeRef) == "S" else 1
    longitude *= -1 if gps.get(tags.GPSLongitudeRef) == "W" else 1
    fits = math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if fits and (latitude, longitude) != (0, 0) else None


def is_repeated(likeness: int, before: Sequence[int]) -> bool:
    """Whether this is a picture that is known already, saved anew at most."""
    return tells(likeness) and any(((likeness ^ one) & (1 << 64) - 1).bit_count() <= SAME_AGAIN for one in before)


def find_in_photos(
    photos: Sequence[tuple[int, Taken]], *, before: Sequence[int], seen: date, here: tuple[Any, Any] | None, off_km: float, who: str
) -> list[Finding]:
    """What of the photos does not fit a visit on the day `seen`: one that was on file `before` it, one taken on another day, or more than a
    kilometre and `off_km` from `here`. Each photo is its likeness and what its camera wrote."""
    known, findings = {"inspector": who, "seen_on": seen.isoformat()}, []
    if any(is_repeated(likeness, before) for likeness, _ in photos):
        findings.append(Finding("photo_repeated", "A photo of the inspection was on file of this asset before.", known))
    days = sorted({taken.day.isoformat() for _, taken in photos if taken.day and taken.day != seen})
    if days:
        text = "A photo of the inspection was taken on another day."
        findings.append(Finding("photo_other_day", text, {**known, "taken_on": ", ".join(days)}))
    away = [kilometres(here, taken.position) for _, taken in photos if here and taken.position]
    if away and max(away) > MOST_KM_OFF + off_km:
        text = "A photo of the inspection was taken at another place."
        findings.append(Finding("photo_other_place", text, {**known, "kilometres_off": f"{max(away):.1f}"}))
    return findings
