"""Files of incoming payments: what a bank's statement says came in, line by line, until each is booked or set aside."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField, MoneyField
from core.uuids import uuid7


class PaymentFile(models.Model):
    """A statement of the account on which loans are paid. The same content is taken once."""

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", "Being read"
        READ = "READ", "Read"
        POSTING = "POSTING", "Being booked"
        DONE = "DONE", "Booked"
        REFUSED = "REFUSED", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7)
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    stored_as = models.CharField(max_length=60, blank=True, help_text="Where the encrypted file waits; empty once it was read")
    attempts = models.PositiveSmallIntegerField(default=0)
    faults = models.JSONField(default=list, help_text='[{"line", "detail"}]')
    uploaded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    posted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar = [
            models.Index(name="payment_file_waiting", fields=["id"], condition=Q(state__in=["RECEIVED", "POSTING"])),
        ]

    def __str__(self) -> str:
        return self.file_name


class PaymentLine(models.Model):
    """One incoming amount. `key` tells it apart from every other line of every file; a line that was there before has none."""

    class State(models.TextChoices):
        MATCHED = "MATCHED", "Matched"
        UNMATCHED = "UNMATCHED", "Not matched"
        POSTED = "POSTED", "Booked"
        SET_ASIDE = "SET_ASIDE", "Set aside"
        DUPLICATE = "DUPLICATE", "There before"

    id = models.UUIDField(primary_key=True, default=uuid7)
    file = models.ForeignKey(PaymentFile, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    value_date = models.DateField()
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    text = EncryptedTextField()
    key = models.CharField(max_length=48, null=True, unique=True)
    state = models.CharField(max_length=9, choices=State.choices)
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, null=True, related_name="+")
    payment = models.OneToOneField("loans.Payment", on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True, help_text="Why it is not matched, or was set aside")
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["file", "number", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="payment_line_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="payment_line_booked_once", condition=Q(state="POSTED") | Q(payment__isnull=True)),
            models.CheckConstraint(name="payment_line_booked", condition=~Q(state="POSTED") | Q(payment__isnull=False, loan__isnull=False)),
            models.CheckConstraint(name="payment_line_matched", condition=~Q(state="MATCHED") | Q(loan__isnull=False)),
        ]
        indexes: ClassVar = [
            models.Index(name="payment_line_open", fields=["id"], condition=Q(state="UNMATCHED")),
        ]
