"""What is wrong with an asset, its title or its valuation."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from collateral.models.assets import Asset
from collateral.models.valuations import Valuation
from core.uuids import uuid7


class RedFlag(models.Model):
    """Something wrong with an asset, its title or its valuation. Blocks perfection until another person clears it."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        CLEARED = "CLEARED", "Cleared"
        UPHELD = "UPHELD", "Upheld"

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="flags")
    valuation = models.ForeignKey(Valuation, on_delete=models.PROTECT, null=True, related_name="flags")
    code = models.CharField(max_length=30)
    text = models.CharField(max_length=240)
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    raised_date = models.DateField()
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            # Of each value by itself: what is wrong with one says nothing about another of the same asset.
            models.UniqueConstraint(
                name="red_flag_open_once", fields=["asset", "code", "valuation"], condition=Q(state="OPEN"), nulls_distinct=False
            ),
        ]
