"""How much exposure those who approved an application may carry: tested again before its money leaves."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import MoneyField
from core.uuids import uuid7


class CarriedExposure(models.Model):
    """Up to which exposure to the borrower's connected group money of an application may leave. Append-only; the newest counts.

    `most` is in the bank's currency, inclusive; empty where no exposure is too large, because the committee decided. Written by the room
    that knows who may decide how much.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="carried_exposures")
    most = MoneyField(null=True)
    carried_by = models.CharField(max_length=200, help_text="Whose authority it is, in words")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="carried_exposure_not_negative", condition=Q(most__isnull=True) | Q(most__gte=0)),
        ]
