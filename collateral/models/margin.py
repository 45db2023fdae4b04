"""What cover a contract asks for, and what is asked of the borrower when it falls short."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import MoneyField, RateField
from core.uuids import uuid7


class Covenant(models.Model):
    """The least coverage agreed for an application's loan: available / owed, a fraction.
    Set when the liens are perfected, changed by two people.
    """

    application = models.OneToOneField("loans.Application", on_delete=models.PROTECT, related_name="cover_covenant")
    min_coverage = RateField()
    agreed_date = models.DateField()
    reason = models.TextField(blank=True)
    agreed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="covenant_coverage", condition=Q(min_coverage__gte=0) & Q(min_coverage__lte=2)),
        ]


class MarginCall(models.Model):
    """The borrower is asked to put a shortfall right by a day. At most one is open per loan. Amounts as on the day it was made."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        ESCALATED = "ESCALATED", "Not answered in time"
        MET = "MET", "Met"
        WAIVED = "WAIVED", "Waived"

    class Answer(models.TextChoices):
        SUBSTITUTION = "SUBSTITUTION", "Another asset for one before"
        PLEDGE = "PLEDGE", "One more asset"
        PREPAYMENT = "PREPAYMENT", "Paid early"
        VALUE = "VALUE", "A new value"
        TAKEN_BACK = "TAKEN_BACK", "A loss or sale that was taken back"

    WAITING: ClassVar = (State.OPEN, State.ESCALATED)

    id = models.UUIDField(primary_key=True, default=uuid7)
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, related_name="margin_calls")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    exposure = MoneyField()
    available = MoneyField()
    pledges = models.PositiveSmallIntegerField()
    min_coverage = RateField()
    called = MoneyField(help_text="What the cover lacked")
    raised_date = models.DateField()
    due_date = models.DateField()
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True)
    ended_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="margin_call_number_once", fields=["loan", "number"]),
            models.UniqueConstraint(name="margin_call_open_once", fields=["loan"], condition=Q(state__in=["OPEN", "ESCALATED"])),
            models.CheckConstraint(name="margin_call_of_something", condition=Q(called__gt=0)),
            models.CheckConstraint(name="margin_call_due_later", condition=Q(due_date__gt=models.F("raised_date"))),
        ]

    @property
    def coverage(self) -> Decimal:
        """Available / owed on the day of the call, a fraction."""
        coverage: Decimal = self.available / self.exposure
        return coverage

    @property
    def reference(self) -> str:
        """The loan's reference and the number of the call."""
        return f"{self.loan.reference}/{self.number}"
