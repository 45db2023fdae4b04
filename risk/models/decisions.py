"""Decisions by people: what one recommended, what two decided, with the frozen evidence."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import MoneyField, RateField
from core.uuids import uuid7


class Recommendation(models.Model):
    """What a first approver put up when the decision needs a second one: kept in the open proposal's words, with its evidence hash."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="recommendations")
    proposal = models.OneToOneField("core.Proposal", on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(help_text="Outcome, amount, term, rate, conditions, reasons, rationale")
    evidence_hash = models.CharField(max_length=64)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)


class Decision(models.Model):
    """A decision with everything it stood on. Append-only. `second_by` is set where authority asked for two."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=24)
    amount = MoneyField(null=True)
    term_months = models.PositiveSmallIntegerField(null=True)
    annual_rate = RateField(null=True)
    conditions = models.JSONField(default=list)
    reasons = models.JSONField(default=list, help_text="Internal: [{code, text}]")
    rationale = models.TextField()
    override_code = models.CharField(max_length=40, blank=True, help_text="Why the decision leaves the recommendation")
    system_recommendation = models.CharField(max_length=8)
    authority_level = models.PositiveSmallIntegerField()
    exposure_after = MoneyField()
    evidence = models.JSONField()
    evidence_hash = models.CharField(max_length=64)
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=120)
    second_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)
    decided_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="decision_four_eyes", condition=Q(second_by__isnull=True) | ~Q(second_by=F("decided_by"))),
        ]
