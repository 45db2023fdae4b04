"""Versions of what the bank limits itself by: who may decide how much, how much of what it wants in its book,
and what it marks as a sign of fraud.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.settings_versions import SettingsVersion


class LimitSettings(SettingsVersion):
    """A version of the authority matrix, of the risk appetite or of the fraud rules. Without one in force the defaults of the code hold."""

    class Kind(models.TextChoices):
        AUTHORITY = "AUTHORITY", "Authority matrix"
        APPETITE = "APPETITE", "Risk appetite"
        FRAUD = "FRAUD", "Fraud rules"

    kind = models.CharField(max_length=9, choices=Kind.choices)
    document = models.JSONField(help_text="As risk.domain.authority, risk.domain.limits or risk.domain.fraud_settings reads it")

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
