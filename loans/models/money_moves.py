"""Money out and money in: payouts, payments, and what each payment paid."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import BlindIndexField, EncryptedTextField, MoneyField
from core.uuids import uuid7
from loans.domain.states import DisbursementState


class Disbursement(models.Model):
    """Money on its way out of one loan. Amount in the loan's currency; the payee is whom the purpose names."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=20, unique=True)
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, related_name="disbursements")
    amount = MoneyField()
    payee_name = models.CharField(max_length=160)
    payee_iban = EncryptedTextField()
    payee_iban_index = BlindIndexField(source="payee_iban", kind="iban")
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in DisbursementState], default=DisbursementState.REQUESTED.value
    )
    requested_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    value_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="disbursement_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="disbursement_four_eyes", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("requested_by"))
            ),
        ]


class Payment(models.Model):
    """Money received for one loan. Reversed, never removed. Booked on the business date, worth from the value date."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=20, unique=True)
    loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, related_name="payments")
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    value_date = models.DateField()
    booking_date = models.DateField()
    partner = models.ForeignKey("core.PartnerClient", on_delete=models.PROTECT, null=True, related_name="+")
    external_reference = models.CharField(max_length=100, null=True, blank=True)
    source = models.CharField(max_length=10, default="BROWSER", help_text="BROWSER, API, IMPORT, SIMULATION, SET_OFF")
    posted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    posted_at = models.DateTimeField(auto_now_add=True)
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    reversal_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                name="payment_external_reference_once", fields=["loan", "external_reference"], condition=Q(external_reference__isnull=False)
            ),
            models.UniqueConstraint(
                name="payment_partner_reference_once",
                fields=["partner", "external_reference"],
                condition=Q(partner__isnull=False) & Q(external_reference__isnull=False),
            ),
        ]


class PaymentAllocation(models.Model):
    """A part of a payment and what it paid. Parts of a payment sum to the payment; what pays nothing goes to suspense."""

    class Component(models.TextChoices):
        FEE = "fee", "Fee"
        PENALTY = "penalty", "Penalty"
        INTEREST = "interest", "Interest"
        PRINCIPAL = "principal", "Principal"
        SUSPENSE = "suspense", "Suspense"
        RECOVERY = "recovery", "Recovery of what was written off"
        SET_OFF = "set_off", "Set off against another loan"

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    instalment = models.ForeignKey("loans.Instalment", on_delete=models.PROTECT, null=True, related_name="+")
    component = models.CharField(max_length=10, choices=Component.choices)
    amount = MoneyField()
    set_off = models.ForeignKey("loans.SetOff", on_delete=models.PROTECT, null=True, related_name="taken_from")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="allocation_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="allocation_suspense_has_no_instalment",
                condition=Q(component__in=["suspense", "set_off"]) | Q(instalment__isnull=False),
            ),
            models.CheckConstraint(
                name="allocation_names_its_set_off",
                condition=Q(component="set_off", set_off__isnull=False) | (~Q(component="set_off") & Q(set_off__isnull=True)),
            ),
        ]
        indexes: ClassVar = [models.Index(name="allocation_in_suspense", fields=["payment"], condition=Q(component="suspense"))]


class SetOff(models.Model):
    """A credit balance of a borrower used for what another loan of theirs owes: out of suspense there, a payment here. Reversed with it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    from_loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT, related_name="credits_set_off")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="set_off_made")
    amount = MoneyField(help_text="In the currency of both loans")
    booking_date = models.DateField()
    reason = models.CharField(max_length=200)
    proposed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="set_off_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="set_off_four_eyes", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by"))),
        ]
