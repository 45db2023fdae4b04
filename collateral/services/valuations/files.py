"""The report of a valuation and what comes with it: checked like any document, kept with the value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from collateral.domain.photos import NoPhoto, make_small
from collateral.domain.red_flags import Finding
from collateral.models import OutsideAppraiser, Valuation, ValuationFile
from collateral.selectors.records import photo_elsewhere
from core.errors import Fault
from core.models import User
from core.uuids import uuid7
from loans.services.documents import Checked, UnableToStoreDocument, check_upload, keep_file

Upload = UploadedFile[Any]
Kind = ValuationFile.Kind
MOST_FILES = 10
LARGEST_PHOTO = 40 << 20
TYPES = {
    Kind.REPORT: ("pdf",),
    Kind.COMPARABLES: ("pdf", "png", "jpg", "jpeg", "xlsx", "csv"),
    Kind.PHOTO: ("png", "jpg", "jpeg"),
    Kind.WORKS: ("pdf", "png", "jpg", "jpeg"),
}


@dataclass(frozen=True)
class Attachments:
    """What an appraiser hands in beside the figures: the report, comparables as files, photos of the asset, and what shows works on it."""

    report: Upload | None = None
    comparables: Sequence[Upload] = ()
    photos: Sequence[Upload] = ()
    works: Upload | None = None


@dataclass(frozen=True)
class Sheet:
    """A file that may be kept. `likeness`: of a photo."""

    kind: Kind
    checked: Checked
    likeness: int | None = None


def check_attachments(valuation: Valuation, sent: Attachments) -> tuple[list[Sheet], list[Fault]]:
    """Read what is sent: what may be kept, and what is wrong at which field. An appraiser of another firm has to send the report."""
    sheets: list[Sheet] = []
    faults: list[Fault] = []
    if sent.report is None and OutsideAppraiser.objects.filter(user=valuation.appraiser_id).exists():
        faults.append(Fault("report", "required", "An appraiser of another firm hands in the report as PDF."))
    for name, kind, uploads in (
        ("report", Kind.REPORT, [sent.report] if sent.report else []),
        ("comparable_files", Kind.COMPARABLES, sent.comparables),
        ("photos", Kind.PHOTO, sent.photos),
        ("works_paper", Kind.WORKS, [sent.works] if sent.works else []),
    ):
        if len(uploads) > MOST_FILES:
            faults.append(Fault(name, "too_many", f"At most {MOST_FILES} files are taken here."))
            continue
        for upload in uploads:
            try:
                sheets.append(_read(kind, upload))
            except UnableToStoreDocument as refusal:
                faults.append(Fault(name, refusal.code, f"{upload.name}: {refusal.detail}"))
            except NoPhoto as fault:
                faults.append(Fault(name, "no_photo", f"{upload.name}: {fault}"))
    return sheets, faults


def keep_attachments(valuation: Valuation, sheets: Sequence[Sheet], *, actor: User | None) -> list[ValuationFile]:
    """Keep checked files with the valuation. What was handed in before stays."""
    return [
        keep_file(ValuationFile(id=uuid7(), valuation=valuation, kind=one.kind, likeness=one.likeness), one.checked, actor=actor)
        for one in sheets
    ]


def find_in_photos(valuation: Valuation) -> list[Finding]:
    """That photos handed in with a value show another asset."""
    photos = valuation.files.filter(kind=Kind.PHOTO, likeness__isnull=False).values_list("likeness", flat=True)
    others = photo_elsewhere(valuation.asset, *(likeness for likeness in photos if likeness is not None))
    if not others:
        return []
    text = "Nearly the same photo as one handed in with the value shows another asset."
    return [Finding("photo_elsewhere", text, {"elsewhere": ", ".join(others)})]


def _read(kind: Kind, upload: Upload) -> Sheet:
    """Check one file; a photo is made small, without what the phone wrote into it. Raises UnableToStoreDocument, NoPhoto."""
    if kind != Kind.PHOTO:
        return Sheet(kind, check_upload(upload, types=TYPES[kind]))
    checked = check_upload(upload, types=TYPES[kind], most=LARGEST_PHOTO)
    content, likeness = make_small(checked.content)
    stem = checked.name.rpartition(".")[0] or "photo"
    small = replace(checked, name=f"{stem}.jpg", extension="jpg", content_type="image/jpeg", content=content)
    return Sheet(kind, small, likeness)
