"""What changes a loan besides payments: debts settled without money, times out, and schedules made anew."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import MoneyField
from core.uuids import uuid7


class Adjustment(models.Model):
    """A debt settled without money: written off, waived, or moved to the contract that replaces this one. Reversed, never removed."""

    class Kind(models.TextChoices):
        WRITE_OFF = "WRITE_OFF", "Written off"
        WAIVER = "WAIVER", "Waived"
        TRANSFER = "TRANSFER", "Moved to a new contract"

    id = models.UUIDField(primary_key=True, default=uuid7)
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, related_name="adjustments")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    amount = MoneyField(help_text="Sum of the parts, in the loan's currency")
    booking_date = models.DateField()
    reason = models.CharField(max_length=200)
    proposed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="adjustment_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="adjustment_four_eyes", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by"))),
        ]


class AdjustmentPart(models.Model):
    """A component of an instalment that an adjustment settles."""

    id = models.BigAutoField(primary_key=True)
    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, related_name="parts")
    instalment = models.ForeignKey("loans.Instalment", on_delete=models.PROTECT, related_name="+")
    component = models.CharField(max_length=10)
    amount = MoneyField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [models.CheckConstraint(name="adjustment_part_positive", condition=Q(amount__gt=0))]


class Moratorium(models.Model):
    """Days that do not count as past due and bear no penalty. `end_date` is exclusive."""

    id = models.BigAutoField(primary_key=True)
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, related_name="moratoria")
    start_date = models.DateField()
    end_date = models.DateField()
    reason = models.CharField(max_length=200)
    granted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    granted_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["start_date"]
        constraints: ClassVar = [models.CheckConstraint(name="moratorium_dates_in_order", condition=Q(end_date__gt=F("start_date")))]


class ScheduleChange(models.Model):
    """The instalments ahead were made anew. `replaced` holds those that stood before, as they were."""

    class Kind(models.TextChoices):
        PREPAYMENT = "PREPAYMENT", "Prepayment"
        RESCHEDULING = "RESCHEDULING", "Rescheduling"
        RATE = "RATE", "Change of rate"
        UNDONE = "UNDONE", "Prepayment taken back"
        WRITE_OFF = "WRITE_OFF", "Written off"
        RESTRUCTURING = "RESTRUCTURING", "Restructuring"
        CALLED = "CALLED", "Called in"

    id = models.BigAutoField(primary_key=True)
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, related_name="schedule_changes")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    payment = models.OneToOneField("loans.Payment", on_delete=models.PROTECT, null=True, related_name="schedule_change")
    business_date = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    replaced = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
