"""The letter that a decision owes its applicant, from the day it is owed to the day it was written."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField
from core.uuids import uuid7
from risk.models.decisions import Decision


class DecisionLetter(models.Model):
    """One for each decision that does not give what was asked for. Once it is written nothing of it changes: a copy is of the same day.

    `words` are everything that was set in it, as JSON, sealed; `sha256` is of the file that was written. A decision of an older house has
    none until somebody writes to its applicant.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="letter")
    due_date = models.DateField(help_text="Last day on which it may be written")
    told_due_date = models.DateField(null=True, help_text="When monitoring was told that it has not been written")
    written_date = models.DateField(null=True)
    written_at = models.DateTimeField(null=True)
    written_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    words = EncryptedTextField()
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="decision_letter_written_whole",
                condition=Q(written_date=None, written_at=None, written_by=None, sha256="")
                | Q(written_date__isnull=False, written_at__isnull=False, written_by__isnull=False) & ~Q(sha256=""),
            ),
        ]
        indexes: ClassVar = [models.Index(name="decision_letter_owed", fields=["due_date", "id"], condition=Q(written_date=None))]
