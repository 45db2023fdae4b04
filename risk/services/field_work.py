"""Visits and interviews with their photos, and explanations of what differs from what was stated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from collateral.services.flags import flag_other_address
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.uuids import uuid7
from loans.models import Application
from loans.services.documents import store_document
from risk.domain.cross_checks import TYPED
from risk.models import Explanation, FieldRecord
from risk.services.cross_checks import cross_checks
from risk.services.file_work import lock_file

MOST_PHOTOS = 12
# A customer may be visited before they apply, though not so long that it says nothing of the application.
EARLIEST_VISIT = timedelta(days=90)
PHOTO_TYPES = (".jpg", ".jpeg", ".png")


class UnableToRecordVisit(DomainError):
    """The visit, interview or explanation is not kept; `faults` name the fields."""

    title = "This was not recorded"
    messages = {
        "invalid": "Some fields need attention.",
        "agrees": "This check does not differ; there is nothing to explain.",
    }


@transaction.atomic
def record_visit(
    *,
    application: Application,
    kind: str,
    seen_date: date,
    people: str,
    findings: str,
    address: str,
    address_seen: str,
    place: tuple[Decimal, Decimal, int] | None,
    measured: bool,
    why_without: str,
    photos: Sequence[UploadedFile[Any]],
    actor: User,
    business_date: date,
) -> FieldRecord:
    """Keep a visit or an interview; one that saw another address than is on file flags what is pledged (`address_differs`). `place` is
    latitude, longitude in degrees and the accuracy in metres; `measured` says that a device told it, and nobody typed it.

    A visit has a photo, a measured place and the address seen, or words why not (`why_without`), which who signs off reads.

    Raises UnableToRecordVisit `invalid` with a fault per field; UnableToStoreDocument for a photo; UnableToInvestigate as `lock_for_work`
    does.
    """
    faults = []
    if seen_date > business_date:
        faults.append(Fault("seen_date", "future", "The visit cannot be in the future."))
    elif seen_date < application.created_date - EARLIEST_VISIT:
        words = f"The visit was long before this application of {application.created_date:%d %b %Y}. Visit again, and write that day."
        faults.append(Fault("seen_date", "too_early", words))
    if not people.strip():
        faults.append(Fault("people", "required", "Name who was met."))
    if not findings.strip():
        faults.append(Fault("findings", "required", "Say what was found."))
    if address == FieldRecord.Address.DIFFERS and not address_seen.strip():
        faults.append(Fault("address_seen", "required", "Write the address that was seen."))
    lacking = lacking_in(photos=len(photos), measured=place is not None and measured, address=address)
    if kind == FieldRecord.Kind.VISIT and lacking and not why_without.strip():
        faults.append(Fault("why_without", "required", f"Say why this visit is without {' and '.join(lacking)}."))
    if len(photos) > MOST_PHOTOS:
        faults.append(Fault("photos", "too_many", f"At most {MOST_PHOTOS} photos at once."))
    if any(not (photo.name or "").lower().endswith(PHOTO_TYPES) for photo in photos):
        faults.append(Fault("photos", "type", "Photos are JPEG or PNG files."))
    if place is not None and not (abs(place[0]) <= 90 and abs(place[1]) <= 180):
        faults.append(Fault("latitude", "out_of_range", "This is no place on earth."))
    if faults:
        raise UnableToRecordVisit("invalid", faults=faults)
    lock_file(application, actor=actor, business_date=business_date)
    record = FieldRecord(
        id=uuid7(),
        application=application,
        kind=kind,
        seen_date=seen_date,
        people=people.strip(),
        findings=findings.strip(),
        address=address,
        address_seen=address_seen.strip(),
        why_without=why_without.strip()[:300],
        recorded_by=actor,
        recorded_date=business_date,
    )
    if place is not None:
        record.latitude, record.longitude, record.accuracy = place
        record.is_measured = measured
    record.save(force_insert=True)
    record.photos.set([store_document(application=application, kind="visit_photo", upload=photo, actor=actor) for photo in photos])
    audit.record(
        "visit.recorded",
        actor=actor,
        target=application,
        business_date=business_date,
        kind=kind,
        photos=len(photos),
        address=address,
        measured=record.is_measured,
    )
    if address == FieldRecord.Address.DIFFERS:
        flag_other_address(application=application, seen_date=seen_date, business_date=business_date)
    return record


def lacking_in(*, photos: int, measured: bool, address: str) -> list[str]:
    """What a visit lacks to show that somebody stood there, in words."""
    gaps = (("a photo", not photos), ("a measured place", not measured), ("the address seen", address == FieldRecord.Address.NOT_SEEN))
    return [words for words, lacks in gaps if lacks]


@transaction.atomic
def explain_difference(
    *, application: Application, check_code: str, code: str, reason: str, actor: User, business_date: date
) -> Explanation:
    """Say why something stated differs from what was seen, by a code of `TYPED` and in words. It counts for these figures alone.

    Raises UnableToRecordVisit: `agrees`, `invalid` without a code or words; UnableToInvestigate as `lock_for_work` does.
    """
    faults = [] if code in TYPED else [Fault("code", "required", "Choose why they differ.")]
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say in words what was found out."))
    if faults:
        raise UnableToRecordVisit("invalid", faults=faults)
    lock_file(application, actor=actor, business_date=business_date)
    check = next((row for row in cross_checks(application, business_date=business_date) if row.code == check_code and row.differs), None)
    if check is None:
        raise UnableToRecordVisit("agrees")
    made = Explanation.objects.create(
        application=application, check_code=check_code, figures=check.figures, code=code, reason=reason.strip(), author=actor
    )
    audit.record("difference.explained", actor=actor, target=application, business_date=business_date, check=check_code, code=code)
    return made
