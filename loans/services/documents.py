"""Files that people hand in: size, name and content checked, stored under an id of our own, never under the given name."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from core import audit
from core.errors import DomainError
from core.models import User
from core.uuids import uuid7
from loans.models import Application, Document

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
        "too_large": "The file is larger than 20 MB.",
        "empty": "The file is empty.",
        "type_not_allowed": "Files of this type are not accepted. Send PDF, PNG, JPEG, XLSX, CSV, TXT or XML.",
        "not_what_it_says": "The file's content is not what its name says: it is no {extension} file.",
    }


@transaction.atomic
def store_document(*, application: Application, kind: str, upload: UploadedFile[Any], actor: User | None, actor_name: str = "") -> Document:
    """Check and keep a file of an application.

    Raises UnableToStoreDocument: `too_large`, `empty`, `type_not_allowed`, `not_what_it_says`.
    """
    name = PurePath((upload.name or "file").replace("\\", "/")).name[:160]
    extension = name.rpartition(".")[2].lower()
    if not upload.size:
        raise UnableToStoreDocument("empty")
    if upload.size > MAX_BYTES:
        raise UnableToStoreDocument("too_large")
    if extension not in TYPES:
        raise UnableToStoreDocument("type_not_allowed")
    content_type, beginnings = TYPES[extension]
    content = upload.read()
    if beginnings and not content.startswith(beginnings):
        raise UnableToStoreDocument("not_what_it_says", extension=extension.upper())
    if not beginnings and (b"\x00" in content or not _is_text(content)):
        raise UnableToStoreDocument("not_what_it_says", extension=extension.upper())
    document = Document(id=uuid7(), application=application, kind=kind[:40], name=name, content_type=content_type, size=len(content))
    document.sha256 = hashlib.sha256(content).hexdigest()
    document.stored_as = f"{document.pk.hex[:2]}/{document.pk.hex}.{extension}"
    document.uploaded_by = actor
    document.uploaded_by_name = actor_name or (actor.full_name if actor else "system")
    path = Path(settings.MEDIA_ROOT) / document.stored_as
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    document.save(force_insert=True)
    audit.record(
        "document.stored",
        actor=actor,
        actor_name=actor_name,
        target=document,
        branch=application.branch_id,
        label=application.reference,
        kind=kind,
    )
    return document


def open_document(document: Document) -> BinaryIO:
    """The stored file, for reading."""
    return (Path(settings.MEDIA_ROOT) / document.stored_as).open("rb")


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
