"""Papers that prove what tests record: rows without their content, which few of them read."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from collateral.models import Asset, AssetDocument
from collateral.services.sale_costs import Papers
from core.uuids import uuid7

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PROVING = (AssetDocument.Kind.TITLE_EXTRACT, AssetDocument.Kind.LIEN_REGISTRATION)


def sheet(name: str = "paper.pdf", more: str = "") -> SimpleUploadedFile:
    """A small PDF; another one for each `more`."""
    return SimpleUploadedFile(name, PDF + more.encode(), "application/pdf")


def file_paper(asset: Asset, kind: str, day: date, **changes: Any) -> AssetDocument:
    """One paper on file."""
    key = uuid7()
    kept: dict[str, Any] = {
        "name": f"{kind.lower()}.pdf", "content_type": "application/pdf", "size": 90, "sha256": key.hex * 2, "stored_as": f"none/{key.hex}.pdf",
        "uploaded_by_name": "system", "paper_date": day, "recorded_date": day,
    }  # fmt: skip
    return AssetDocument.objects.create(id=key, asset=asset, kind=kind, **kept | changes)


def sale_papers(asset: Asset, day: date) -> Papers:
    """What a sale and its costs are proved by."""
    return Papers(*(file_paper(asset, kind, day) for kind in AssetDocument.OF_SALES))


def file_papers(asset: Asset, day: date) -> None:
    """What a title and a lien are proved by."""
    for kind in PROVING:
        file_paper(asset, kind, day)
