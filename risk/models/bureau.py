"""Bureau reports: ordered, fetched in the background, kept encrypted; and the circuit that stops asking a bureau which is down."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField
from core.uuids import uuid7


class BureauReport(models.Model):
    """One enquiry about one party and what came of it. `figures` are facts as text under the codes of the catalogue;
    the answer is encrypted.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting for the bureau"
        RECEIVED = "RECEIVED", "Received"
        UNKNOWN = "UNKNOWN", "Nobody known there"
        UNUSABLE = "UNUSABLE", "Answer unusable"
        FAILED = "FAILED", "No answer"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="bureau_reports")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="+")
    adapter = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    detail = models.CharField(max_length=200, blank=True, help_text="Why there is no report yet, or none at all")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    requested_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    requested_date = models.DateField()
    answered_at = models.DateTimeField(null=True)
    asked = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="Fingerprint of whom the bureau was asked about, as on record then"
    )
    number = models.CharField(max_length=160, blank=True)
    as_of_date = models.DateField(null=True)
    figures = models.JSONField(default=dict)
    answer = EncryptedTextField()
    in_file_at = models.DateTimeField(null=True, help_text="When its figures became facts of the file")

    taken_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="Who put a late one into the file"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="bureau_report_waits_once", fields=["application", "borrower"], condition=Q(state="WAITING")),
        ]
        indexes: ClassVar = [models.Index(name="bureau_report_due", fields=["next_at"], condition=Q(state="WAITING"))]


class BureauCircuit(models.Model):
    """How a bureau has answered lately, for all workers together. Open until `open_until`: nobody asks before."""

    adapter = models.CharField(max_length=40, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row")
    open_until = models.DateTimeField(null=True)
