"""Versions of what the bank limits itself by: who may decide how much, and how much of what it wants in its book."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.uuids import uuid7


class LimitSettings(models.Model):
    """A version of the authority matrix or of the risk appetite. Without one in force the defaults of the code hold."""

    class Kind(models.TextChoices):
        AUTHORITY = "AUTHORITY", "Authority matrix"
        APPETITE = "APPETITE", "Risk appetite"

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        ACTIVE = "ACTIVE", "In force"
        RETIRED = "RETIRED", "Replaced"
        REJECTED = "REJECTED", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    number = models.PositiveIntegerField()
    document = models.JSONField(help_text="As risk.domain.authority or risk.domain.limits reads it")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    reason = models.TextField()
    proposed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="limit_settings_number_once", fields=["kind", "number"]),
            models.UniqueConstraint(name="limit_settings_one_active", fields=["kind"], condition=Q(state="ACTIVE")),
            models.UniqueConstraint(name="limit_settings_one_proposed", fields=["kind"], condition=Q(state="PROPOSED")),
            models.CheckConstraint(
                name="limit_settings_four_eyes", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by"))
            ),
            models.CheckConstraint(
                name="limit_settings_confirmed", condition=Q(state__in=["PROPOSED", "REJECTED"]) | Q(confirmed_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.Kind(self.kind).label.lower()} v{self.number}"
