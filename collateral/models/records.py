"""What else is on file of an asset: its insurance, the liens of others on it, and photos."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from collateral.models.assets import Asset
from collateral.models.same_words import plain
from core.fields import MoneyField
from core.uuids import uuid7


class InsurancePolicy(models.Model):
    """One policy. `until_date` is the last day it covers, `ended_date` an earlier one on which it was ended; the sum in the asset's
    currency. What it says is never changed: a later one is added.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="policies")
    insurer = models.CharField(max_length=120)
    policy_number = models.CharField(max_length=60)
    sum_insured = MoneyField()
    from_date = models.DateField()
    until_date = models.DateField()
    names_bank = models.BooleanField(default=False, help_text="The bank is named as whom the insurer pays")
    document = models.ForeignKey(
        "collateral.AssetDocument", on_delete=models.PROTECT, null=True, related_name="+", help_text="The policy itself"
    )
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()
    ended_date = models.DateField(null=True)
    end_document = models.ForeignKey(
        "collateral.AssetDocument", on_delete=models.PROTECT, null=True, related_name="+", help_text="What shows that it ended early"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-until_date", "-id"]
        indexes: ClassVar = [models.Index(plain(F("policy_number")), name="insurance_by_number")]
        constraints: ClassVar = [
            models.CheckConstraint(name="insurance_covers_days", condition=Q(until_date__gt=F("from_date")) & Q(sum_insured__gt=0)),
            models.CheckConstraint(
                name="insurance_ends_within",
                condition=Q(ended_date__isnull=True) | Q(ended_date__gte=F("from_date"), ended_date__lt=F("until_date")),
            ),
        ]


class Lien(models.Model):
    """A claim of somebody else that stands in the registry, in one order with the bank's own pledges."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="liens")
    holder = models.CharField(max_length=120)
    rank = models.PositiveSmallIntegerField()
    amount = MoneyField()
    registry_reference = models.CharField(max_length=60)
    registered_date = models.DateField()
    ended_date = models.DateField(null=True)
    document = models.ForeignKey(
        "collateral.AssetDocument", on_delete=models.PROTECT, null=True, related_name="liens", help_text="The registry's word for it"
    )
    end_document = models.ForeignKey(
        "collateral.AssetDocument", on_delete=models.PROTECT, null=True, related_name="+", help_text="What shows that it ended"
    )
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="Who confirmed that it stands before or beside others"
    )
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["rank", "id"]
        indexes: ClassVar = [models.Index(plain(F("registry_reference")), name="lien_by_entry", condition=Q(ended_date__isnull=True))]
        constraints: ClassVar = [
            models.CheckConstraint(name="lien_amount_positive", condition=Q(amount__gt=0, rank__gte=1)),
            # Two of one rank are what the registry shows only where a second person saw that.
            models.UniqueConstraint(
                name="lien_rank_once", fields=["asset", "rank"], condition=Q(ended_date__isnull=True, confirmed_by__isnull=True)
            ),
            models.CheckConstraint(
                name="lien_confirmed_by_another", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("recorded_by"))
            ),
        ]


class AssetPhoto(models.Model):
    """A photo of an asset, kept small. `likeness` is a hash of its shades that near-same pictures nearly share."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="photos")
    document = models.OneToOneField("loans.Document", on_delete=models.PROTECT, related_name="+")
    likeness = models.BigIntegerField()
    inspection = models.ForeignKey("collateral.Inspection", on_delete=models.PROTECT, null=True, related_name="photos")
    added_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    added_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
