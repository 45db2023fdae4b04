"""Assigned receivables one by one, and the files that they come in."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from collateral.models.assets import Asset
from core.fields import BlindIndexField, EncryptedTextField, MoneyField
from core.uuids import uuid7


class Receivable(models.Model):
    """One invoice or contract assigned to the bank, in the asset's currency. `connected`:
    the debtor belongs to the borrower's own group.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="receivables")
    debtor_name = models.CharField(max_length=160)
    debtor_key = models.CharField(max_length=320, default="", help_text="The same text for the same debtor, whatever the spelling")
    debtor_number = EncryptedTextField()
    debtor_number_index = BlindIndexField(source="debtor_number", kind="registration_number")
    invoice_number = models.CharField(max_length=60)
    invoice_key = models.CharField(max_length=60, db_index=True, help_text="invoice_number normalised, for finding it elsewhere")
    nominal = MoneyField()
    reduced = MoneyField(default=0, db_default=0, help_text="What of it was paid in part, credited or deducted")
    issued_date = models.DateField()
    due_date = models.DateField()
    disputed_date = models.DateField(null=True)
    undisputed_date = models.DateField(null=True, help_text="When the dispute is said to have ended, before a second person confirmed it")
    settled_date = models.DateField(null=True)
    connected = models.BooleanField(default=False)
    left_date = models.DateField(
        null=True, help_text="Since when nothing on file says any more that the debtor is of the group, before a second person confirmed it"
    )
    unconfirmed = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Added once others counted on the assignment; nothing counts more for it before a second person saw it",
    )
    told_late = models.BooleanField(
        default=False, db_default=False, help_text="A red flag told of it since it counts in part for being overdue"
    )
    source = models.ForeignKey("collateral.ReceivableFile", on_delete=models.PROTECT, null=True, related_name="receivables")
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["due_date", "id"]
        indexes: ClassVar = [
            models.Index(name="receivable_of_asset", fields=["asset", "due_date", "id"]),
            models.Index(name="receivable_connected", fields=["asset"], condition=Q(connected=True, settled_date=None)),
            models.Index(name="receivable_untold", fields=["due_date"], condition=Q(told_late=False, settled_date=None)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="receivable_nominal_positive", condition=Q(nominal__gt=0)),
            models.CheckConstraint(name="receivable_reduced_within", condition=Q(reduced__gte=0, reduced__lte=models.F("nominal"))),
            models.CheckConstraint(name="receivable_left_was_connected", condition=Q(left_date__isnull=True) | Q(connected=True)),
            models.CheckConstraint(name="receivable_due_after_issue", condition=Q(due_date__gte=models.F("issued_date"))),
            models.UniqueConstraint(name="receivable_once", fields=["asset", "debtor_key", "invoice_key"]),
        ]

    @property
    def rest(self) -> Decimal:
        """What of it is open: nothing once it is settled."""
        return Decimal(0) if self.settled_date is not None else Decimal(self.nominal - self.reduced)


class ReceivablePart(models.Model):
    """What a debtor paid in part, was credited or deducted, in the asset's currency. It lowers what is open from the moment it is recorded;
    `taken_back_date` says that it was recorded by mistake.
    """

    class Kind(models.TextChoices):
        PAID = "PAID", "Paid in part"
        CREDITED = "CREDITED", "Credit note"
        DISCOUNT = "DISCOUNT", "Discount or deduction"

    id = models.UUIDField(primary_key=True, default=uuid7)
    receivable = models.ForeignKey(Receivable, on_delete=models.PROTECT, related_name="parts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount = MoneyField()
    on_date = models.DateField(help_text="When it was paid or granted")
    document = models.ForeignKey("collateral.AssetDocument", on_delete=models.PROTECT, related_name="+", help_text="Shows it")
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()
    taken_back_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [models.CheckConstraint(name="receivable_part_positive", condition=Q(amount__gt=0))]


class ReceivableFile(models.Model):
    """A file of receivables of one asset. It waits encrypted while it is a preview;
    nothing of it is a receivable before a person says so.
    """

    class State(models.TextChoices):
        PREVIEW = "PREVIEW", "Preview"
        TAKING = "TAKING", "Being taken in"
        DONE = "DONE", "Taken in"
        DROPPED = "DROPPED", "Dropped"

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="receivable_files")
    file_name = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the file")
    stored_as = models.CharField(max_length=60, blank=True, help_text="Where the encrypted file waits; empty once it is settled")
    state = models.CharField(max_length=7, choices=State.choices, default=State.PREVIEW)
    usable = models.PositiveIntegerField(default=0, help_text="Lines that would become receivables; once taken in, those that did")
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    refusals = models.JSONField(default=list, help_text='The first of them: [{"line", "reason"}]')
    total = MoneyField(default=0, help_text="Nominal amount of the usable lines, in the asset's currency")
    attempts = models.PositiveSmallIntegerField(default=0)
    uploaded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    taken_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    taken_date = models.DateField(null=True, help_text="Business date on which a person had it taken in")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar = [models.Index(name="receivable_file_waiting", fields=["id"], condition=Q(state="TAKING"))]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="receivable_file_taken_by_somebody",
                condition=~Q(state__in=["TAKING", "DONE"]) | Q(taken_by__isnull=False, taken_date__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def refuse(self, line: int, reason: str) -> None:
        """Count a refused line, and keep it by name while there are few."""
        self.refused += 1
        if len(self.refusals) < NAMED:
            self.refusals.append({"line": line, "reason": reason})


# So many refused lines are kept by name; the count is of all.
NAMED = 200
