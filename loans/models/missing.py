"""What the applicant was asked for: while something is awaited, the application is incomplete and its clock stands still."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.uuids import uuid7


class MissingRequest(models.Model):
    """One letter to the applicant: what is missing, until when. The only way in which a file waits for the applicant."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Waiting"
        CAME = "CAME", "All came"
        ENOUGH = "ENOUGH", "Enough came"
        RAN_OUT = "RAN_OUT", "Not answered"
        ENDED = "ENDED", "Application withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="missing_requests")
    text = models.TextField(blank=True, help_text="What the applicant is told besides")
    until = models.DateField(help_text="The last day of the answer")
    days_left = models.PositiveSmallIntegerField(help_text="Business days the bank had left to decide when its clock was stopped")
    asked_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    asked_date = models.DateField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    closed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    closed_date = models.DateField(null=True)
    reason = models.CharField(max_length=400, blank=True, help_text="Why enough came")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="missing_request_open_once", fields=["application"], condition=Q(state="OPEN")),
            models.CheckConstraint(
                name="missing_request_closed_on_a_day",
                condition=Q(state="OPEN", closed_date__isnull=True) | (~Q(state="OPEN") & Q(closed_date__isnull=False)),
            ),
            models.CheckConstraint(name="missing_request_enough_with_reason", condition=~Q(state="ENOUGH") | ~Q(reason="")),
        ]
        indexes: ClassVar = [models.Index(name="missing_request_runs_out", fields=["until"], condition=Q(state="OPEN"))]


class MissingItem(models.Model):
    """One thing asked for, under the code a document that brings it is handed in with."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Document"
        FACT = "fact", "Answer"

    id = models.UUIDField(primary_key=True, default=uuid7)
    request = models.ForeignKey(MissingRequest, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    document = models.ForeignKey("loans.Document", on_delete=models.PROTECT, null=True, related_name="+", help_text="What brought it")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(name="missing_item_once", fields=["request", "code"])]
