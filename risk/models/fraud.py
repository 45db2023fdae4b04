"""Traces that applications leave, and the signals raised where they meet."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.uuids import uuid7
from risk.domain.fraud import TITLES, Rule


class ApplicationTrace(models.Model):
    """Something of an application by which another one may be recognised, as a keyed fingerprint alone.

    `subject` is the fingerprint of the identifier of the party it belongs to: the same person in two branches is one subject.
    """

    class Kind(models.TextChoices):
        PARTY = "PARTY", "Party"
        PHONE = "PHONE", "Phone"
        ADDRESS = "ADDRESS", "Address"
        PAYEE = "PAYEE", "Payee account"
        ACCOUNT = "ACCOUNT", "Account of statements, or a file of them"
        EMPLOYER = "EMPLOYER", "Employer"
        NAME = "NAME", "Name"
        DEVICE = "DEVICE", "Device"
        NETWORK = "NETWORK", "Internet address"

    id = models.BigAutoField(primary_key=True)
    application = models.ForeignKey("loans.Application", on_delete=models.CASCADE, related_name="traces")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.BinaryField()
    subject = models.BinaryField()
    submitted_date = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="application_trace_once", fields=["application", "borrower", "kind", "key"]),
        ]
        indexes: ClassVar = [models.Index(name="trace_meets", fields=["key", "submitted_date"])]


class FraudSignal(models.Model):
    """One reason to suspect an application, with what shows it. An open one holds the application; a person decides it.

    `evidence`: {"words": text, "others": [application ids]}. The same finding is raised once; when it has
    grown after it was decided, it is raised anew.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        EXPLAINED = "EXPLAINED", "Explained"
        CONFIRMED = "CONFIRMED", "Fraud confirmed"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="fraud_signals")
    rule = models.CharField(max_length=10, choices=[(rule.value, TITLES[rule]) for rule in Rule])
    finding = models.CharField(max_length=64, help_text="Fingerprint of what was found: the rule and the thing shared")
    evidence = models.JSONField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    raised_at = models.DateTimeField(auto_now_add=True)
    raised_date = models.DateField()
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="fraud_signal_open_once", fields=["application", "finding"], condition=Q(state="OPEN")),
            models.CheckConstraint(
                name="fraud_signal_decided_with_reason",
                condition=Q(state="OPEN", decided_by__isnull=True) | (Q(decided_by__isnull=False) & ~Q(reason="")),
            ),
        ]
        indexes: ClassVar = [models.Index(name="fraud_signal_open", fields=["id"], condition=Q(state="OPEN"))]
