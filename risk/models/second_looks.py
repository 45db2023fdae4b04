"""An applicant's request that somebody else looks at a decline, and what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField
from core.uuids import uuid7
from risk.models.decisions import Decision


class SecondLook(models.Model):
    """A second look at one decline, of which there is one. The request is never changed, and once it is answered nothing of it is.

    `words` are the applicant's own; `rationale` is for the house, `told` for the applicant, who reads it where the decline stands. One that
    was recorded by mistake is withdrawn by somebody else, whom `answered_by` names then, for the reason in `rationale`.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "Waits"
        UPHELD = "UPHELD", "Decision upheld"
        TAKEN_UP = "TAKEN_UP", "Taken up again"
        WITHDRAWN = "WITHDRAWN", "Recorded by mistake"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="second_looks")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="second_looks")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    asked_date = models.DateField(help_text="Day on which the request arrived")
    words = EncryptedTextField()
    papers = models.ManyToManyField("loans.Document", related_name="+")
    due_date = models.DateField(help_text="Last day of the answer")
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_date = models.DateField()
    rationale = models.TextField(blank=True)
    told = models.TextField(blank=True)
    answered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answered_date = models.DateField(null=True)
    told_late_date = models.DateField(null=True, help_text="When monitoring was told that it has not been answered in time")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="second_look_once_per_decision", fields=["decision"], condition=~Q(state="WITHDRAWN")),
            models.CheckConstraint(name="second_look_four_eyes", condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("recorded_by"))),
            models.CheckConstraint(
                name="second_look_answered_whole",
                condition=Q(state="OPEN", answered_by=None, answered_at=None, answered_date=None, rationale="", told="")
                | ~Q(state="OPEN")
                & ~Q(rationale="")
                & Q(answered_by__isnull=False, answered_at__isnull=False, answered_date__isnull=False),
            ),
            models.CheckConstraint(name="second_look_upheld_is_told", condition=~Q(state="UPHELD") | ~Q(told="")),
        ]
        indexes: ClassVar = [models.Index(name="second_look_waits", fields=["due_date", "id"], condition=Q(state="OPEN"))]
