"""What tests of inspections share: a night over a book, inspectors, and what a phone would send."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from collateral.models import Asset, Inspection, InspectionPlan, InspectionRound, InspectionStop
from collateral.services.inspection_plans import plan_inspections
from collateral.services.inspection_rounds import plan_rounds
from collateral.services.inspections import Place, place_on_file, record_inspection
from core.events import deliver_pending
from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import hire
from tests.shared_rows import shared


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def inspector(branch: Branch) -> User:
    return hire("ida_inspector", Role.APPRAISER, branch=branch)


@shared
def stop(book: Book, inspector: User) -> InspectionStop:
    return give(machine(book, title_number="SN 47-11a", title_key="SN4711A"), inspector, book.today)


def hear() -> None:
    while deliver_pending():
        pass


def night(day: date) -> int:
    """Plans what is due and gives rounds out. Gives how many."""
    plan_inspections(business_date=day, **EVERY)
    return plan_rounds(business_date=day)


def machine(book: Book, city: str = "Nordersund", *, registered_by: User | None = None, days_ago: int = 400, **changes: Any) -> Asset:
    """A machine that backs a loan and has not been seen since it was registered."""
    asset = book.asset(50_000, kind="MACHINERY")
    changes = {"city": city, "registered_date": book.today - timedelta(days=days_ago), "registered_by": registered_by} | changes
    Asset.objects.filter(pk=asset.pk).update(**changes)
    book.pledge(asset, book.lend(30_000), 30_000)
    asset.refresh_from_db()
    return asset


def application_of(asset: Asset) -> Application:
    return Application.objects.get(pledges__asset=asset)


def give(asset: Asset, inspector: User, day: date) -> InspectionStop:
    """A round with one stop, as the night would give it to this person."""
    given = InspectionRound.objects.create(
        reference=f"IR-{asset.reference}-{InspectionRound.objects.count()}",
        branch_id=asset.branch_id,
        inspector=inspector,
        area=asset.city,
        planned_date=day,
        due_date=day + timedelta(days=21),
    )
    return InspectionStop.objects.create(round=given, asset=asset, position=1, level="ORDINARY")


def picture(seed: int = 1, size: int = 400) -> Image.Image:
    """A picture with edges, another for each seed."""
    image = Image.new("RGB", (size, size * 3 // 4), "#9ab")
    draw = ImageDraw.Draw(image)
    for number in range(9):
        left, top = (number * 97 * seed) % size, (number * 61 * seed) % (size // 2)
        draw.rectangle([left, top, left + size // 6, top + size // 5], fill=("#333", "#eee", "#c33")[(number * seed) % 3])
    return image


def photo(seed: int = 1, name: str = "IMG_1.jpg") -> SimpleUploadedFile:
    kept = BytesIO()
    picture(seed).save(kept, "JPEG")
    return SimpleUploadedFile(name, kept.getvalue())


def standing_at(asset: Asset) -> Place:
    """Where a device measures that its inspector stands: where the asset is on file, or somewhere where nothing is."""
    latitude, longitude = place_on_file(asset) or ("53.551086", "9.993682")
    return Place(Decimal(latitude), Decimal(longitude), 12)


def sent(stop: InspectionStop, **changes: Any) -> dict[str, Any]:
    """An inspection without fault, as the service takes it."""
    return {
        "stop": stop,
        "client_key": uuid4(),
        "after": None,
        "seen_date": stop.round.planned_date,
        "presence": "PRESENT",
        "number_seen": stop.asset.title_number.lower(),
        "condition": "GOOD",
        "use": "IN_USE",
        "place": standing_at(stop.asset),
        "place_words": "",
        "remarks": "",
        "valuation_asked": False,
        "photos": [photo(stop.asset.pk.int % 1000 + 2)],
        "actor": stop.round.inspector,
        "business_date": stop.round.planned_date,
    } | changes


def inspect(stop: InspectionStop, **changes: Any) -> Inspection:
    return record_inspection(**sent(stop, **changes))


def planned(asset: Asset) -> InspectionPlan:
    return InspectionPlan.objects.get(asset=asset)
