"""Assets that secure credit and who owns them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

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
    """A thing of value that can be pledged. `title_number` is the registry's number (land register, vehicle number, serial).

    Its insurance, the claims of others on it and its photos stand in `records`.
    """

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
    title_entered_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="Who wrote its number down after registration"
    )
    title_corrected_at = models.DateTimeField(
        null=True, help_text="When another number was proposed in place of a wrong one; papers of before are about that one"
    )
    title_verified_date = models.DateField(null=True)
    in_use = models.BooleanField(default=True)
    insured_until = models.DateField(null=True)
    address_line = EncryptedTextField()
    position = EncryptedTextField(help_text="latitude,longitude")
    numbers = EncryptedTextField(help_text="Further identifiers, one a line as kind:number, for finding twins")
    postcode = models.CharField(max_length=12, blank=True, default="", db_default="")
    postcode_area = models.CharField(
        max_length=16, blank=True, default="", db_default="", help_text="Country and the beginning of the postcode, for rounds"
    )
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2)
    stated_value = MoneyField()
    currency = models.CharField(max_length=3)
    counted_share = models.DecimalField(
        max_digits=7, decimal_places=6, default=1, help_text="What of its value may count by its facts, before the haircut"
    )
    held_places = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Places whose index it followed before and follows beside the one on file, until a second person saw that one",
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.REGISTERED)
    registered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    registered_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="asset_stated_value_positive", condition=Q(stated_value__gt=0)),
            models.CheckConstraint(name="asset_counted_share_is_part", condition=Q(counted_share__gte=0, counted_share__lte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.description}"

    def coordinates(self) -> tuple[Decimal, Decimal] | None:
        """Latitude and longitude in degrees, None where they are not known."""
        latitude, comma, longitude = self.position.partition(",")
        return (Decimal(latitude), Decimal(longitude)) if comma else None
