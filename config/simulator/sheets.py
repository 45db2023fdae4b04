"""Papers that a registry or an insurer would send about an asset: one specimen of each kind, told apart by what it is about."""

from __future__ import annotations

from functools import cache

from django.core.files.uploadedfile import SimpleUploadedFile

from collateral.models import Asset, AssetDocument
from loans.services.papers import Paper, make_pdf

Kind = AssetDocument.Kind


@cache
def _specimen(kind: AssetDocument.Kind) -> bytes:
    """Drawn once: a page takes longer than registering the asset."""
    return make_pdf(
        Paper(kind.label, [("Issued by", "Registry of Nordersund")], sentences=["Specimen of the simulated bank; it proves nothing."])
    )


def sheet(asset: Asset, kind: AssetDocument.Kind, about: str = "") -> SimpleUploadedFile:
    """A paper of a kind about an asset, or about one lien on it."""
    content = _specimen(kind) + f"%{asset.reference} {about}\n".encode()
    return SimpleUploadedFile(f"{kind.lower()}-{asset.reference}.pdf", content, "application/pdf")
