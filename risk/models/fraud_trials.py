"""Fraud rules tried on the open files before they are proposed: how far a trial is, and which signals would be raised otherwise."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.uuids import uuid7
from risk.domain.fraud import TITLES, Rule


class FraudTrial(models.Model):
    """Rules held against every open file beside those in force. The row is the truth; workers fill it in, batch by batch.
    No signal is raised.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        RUNNING = "RUNNING", "Running"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Stopped"

    id = models.UUIDField(primary_key=True, default=uuid7)
    document = models.JSONField(help_text="The rules that are tried, as risk.domain.fraud_settings reads them")
    base = models.JSONField(help_text="Those that were in force when it was asked for")
    base_name = models.CharField(max_length=40)
    reason = models.TextField(help_text="Why they should change, for the proposal")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    after = models.UUIDField(null=True, help_text="The last file that was looked at; the next batch begins behind it")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Batches that failed in a row")
    found = models.JSONField(default=dict, help_text="{rule: [raised by the rules in force, by those tried]}")
    note = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    business_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="fraud_trial_once_at_a_time", fields=["document"], condition=Q(state__in=["WAITING", "RUNNING"])),
        ]
        indexes: ClassVar = [models.Index(name="fraud_trial_open", fields=["id"], condition=Q(state__in=["WAITING", "RUNNING"]))]


class FraudTrialChange(models.Model):
    """A signal that the tried rules would raise on a file and those in force would not, or the other way round."""

    id = models.BigAutoField(primary_key=True)
    trial = models.ForeignKey(FraudTrial, on_delete=models.CASCADE, related_name="changes")
    application = models.ForeignKey("loans.Application", on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=10, choices=[(rule.value, TITLES[rule]) for rule in Rule])
    is_more = models.BooleanField(help_text="Whether the tried rules raise it")
    words = models.CharField(max_length=400)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar = [models.Index(name="fraud_trial_kind", fields=["trial", "is_more", "id"])]
