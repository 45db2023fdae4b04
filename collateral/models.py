"""Assets that secure credit, who owns them, what they are worth by whose word, and what is wrong with them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import EncryptedTextField, MoneyField
from core.uuids import uuid7


class AssetKind(models.TextChoices):
    """Classes of collateral; haircuts go by class."""

    REAL_ESTATE = "REAL_ESTATE", "Real estate"
    LAND = "LAND", "Land"
    MACHINERY = "MACHINERY", "Machinery"
    VEHICLE = "VEHICLE", "Vehicle"
    RECEIVABLES = "RECEIVABLES", "Receivables"
    DEPOSIT = "DEPOSIT", "Deposit"
    SECURITIES = "SECURITIES", "Securities"


class Asset(models.Model):
    """A thing of value that can be pledged. `title_number` is the registry's number (land register, vehicle number, serial)."""

    class State(models.TextChoices):
        REGISTERED = "REGISTERED", "Registered"
        DESTROYED = "DESTROYED", "Destroyed"
        SOLD = "SOLD", "Sold"

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=20, unique=True)
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=AssetKind.choices)
    description = models.CharField(max_length=200)
    owner = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, null=True, related_name="assets")
    owner_name = models.CharField(max_length=160)
    title_number = models.CharField(max_length=60, blank=True)
    title_key = models.CharField(max_length=60, blank=True, db_index=True, help_text="title_number normalised, for finding twins")
    title_verified_date = models.DateField(null=True)
    in_use = models.BooleanField(default=True)
    insured_until = models.DateField(null=True)
    address_line = EncryptedTextField()
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, default="DE")
    stated_value = MoneyField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REGISTERED)
    registered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    registered_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [models.CheckConstraint(name="asset_stated_value_positive", condition=Q(stated_value__gt=0))]

    def __str__(self) -> str:
        return f"{self.reference} {self.description}"


class Pledge(models.Model):
    """An asset secures an application and, once contracted, its facility."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        REGISTRATION_PENDING = "REGISTRATION_PENDING", "Registration pending"
        PERFECTED = "PERFECTED", "Perfected"
        PARTLY_RELEASED = "PARTLY_RELEASED", "Partly released"
        SUBSTITUTED = "SUBSTITUTED", "Substituted"
        RELEASED = "RELEASED", "Released"
        ENFORCED = "ENFORCED", "Enforced"

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="pledges")
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="pledges")
    rank = models.PositiveSmallIntegerField(default=1)
    amount = MoneyField(help_text="Registered amount")
    prior_claims = MoneyField(default=0, help_text="Claims of others before ours")
    state = models.CharField(max_length=20, choices=State.choices, default=State.PROPOSED)
    registry_reference = models.CharField(max_length=60, blank=True)
    perfected_date = models.DateField(null=True)
    perfected_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="pledge_once", fields=["asset", "application"]),
            models.CheckConstraint(name="pledge_amount_positive", condition=Q(amount__gt=0) & Q(prior_claims__gte=0)),
        ]


class Valuation(models.Model):
    """What an appraiser says an asset is worth, accepted by another person."""

    class State(models.TextChoices):
        ORDERED = "ORDERED", "Ordered"
        SUBMITTED = "SUBMITTED", "Submitted"
        CHALLENGED = "CHALLENGED", "Challenged"
        ACCEPTED = "ACCEPTED", "Accepted"
        REJECTED = "REJECTED", "Rejected"
        EXPIRED = "EXPIRED", "Expired"

    class Method(models.TextChoices):
        COMPARISON = "COMPARISON", "Comparison"
        INCOME = "INCOME", "Income"
        COST = "COST", "Cost"
        INDEX = "INDEX", "Index"
        MARKET_QUOTE = "MARKET_QUOTE", "Market quote"

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="valuations")
    appraiser = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    ordered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    ordered_date = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ORDERED)
    method = models.CharField(max_length=12, choices=Method.choices, blank=True)
    market_value = MoneyField(null=True)
    currency = models.CharField(max_length=3)
    comparables = models.JSONField(default=list, help_text='[{"description", "price"}], prices as strings')
    independence_declared = models.BooleanField(default=False)
    remarks = models.TextField(blank=True)
    valued_date = models.DateField(null=True)
    expires_date = models.DateField(null=True)
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="valuation_value_positive", condition=Q(market_value__isnull=True) | Q(market_value__gt=0)),
            models.CheckConstraint(
                name="valuation_accepted_by_another",
                condition=~Q(state="ACCEPTED") | Q(appraiser__isnull=True) | ~Q(decided_by=F("appraiser")),
            ),
        ]


class RedFlag(models.Model):
    """Something wrong with an asset, its title or its valuation. Blocks perfection until another person clears it."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        CLEARED = "CLEARED", "Cleared"
        UPHELD = "UPHELD", "Upheld"

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="flags")
    valuation = models.ForeignKey(Valuation, on_delete=models.PROTECT, null=True, related_name="flags")
    code = models.CharField(max_length=30)
    text = models.CharField(max_length=240)
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    raised_date = models.DateField()
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="red_flag_open_once", fields=["asset", "code"], condition=Q(state="OPEN")),
        ]
