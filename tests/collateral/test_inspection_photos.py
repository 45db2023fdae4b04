"""That a round is made on site: a place that no device measured is marked, and photos that are old or were taken elsewhere are flagged."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import ExifTags, Image

from collateral.domain.inspections import place_doubt
from collateral.domain.photo_marks import Taken, is_repeated, read_taken
from collateral.models import AssetPhoto, InspectionStop
from collateral.services.inspections import Place
from collateral.web.inspection_forms import InspectionForm
from core.models import Branch, User
from core.roles import Role
from loans.services.documents import open_document
from tests.collateral.books import Book
from tests.collateral.conftest import hire
from tests.collateral.inspecting import book, give, inspect, inspector, media, photo, picture, stop
from tests.collateral.test_services import open_codes

__all__ = ["book", "inspector", "media", "stop"]
HERE = Place(Decimal("53.551086"), Decimal("9.993682"), 12)


def shot(day: str = "", at: tuple[float, float] | None = None, seed: int = 5, *, by_canvas: bool = False) -> SimpleUploadedFile:
    """A photo with what a camera writes into it: a day like 2026:03:02, and a place; as a phone makes it small, `by_canvas`."""
    exif, kept = Image.Exif(), BytesIO()
    if day:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{day} 10:11:12"
    if at:
        south, west = at[0] < 0, at[1] < 0
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {1: "S" if south else "N", 2: (abs(at[0]), 0.0, 0.0), 3: "W" if west else "E", 4: (abs(at[1]), 0.0, 0.0)}
        )
    picture(seed).save(kept, "JPEG", exif=exif)
    content = kept.getvalue()
    if by_canvas:
        begins = content.index(b"\xff\xe1") + 2
        said = content[begins : begins + int.from_bytes(content[begins : begins + 2], "big")]
        plain = BytesIO()
        picture(seed).save(plain, "JPEG")
        content = plain.getvalue()[:2] + b"\xff\xeb" + said + plain.getvalue()[2:]
    return SimpleUploadedFile("IMG.jpg", content)


class TestAPlace:
    def test_that_nobody_measured_is_marked(self, stop: InspectionStop, branch: Branch, settings: Any) -> None:
        kept = inspect(stop, place=None, place_words="In the hall")
        assert kept.place_doubt == "Place in words only"
        client = Client()
        client.force_login(hire("ruth", Role.RISK_MANAGER, branch=branch))
        for page in (
            reverse("collateral:inspection_round", args=[stop.round_id]),
            reverse("collateral:inspection_stop", args=[stop.pk]),
            reverse("collateral:asset_detail", args=[stop.asset_id]),
        ):
            assert "Place in words only" in client.get(page).text

    @pytest.mark.parametrize(
        ("accuracy", "words"), [(None, "typed"), (0, "typed"), (1_000_000, "unsure by 1,000,000 m"), (501, "unsure"), (500, ""), (8, "")]
    )
    def test_is_measured_by_a_device_that_is_sure_enough(self, accuracy: int | None, words: str) -> None:
        found = place_doubt("53.5,9.9", accuracy)
        assert words in found and bool(found) is bool(words)

    def test_without_its_accuracy_is_typed(self, stop: InspectionStop, today: date) -> None:
        sent = {"client_key": stop.pk, "presence": "ABSENT", "seen_date": today.isoformat(), "latitude": "53.5", "longitude": "9.9"}
        form = InspectionForm(sent)
        assert form.is_valid() and form.sent()["place"] == Place(Decimal("53.5"), Decimal("9.9"), None)
        assert all("readonly" in str(form[name]) for name in ("latitude", "longitude", "accuracy"))


class TestAPhoto:
    def test_of_an_earlier_round_is_flagged(self, stop: InspectionStop, inspector: User, book: Book) -> None:
        first = inspect(stop, photos=[photo(7)])
        inspect(stop, photos=[photo(7)], remarks="Corrected.", after=first.pk)
        assert open_codes(stop.asset) == set()
        again = inspect(give(stop.asset, inspector, book.today), photos=[photo(7, "new.jpg"), photo(8)])
        assert again.faults == ["photo_repeated"] and open_codes(stop.asset) == {"photo_repeated"}

    @pytest.mark.parametrize("by_canvas", [False, True])
    def test_of_another_day_and_place_is_flagged_and_kept_with_both(self, stop: InspectionStop, today: date, by_canvas: bool) -> None:
        old = today - timedelta(days=200)
        kept = inspect(stop, place=HERE, photos=[shot(f"{old:%Y:%m:%d}", (48.137, 11.575), by_canvas=by_canvas)])
        assert kept.faults == ["photo_other_day", "photo_other_place"]
        flags = {flag.code: flag.evidence for flag in stop.asset.flags.all()}
        assert flags["photo_other_day"]["taken_on"] == old.isoformat()
        assert 590 < float(flags["photo_other_place"]["kilometres_off"]) < 630
        with open_document(AssetPhoto.objects.get().document) as file:
            assert read_taken(file.read()) == Taken()

    def test_of_the_day_and_place_is_not(self, stop: InspectionStop, today: date) -> None:
        kept = inspect(stop, place=HERE, photos=[shot(f"{today:%Y:%m:%d}", (53.5512, 9.9938))])
        assert kept.faults == []

    def test_that_says_nothing_or_nonsense_says_nothing(self) -> None:
        assert read_taken(photo(3).read()) == Taken() == read_taken(b"no photo") == read_taken(shot("0000:00:00", (95.0, 9.0)).read())
        assert read_taken(shot("2026:01:02", (-33.9, -18.4)).read()) == Taken(date(2026, 1, 2), (-33.9, -18.4))
        assert not is_repeated(0, [0]) and is_repeated(0x5A5A5A5A5A5A5A5A, [0x5A5A5A5A5A5A5A5B])
