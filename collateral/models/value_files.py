"""Files that values stand on: sales, indices, prices."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from core.uuids import uuid7


class ValueFile(models.Model):
    """One file taken in: what was kept, what was known already, and each line that was refused with its reason."""

    class Kind(models.TextChoices):
        SALES = "SALES", "Sales of homes"
        INDEX = "INDEX", "House price index"
        PRICES = "PRICES", "Prices of securities"

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    market = models.CharField(max_length=40, help_text="The market of sales, the publisher of an index, the source of prices")
    currency = models.CharField(max_length=3, blank=True)
    file_name = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the file")
    kept = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    refusals = models.JSONField(default=list, help_text='The first of them: [{"line", "reason"}]')
    held = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Figures that wait, or waited, for a second person, each beside what is on record",
    )
    imported_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def refuse(self, line: int, reason: str) -> None:
        """Count a refused line, and keep it by name while there are few."""
        self.refused += 1
        if len(self.refusals) < NAMED:
            self.refusals.append({"line": line, "reason": reason})


# So many refused lines are kept by name; the count is of all.
NAMED = 200
