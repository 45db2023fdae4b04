"""Measuring every cover anew in the background after the settings of values changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.uuids import uuid7


class CoverRun(models.Model):
    """One pass over the book under a version of the settings. The row is the truth;
    workers measure a range of loans at a time and move on.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        RUNNING = "RUNNING", "Running"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Stopped"
        OVERTAKEN = "OVERTAKEN", "Overtaken by other settings"

    BUSY: ClassVar = (State.WAITING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid7)
    settings = models.ForeignKey("collateral.ValueSettings", on_delete=models.PROTECT, related_name="cover_runs")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0, help_text="Loans with collateral when it began")
    done = models.PositiveIntegerField(default=0)
    after = models.BigIntegerField(default=0, help_text="The last loan that is measured; the next range begins behind it")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Ranges that failed in a row")
    note = models.CharField(max_length=200, blank=True)
    business_date = models.DateField(help_text="The day on which the settings came in force; its night measures every loan in any case")
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            # One at a time: a constant that is the same of each.
            models.UniqueConstraint(models.Value(1), name="cover_run_one_at_a_time", condition=Q(state__in=["WAITING", "RUNNING"])),
        ]

    @property
    def busy(self) -> bool:
        """Whether loans are still to be measured."""
        return self.state in self.BUSY

    @property
    def measured(self) -> int:
        """How far it is, in percent."""
        return min(100, 100 * self.done // self.total) if self.total else 0
