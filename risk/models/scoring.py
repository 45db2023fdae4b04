"""Versions of models and policies, and what they said about an application."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import MoneyField
from core.uuids import uuid7


class VersionState(models.TextChoices):
    """Where a policy or model version stands."""

    DRAFT = "DRAFT", "Draft"
    TESTED = "TESTED", "Tested"
    ACTIVE = "ACTIVE", "Active"
    RETIRED = "RETIRED", "Retired"


class ModelVersion(models.Model):
    """A trained scorecard: its definition as JSON (never a pickle), its metrics, and the fingerprint of what it learnt from."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=40, help_text="Which population: retail, business")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=VersionState.choices, default=VersionState.DRAFT)
    definition = models.JSONField()
    metrics = models.JSONField(default=dict)
    development = models.JSONField(default=dict, help_text="How it came about, as risk.domain.development writes it")
    classing = models.JSONField(default=dict, help_text="Bins drawn by hand for the next scorecard: {factor: edges or lists of categories}")
    features = models.JSONField(default=list)
    data_rows = models.PositiveIntegerField(default=0)
    data_fingerprint = models.CharField(max_length=64)
    trained_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    drawers = models.ManyToManyField(
        "core.User",
        related_name="+",
        help_text="Everybody who drew bins on it or on what it was trained from: none of them puts it in force",
    )
    trained_at = models.DateTimeField(auto_now_add=True)
    activated_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    activated_date = models.DateField(null=True)
    retired_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="model_version_once", fields=["name", "number"]),
            models.UniqueConstraint(name="model_one_active", fields=["name"], condition=Q(state="ACTIVE")),
            models.CheckConstraint(
                name="model_four_eyes",
                condition=Q(activated_by__isnull=True) | Q(trained_by__isnull=True) | ~Q(activated_by=F("trained_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} scorecard v{self.number}"


class Score(models.Model):
    """What a model version said of an application, with each factor's points. Append-only; the latest counts."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="scores")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    points = models.SmallIntegerField()
    pd = models.DecimalField(max_digits=8, decimal_places=6)
    grade = models.CharField(max_length=1)
    contributions = models.JSONField(help_text='[{"factor", "title", "value", "bin", "points", "lost"}]')
    reasons = models.JSONField(help_text='[{"code", "text"}], at most four')
    facts = models.JSONField()
    scored_at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]


class PolicyVersion(models.Model):
    """The policy in force: a table of thresholds over named facts."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=7, choices=VersionState.choices, default=VersionState.DRAFT)
    rules = models.JSONField(help_text="Rows as risk.domain.policy reads them")
    jdm = models.JSONField(help_text="The decision model of the rules, which the engine evaluates; made when the table is saved")
    examples = models.JSONField(default=list, help_text="Examples as risk.domain.policy_examples reads them")
    note = models.CharField(max_length=200, blank=True)
    drafted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField(auto_now_add=True)
    editors = models.ManyToManyField(
        "core.User", related_name="+", help_text="Everybody who wrote in the draft: none of them puts it in force"
    )
    activated_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    activated_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="policy_one_active", fields=["state"], condition=Q(state="ACTIVE")),
            models.CheckConstraint(
                name="policy_four_eyes",
                condition=Q(activated_by__isnull=True) | Q(drafted_by__isnull=True) | ~Q(activated_by=F("drafted_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"Policy v{self.number}"


class PolicyEvaluation(models.Model):
    """Facts against policy at one moment: the facts, each row's result, the outcome. Append-only; replay gives the same bytes."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="evaluations")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    score = models.ForeignKey(Score, on_delete=models.PROTECT, null=True, related_name="+")
    facts = models.JSONField()
    parts = models.JSONField(
        default=dict,
        db_default={},
        help_text="What the computed facts were worked out from, as risk.services.fact_parts writes it; empty of old",
    )
    marks = models.JSONField(
        default=list, help_text="What the application was: person or company, secured; empty where it was not kept yet"
    )
    rows = models.JSONField()
    outcome = models.CharField(max_length=8, help_text="APPROVE, REFER, DECLINE")
    evaluated_at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]


class PolicyRun(models.Model):
    """A policy tried on past applications before it is in force. The row is the truth; workers fill it in, batch by batch."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        RUNNING = "RUNNING", "Running"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="runs")
    base_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    rules = models.JSONField(help_text="The table that is tried, as it was when the run was asked for")
    jdm = models.JSONField(help_text="Its decision model")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    after = models.UUIDField(null=True, help_text="The last application that is counted; the next batch begins behind it")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Batches that failed in a row")
    result = models.JSONField(default=dict, help_text="As risk.domain.policy_trial.Totals adds up")
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    business_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="policy_run_one_at_a_time", fields=["policy_version"], condition=Q(state__in=["WAITING", "RUNNING"])
            ),
        ]


class PolicyRunChange(models.Model):
    """An application that comes out otherwise under the policy that is tried."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(PolicyRun, on_delete=models.CASCADE, related_name="changes")
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=8, help_text="APPROVE, REFER, DECLINE")
    after = models.CharField(max_length=8)
    amount = MoneyField()
    is_bad = models.BooleanField(null=True, help_text="Empty where no money was paid out")
    codes = models.JSONField(help_text="Rules that came out otherwise")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(name="policy_run_change_once", fields=["run", "application"])]
        indexes: ClassVar = [models.Index(name="policy_run_change_kind", fields=["run", "before", "after"])]
