"""Files that people hand in: size, name and content checked, stored under an id of our own, never under the given name."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, BinaryIO, TypeVar

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from core import audit
from core.business_date import get_business_date
from core.errors import DomainError, Fault
from core.models import User
from core.uuids import uuid7
from loans.models import Application, Document, StoredFile
from loans.services.missing import note_arrival

MAX_BYTES = 20 << 20
# Extension → content type and the bytes a true file begins with; texts are checked by decoding.
TYPES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    "csv": ("text/csv", ()),
    "txt": ("text/plain", ()),
    "xml": ("application/xml", (b"<?xml", b"\xef\xbb\xbf<?xml")),
}


class UnableToStoreDocument(DomainError):
    """The file is refused."""

    title = "The file was not stored"
    messages = {
        "too_large": "{name} is larger than {most} MB.",
        "empty": "{name} is empty.",
        "type_not_allowed": "Files of this type are not accepted. Send {allowed}.",
        "not_what_it_says": "The content of {name} is not what its name says: it is no {extension} file.",
        "kind_reserved": "Only the bank's own letters are kept as {kind}. Say by another word what the file is.",
    }


S = TypeVar("S", bound=StoredFile)
LONGEST_NAME = 60
"""Characters of a file's name in a refusal: of several files it says which."""
# What people call the types, in the order in which they are told.
NAMES = {"pdf": "PDF", "png": "PNG", "jpg": "JPEG", "xlsx": "XLSX", "csv": "CSV", "txt": "TXT", "xml": "XML"}


@dataclass(frozen=True)
class Checked:
    """A file whose content is what its name says."""

    name: str
    extension: str
    content_type: str
    content: bytes


def check_upload(upload: UploadedFile[Any], *, types: Collection[str] = TYPES, most: int = MAX_BYTES) -> Checked:
    """Read a file that somebody sends, if it is of one of these types and at most so many bytes.

    Raises UnableToStoreDocument: `too_large`, `empty`, `type_not_allowed`, `not_what_it_says`.
    """
    name = PurePath((upload.name or "file").replace("\\", "/")).name[-160:]
    extension = name.rpartition(".")[2].lower()
    said = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}\N{HORIZONTAL ELLIPSIS}"
    if not upload.size:
        raise UnableToStoreDocument("empty", name=said)
    if upload.size > most:
        raise UnableToStoreDocument("too_large", name=said, most=most >> 20)
    if extension not in types:
        *others, last = [words for kind, words in NAMES.items() if kind in types]
        raise UnableToStoreDocument("type_not_allowed", allowed=f"{', '.join(others)} or {last}" if others else last)
    content_type, beginnings = TYPES[extension]
    content = upload.read()
    if beginnings and not content.startswith(beginnings):
        raise UnableToStoreDocument("not_what_it_says", name=said, extension=extension.upper())
    if not beginnings and (b"\x00" in content or not _is_text(content)):
        raise UnableToStoreDocument("not_what_it_says", name=said, extension=extension.upper())
    return Checked(name, extension, content_type, content)


def keep_file(row: S, checked: Checked, *, actor: User | None, actor_name: str = "") -> S:
    """Write a checked file under the id of its row, then the row."""
    write_file(row, checked, actor=actor, actor_name=actor_name).save(force_insert=True)
    return row


def write_file(row: S, checked: Checked, *, actor: User | None, actor_name: str = "") -> S:
    """Write a checked file under the id of its row, which says then where it is and is not saved yet."""
    row.name, row.content_type, row.size = checked.name, checked.content_type, len(checked.content)
    row.sha256 = hashlib.sha256(checked.content).hexdigest()
    row.stored_as = f"{row.pk.hex[:2]}/{row.pk.hex}.{checked.extension}"
    row.uploaded_by = actor
    row.uploaded_by_name = actor_name or (actor.full_name if actor else "system")
    path = Path(settings.MEDIA_ROOT) / row.stored_as
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(checked.content)
    return row


@transaction.atomic
def store_document(*, application: Application, kind: str, upload: UploadedFile[Any], actor: User | None, actor_name: str = "") -> Document:
    """Check and keep a file of an application; what the applicant was asked for is then no longer missing.

    Raises UnableToStoreDocument as `check_upload` does, and `kind_reserved` for a kind of letter that the night writes.
    """
    if kind in Document.BY_NIGHT:
        raise UnableToStoreDocument(
            "kind_reserved", kind=kind, faults=[Fault("kind", "kind_reserved", "Say by another word what the file is.")]
        )
    document = keep_file(
        Document(id=uuid7(), application=application, kind=kind[:40]), check_upload(upload), actor=actor, actor_name=actor_name
    )
    audit.record(
        "document.stored",
        actor=actor,
        actor_name=actor_name,
        target=document,
        branch=application.branch_id,
        label=application.reference,
        kind=kind,
    )
    note_arrival(document=document, actor=actor, actor_name=actor_name, business_date=get_business_date())
    return document


def open_document(document: StoredFile) -> BinaryIO:
    """The stored file, for reading."""
    return (Path(settings.MEDIA_ROOT) / document.stored_as).open("rb")


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
