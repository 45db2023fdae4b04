"""The nightly sweep with its chunks, what it set aside, and the alerts that people work off."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.uuids import uuid7


class SweepRun(models.Model):
    """One close of day: unique per business date. `business_date` is the day being closed."""

    class State(models.TextChoices):
        RUNNING = "RUNNING", "Running"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Failed"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, default="close_day")
    business_date = models.DateField()
    next_date = models.DateField(help_text="The business date once the day is closed")
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    started_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    started_by_name = models.CharField(max_length=60)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    loans = models.PositiveIntegerField(default=0)
    totals = models.JSONField(default=dict)
    turn_attempts = models.PositiveSmallIntegerField(default=0, help_text="How often turning the day failed")
    error = models.TextField(blank=True, help_text="Why turning the day failed last")

    class Meta:
        ordering: ClassVar[list[str]] = ["-business_date"]
        constraints: ClassVar = [models.UniqueConstraint(name="sweep_once_per_day", fields=["kind", "business_date"])]


class SweepChunk(models.Model):
    """A shard of a run: a range of loan ids. Claimed, carried out and marked done in one transaction."""

    class State(models.TextChoices):
        READY = "READY", "Ready"
        DONE = "DONE", "Done"
        SPLIT = "SPLIT", "Split"
        SET_ASIDE = "SET_ASIDE", "Set aside"

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(SweepRun, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    first_loan_id = models.BigIntegerField()
    last_loan_id = models.BigIntegerField(help_text="Inclusive")
    state = models.CharField(max_length=9, choices=State.choices, default=State.READY)
    attempts = models.PositiveSmallIntegerField(default=0)
    loans = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["run", "number"]
        constraints: ClassVar = [models.UniqueConstraint(name="sweep_chunk_number_once", fields=["run", "number"])]
        indexes: ClassVar = [models.Index(name="sweep_chunk_ready", fields=["run", "number"], condition=Q(state="READY"))]


class SetAside(models.Model):
    """One loan that a run could not process, with the reason; it never blocks the rest. Resolved by a person or by a later night."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(SweepRun, on_delete=models.CASCADE, related_name="set_aside")
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="set_aside_once", fields=["run", "loan"])]


class Alert(models.Model):
    """Something turned: somebody has to look. At most one open alert per kind and subject."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        ACKNOWLEDGED = "ACKNOWLEDGED", "Acknowledged"
        ACTION_PLANNED = "ACTION_PLANNED", "Action planned"
        RESOLVED = "RESOLVED", "Resolved"

    class Kind(models.TextChoices):
        OVERDUE = "OVERDUE", "Overdue"
        DEFAULTED = "DEFAULTED", "More than 90 days past due"
        MATURED_UNPAID = "MATURED", "Unpaid at maturity"
        BLACKLISTED_EXPOSURE = "BLACKLISTED", "Live exposure to a blacklisted borrower"
        FUND_USE = "FUND_USE", "Funds used otherwise than agreed"
        REVALUATION_DUE = "REVALUATION", "Revaluation due"
        VALUATION_LATE = "VALUE_LATE", "Valuation not handed in"
        INSURANCE_ENDS = "INSURE_ENDS", "Insurance ends soon"
        INSURANCE_LAPSED = "INSURE_LAPSE", "Insurance has lapsed"
        LIENS = "LIENS", "Liens beyond the value"
        MARGIN_CALL = "MARGIN_CALL", "Margin call"
        MARGIN_LATE = "MARGIN_LATE", "Margin call not answered"
        INSPECTION = "INSPECTION", "Inspection found something"
        ROUND_LATE = "ROUND_LATE", "Inspection round overdue"
        REVIEW_LATE = "REVIEW_LATE", "Review of a red flag overdue"
        REGISTRY_SILENT = "REGISTRY", "Registry has not answered"
        BLOCK_TO_END = "BLOCK", "Block of an account to be ended"
        SALE_UNPAID = "SALE_UNPAID", "Price of an enforced sale not paid"
        MODEL_DRIFT = "MODEL_DRIFT", "Applications unlike the scorecard's sample"
        DECISION_AMENDED = "AMENDED", "Customer record amended after a decision"
        AUDIT = "AUDIT", "Faults found by an audit"
        AUDIT_LATE = "AUDIT_LATE", "Audit has not reported"
        SECOND_LOOK_LATE = "LOOK_LATE", "Second look not taken in time"
        LETTER_OWED = "LETTER", "Letter about a decision not written"
        SCREENING_HIT = "SCREENING", "Screening hit on a live borrower"

    class Outcome(models.TextChoices):
        TRUE_WARNING = "TRUE", "True warning"
        USEFUL = "USEFUL", "Useful"
        FALSE = "FALSE", "False"

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=20, unique=True)
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    level = models.PositiveSmallIntegerField(default=1, help_text="1 watch, 2 act, 3 act today")
    subject = models.CharField(
        max_length=60,
        help_text="loan:<id>, asset:<id>, borrower:<id>, model:<id>, round:<id>, pledge:<id>, audit:<id>, decided:<id>:<person>",
    )
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, null=True, related_name="alerts")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, null=True, related_name="alerts")
    asset = models.ForeignKey("collateral.Asset", on_delete=models.PROTECT, null=True, related_name="alerts")
    title = models.CharField(max_length=160)
    details = models.JSONField(default=dict)
    state = models.CharField(max_length=14, choices=State.choices, default=State.OPEN)
    raised_date = models.DateField()
    due_date = models.DateField()
    owner = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    plan = models.TextField(blank=True)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True)
    resolved_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    resolved_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="alert_open_once", fields=["kind", "subject"], condition=~Q(state="RESOLVED")),
        ]
        indexes: ClassVar = [models.Index(name="alert_queue", fields=["state", "due_date"])]
