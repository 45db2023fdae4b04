"""The scores from which a grade begins, as versions that two people put into force."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.uuids import uuid7


class ThresholdSet(models.Model):
    """One set of thresholds. At most one is active; without one the defaults of the code hold."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        ACTIVE = "ACTIVE", "In force"
        RETIRED = "RETIRED", "Replaced"
        REJECTED = "REJECTED", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7)
    low = models.DecimalField(max_digits=4, decimal_places=3)
    medium = models.DecimalField(max_digits=4, decimal_places=3)
    high = models.DecimalField(max_digits=4, decimal_places=3)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="threshold_set_one_active", fields=["state"], condition=Q(state="ACTIVE")),
            models.UniqueConstraint(name="threshold_set_one_proposed", fields=["state"], condition=Q(state="PROPOSED")),
            models.CheckConstraint(
                name="threshold_set_rises", condition=Q(low__gte="0.690") & Q(medium__gt=F("low")) & Q(high__gt=F("medium")) & Q(high__lt=1)
            ),
            models.CheckConstraint(
                name="threshold_set_four_eyes", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by"))
            ),
            models.CheckConstraint(
                name="threshold_set_active_confirmed", condition=Q(state__in=["PROPOSED", "REJECTED"]) | Q(confirmed_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.low} / {self.medium} / {self.high}"
