"""Orders to train a scorecard: what to learn from, how far a worker is, and the version that came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.uuids import uuid7


class TrainingState(models.TextChoices):
    """Where an order stands."""

    CHOICE = "CHOICE", "Columns to be chosen"
    WAITING = "WAITING", "Waiting"
    RUNNING = "RUNNING", "Training"
    DONE = "DONE", "Trained"
    FAILED = "FAILED", "Not trained"


class TrainingRun(models.Model):
    """One order to train. `done` of `steps` are finished, `step` is the present one in words; the sample is kept encrypted beside it.

    `options` are those of `risk.services.training_runs`; `sample` says what the rows are, once they have been read.
    """

    class Source(models.TextChoices):
        OWN_BOOK = "OWN_BOOK", "Loans of this bank"
        FILE = "FILE", "A file"
        EARLIER = "EARLIER", "The sample of an earlier version"

    id = models.UUIDField(primary_key=True, default=uuid7)
    population = models.CharField(max_length=40)
    source = models.CharField(max_length=8, choices=Source.choices)
    file_name = models.CharField(max_length=120, blank=True)
    options = models.JSONField(default=dict)
    sample = models.JSONField(default=dict)
    columns = models.JSONField(default=list, help_text="What the columns of a file hold, as risk.domain.training_file says it")
    based_on = models.ForeignKey("risk.ModelVersion", on_delete=models.PROTECT, null=True, related_name="refits")
    state = models.CharField(max_length=7, choices=TrainingState.choices, default=TrainingState.WAITING)
    step = models.CharField(max_length=120, blank=True)
    done = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)
    version = models.OneToOneField("risk.ModelVersion", on_delete=models.PROTECT, null=True, related_name="training")
    forgotten_date = models.DateField(null=True, help_text="The business date on which its kept sample was deleted")
    ordered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="training_done_has_version", condition=~Q(state="DONE") | Q(version__isnull=False)),
            models.CheckConstraint(name="training_state_known", condition=Q(state__in=TrainingState.values)),
        ]
        indexes: ClassVar = [models.Index(name="training_waits", fields=["id"], condition=Q(state__in=["WAITING", "RUNNING"]))]

    def __str__(self) -> str:
        return f"Training of a {self.population} scorecard"

    @property
    def waits(self) -> bool:
        """Whether a worker still has something to do."""
        return self.state in (TrainingState.WAITING, TrainingState.RUNNING)

    @property
    def share(self) -> int:
        """Hundredths of the steps that are done."""
        return 100 * self.done // self.steps if self.steps else 0
