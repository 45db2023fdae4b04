"""What was granted and drawn: facilities, loans, instalments."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import MoneyField, RateField
from core.uuids import uuid7
from loans.domain.states import LoanState


class Facility(models.Model):
    """What the bank committed to after acceptance. Thin for a term loan: one facility, one loan.

    Under a revolving one many loans are drawn up to its limit, and what is repaid may be drawn again. `drawn` is kept by a trigger on
    loans: what stands outstanding of those that are open, and what is on its way out. No row may go above its limit.
    """

    class State(models.TextChoices):
        COMMITTED = "COMMITTED", "Committed"
        AVAILABLE = "AVAILABLE", "Available"
        SUSPENDED = "SUSPENDED", "Suspended"
        REDUCED = "REDUCED", "Reduced"
        EXPIRED = "EXPIRED", "Expired"
        CANCELLED = "CANCELLED", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.OneToOneField("loans.Application", on_delete=models.PROTECT, related_name="facility")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="facilities")
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, related_name="+")
    limit_amount = MoneyField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.COMMITTED)
    revolving = models.BooleanField(default=False)
    drawn = MoneyField(default=0, db_default=0, help_text="Of a revolving facility: outstanding or on its way out, kept by the database")
    end_date = models.DateField(null=True, help_text="The last day on which anything drawn under a revolving facility is due")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="facility_limit_positive", condition=Q(limit_amount__gt=0)),
            # Two draws of the last of the limit at once: the second one breaks this.
            models.CheckConstraint(name="facility_drawn_within_limit", condition=Q(drawn__gte=0) & Q(drawn__lte=F("limit_amount"))),
            models.CheckConstraint(name="facility_revolving_ends", condition=Q(revolving=False) | Q(end_date__isnull=False)),
        ]

    @property
    def available(self) -> Decimal:
        """What may still be drawn, in the facility's currency."""
        left: Decimal = self.limit_amount - self.drawn
        return left


class Loan(models.Model):
    """A drawn contract with one schedule. Bigint key: there are millions.

    `terms` are the terms of the schedule as POST /quotes takes them. The columns under "kept by the sweep" are recomputed for
    `status_date`, set-based; nobody else writes them except a payment for its own loan.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid7)
    reference = models.CharField(max_length=20, unique=True)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="loans")
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="loans")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="loans")
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, related_name="+")
    product_version = models.ForeignKey("loans.ProductVersion", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    principal = MoneyField()
    annual_rate = RateField()
    terms = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in LoanState], default=LoanState.SIGNED.value)
    signed_date = models.DateField()
    first_due_date = models.DateField(null=True)
    maturity_date = models.DateField(null=True)
    disbursed_date = models.DateField(null=True)
    closed_date = models.DateField(null=True)
    effective_annual_rate = RateField(null=True)
    tolerance_amount = MoneyField(default=0)
    undrawn = MoneyField(default=0, help_text="Part of the principal not yet on its way out")
    recognised_share = RateField(
        db_default=1, default=1, help_text="Share of accruing interest that is income: 1, less in stage 3, 0 in non-accrual"
    )
    restructured_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="restructured_into")
    written_off_date = models.DateField(null=True)

    # Kept by the sweep.
    outstanding_principal = MoneyField(default=0)
    arrears = MoneyField(default=0)
    oldest_due_date = models.DateField(null=True)
    days_past_due = models.PositiveIntegerField(default=0)
    bucket = models.CharField(max_length=8, default="0")
    next_due_date = models.DateField(null=True)
    next_due_amount = MoneyField(default=0)
    status_date = models.DateField(null=True, help_text="The business date on which these figures last changed")
    announced_days = models.PositiveSmallIntegerField(default=0, help_text="The highest milestone of days past due the world was told of")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="loan_principal_positive", condition=Q(principal__gt=0)),
            models.CheckConstraint(name="loan_recognised_share", condition=Q(recognised_share__gte=0) & Q(recognised_share__lte=1)),
            models.CheckConstraint(name="loan_outstanding_not_negative", condition=Q(outstanding_principal__gte=0)),
            # Two payouts of the last of the limit at once: the second one breaks this.
            models.CheckConstraint(name="loan_undrawn_within_principal", condition=Q(undrawn__gte=0) & Q(undrawn__lte=F("principal"))),
        ]
        indexes: ClassVar = [
            # By the oldest unpaid day, which stays, and not by the days past due, which every night counts on: so a night's update of an
            # overdue loan touches no index at all.
            models.Index(name="loan_overdue", fields=["oldest_due_date", "id"], condition=Q(oldest_due_date__isnull=False)),
            models.Index(name="loan_announced", fields=["id"], condition=Q(announced_days__gt=0)),
            models.Index(name="loan_active", fields=["id"], condition=Q(state="ACTIVE")),
        ]

    def __str__(self) -> str:
        return self.reference


class Instalment(models.Model):
    """One line of a schedule: what falls due, and what has been paid of it. Amounts in the loan's currency."""

    id = models.BigAutoField(primary_key=True)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_date = models.DateField()
    period_start = models.DateField(null=True, help_text="From here to the due date the interest of this instalment accrues")
    principal = MoneyField()
    interest = MoneyField()
    fee = MoneyField(default=0)
    penalty = MoneyField(default=0)
    balance = MoneyField(help_text="Principal left after this instalment as planned")
    paid_principal = MoneyField(default=0)
    paid_interest = MoneyField(default=0)
    paid_fee = MoneyField(default=0)
    paid_penalty = MoneyField(default=0)
    penalty_exact = models.DecimalField(max_digits=20, decimal_places=8, default=0, db_default=0, help_text="The penalty before rounding")
    penalty_date = models.DateField(null=True, help_text="The last day that was charged")
    due_booked = models.BooleanField(default=False, help_text="The interest and fees of this instalment stand in the ledger")

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="instalment_number_once", fields=["loan", "number"]),
            models.CheckConstraint(
                name="instalment_no_negative_part",
                condition=Q(principal__gte=0) & Q(interest__gte=0) & Q(fee__gte=0) & Q(penalty__gte=0),
            ),
            models.CheckConstraint(
                name="instalment_not_overpaid",
                condition=Q(paid_principal__lte=F("principal"))
                & Q(paid_interest__lte=F("interest"))
                & Q(paid_fee__lte=F("fee"))
                & Q(paid_penalty__lte=F("penalty"))
                & Q(paid_principal__gte=0)
                & Q(paid_interest__gte=0)
                & Q(paid_fee__gte=0)
                & Q(paid_penalty__gte=0),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="instalment_unpaid",
                fields=["loan", "due_date"],
                condition=Q(paid_principal__lt=F("principal")) | Q(paid_interest__lt=F("interest")) | Q(paid_fee__lt=F("fee")),
            ),
            models.Index(name="instalment_late", fields=["loan"], condition=Q(due_booked=True) & Q(paid_principal__lt=F("principal"))),
            models.Index(name="instalment_to_book", fields=["due_date", "loan"], condition=Q(due_booked=False)),
        ]
