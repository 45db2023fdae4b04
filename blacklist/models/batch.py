"""Entries proposed many at once: a file that one person previews and another confirms as a whole."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField
from core.uuids import uuid7


class EntryBatch(models.Model):
    """A file of entries. Nothing of it bars anybody before a second person confirms the batch."""

    class State(models.TextChoices):
        PREVIEW = "PREVIEW", "Preview"
        PROPOSED = "PROPOSED", "Waits for a second person"
        ENTERING = "ENTERING", "Being entered"
        DONE = "DONE", "In force"
        REFUSED = "REFUSED", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7)
    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PREVIEW)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lines = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="entry_batch_four_eyes", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("uploaded_by"))
            ),
            models.CheckConstraint(
                name="entry_batch_done_confirmed", condition=~Q(state__in=("ENTERING", "DONE")) | Q(confirmed_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class EntryBatchLine(models.Model):
    """One line of a batch: its content encrypted, what is wrong with it in words, and the entry it became."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    batch = models.ForeignKey(EntryBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    content = EncryptedTextField()
    faults = models.JSONField(default=list)
    entry = models.OneToOneField("blacklist.BlacklistEntry", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(name="entry_batch_line_once", fields=["batch", "number"])]

    def __str__(self) -> str:
        return f"{self.batch}, line {self.number}"
