"""What is wrong with an asset, its title or its valuation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from collateral.models.assets import Asset
from collateral.models.valuations import Valuation
from core.uuids import uuid7


class RedFlag(models.Model):
    """Something wrong with an asset, its title or its valuation. Blocks perfection until another person clears it or, when it was
    upheld, a third one lifts it because its ground is gone."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        CLEARED = "CLEARED", "Cleared"
        UPHELD = "UPHELD", "Upheld"
        LIFTED = "LIFTED", "Lifted"
        # With the value that it is about: rejected, taken back, or another handed in instead. Nobody decided it.
        ENDED = "ENDED", "Ended"

    # Days within which somebody has decided an open one.
    REVIEW_DAYS: ClassVar = 7

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="flags")
    valuation = models.ForeignKey(Valuation, on_delete=models.PROTECT, null=True, related_name="flags")
    code = models.CharField(max_length=30)
    text = models.CharField(max_length=240)
    evidence = models.JSONField(default=dict)
    revision = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Goes up whenever what it says changes; a decision is about the one that was read"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    raised_date = models.DateField()
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    by_fact = models.BooleanField(
        default=False, db_default=False, help_text="Cleared because a fact on file took its ground away, by nobody's judgement"
    )
    reviewer = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="Who is responsible for deciding it"
    )
    taken_at = models.DateTimeField(null=True)
    told_date = models.DateField(null=True, help_text="When it was last told of as overdue")
    lifted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_reason = models.TextField(blank=True, default="", db_default="", help_text="Why its ground is gone, after it was upheld")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar = [
            models.Index(name="red_flag_reviewer", fields=["reviewer", "raised_date"], condition=Q(state="OPEN", reviewer__isnull=False))
        ]
        constraints: ClassVar = [
            # Of each value by itself: what is wrong with one says nothing about another of the same asset.
            models.UniqueConstraint(
                name="red_flag_open_once", fields=["asset", "code", "valuation"], condition=Q(state="OPEN"), nulls_distinct=False
            ),
            models.CheckConstraint(
                name="red_flag_lifted_by_another",
                condition=~Q(state="LIFTED")
                | Q(lifted_by__isnull=False, lifted_at__isnull=False) & ~Q(lifted_by=F("decided_by")) & ~Q(lifted_reason=""),
            ),
        ]

    @property
    def due_date(self) -> date:
        """The last day on which it is decided in time."""
        return self.raised_date + timedelta(days=self.REVIEW_DAYS)

    @property
    def liftable(self) -> bool:
        """Whether it was upheld about the asset itself, whose ground may go; what is wrong with a value ends with another value."""
        return self.state == self.State.UPHELD and self.valuation_id is None
