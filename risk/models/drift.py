"""How far the applications of a month differ from those a scorecard was trained on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ModelDrift(models.Model):
    """The stability of one month's score (`factor` empty) or of one factor, against the training sample. Measured again while the month
    runs.

    `base` and `counts` are rows per bin, in the order of the card's bins, or of tenths of the score.
    """

    class Verdict(models.TextChoices):
        STABLE = "STABLE", "Stable"
        WATCH = "WATCH", "Watch"
        SHIFTED = "SHIFTED", "Shifted"

    id = models.BigAutoField(primary_key=True)
    model_version = models.ForeignKey("risk.ModelVersion", on_delete=models.PROTECT, related_name="drift")
    month = models.DateField(help_text="Its first day")
    factor = models.CharField(max_length=60, blank=True)
    rows = models.PositiveIntegerField()
    index = models.DecimalField(max_digits=9, decimal_places=6)
    noise_limit = models.DecimalField(max_digits=9, decimal_places=6, help_text="What chance alone shows in samples of this size")
    verdict = models.CharField(max_length=7, choices=Verdict.choices)
    base = models.JSONField()
    counts = models.JSONField()

    class Meta:
        ordering: ClassVar[list[str]] = ["month", "factor"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="model_drift_once", fields=["model_version", "month", "factor"]),
            models.CheckConstraint(name="model_drift_month_starts", condition=Q(month__day=1)),
            models.CheckConstraint(name="model_drift_verdict_known", condition=Q(verdict__in=["STABLE", "WATCH", "SHIFTED"])),
        ]


class ModelImpact(models.Model):
    """How often each age band of the applicants of the twelve months up to the end of `month` reached the cut-off of a scorecard.

    Measured again while the month runs. `found` is as `risk.domain.adverse_impact` writes it.
    """

    id = models.BigAutoField(primary_key=True)
    model_version = models.ForeignKey("risk.ModelVersion", on_delete=models.PROTECT, related_name="impacts")
    month = models.DateField(help_text="Its first day")
    found = models.JSONField()

    class Meta:
        ordering: ClassVar[list[str]] = ["month"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="model_impact_once", fields=["model_version", "month"]),
            models.CheckConstraint(name="model_impact_month_starts", condition=Q(month__day=1)),
        ]
