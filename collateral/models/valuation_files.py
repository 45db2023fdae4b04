"""The report of a valuation, and what its appraiser hands in with it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.uuids import uuid7
from loans.models import StoredFile


class ValuationFile(StoredFile):
    """A file handed in with a value. It belongs to the valuation, not to an application: who may not see the value sees no file of it.

    `likeness` of a photo is a hash of its shades that near-same pictures nearly share.
    """

    class Kind(models.TextChoices):
        REPORT = "REPORT", "Report"
        COMPARABLES = "COMPARABLES", "Comparables"
        PHOTO = "PHOTO", "Photo"
        WORKS = "WORKS", "Paper of works"

    id = models.UUIDField(primary_key=True, default=uuid7)
    valuation = models.ForeignKey("collateral.Valuation", on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    likeness = models.BigIntegerField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="valuation_photo_has_likeness", condition=Q(kind="PHOTO") | Q(likeness__isnull=True))
        ]
