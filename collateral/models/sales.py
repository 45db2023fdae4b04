"""Sales of homes as evidence: what was paid for which home, when, by which file; and the models learnt from them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import MoneyField
from core.uuids import uuid7


class Sale(models.Model):
    """One sale of one house, from a public register. Areas in square metres; `market` names the place whose prices belong together."""

    market = models.CharField(max_length=40)
    house_key = models.CharField(max_length=40, help_text="The register's number of the house")
    sold_date = models.DateField()
    price = MoneyField()
    currency = models.CharField(max_length=3)
    latitude = models.FloatField()
    longitude = models.FloatField()
    living_area = models.FloatField()
    plot_area = models.FloatField()
    area_above = models.FloatField(null=True, help_text="Living area above ground")
    bedrooms = models.FloatField()
    bathrooms = models.FloatField()
    floors = models.FloatField()
    built_year = models.PositiveSmallIntegerField()
    renovated_year = models.PositiveSmallIntegerField(default=0, help_text="0: never")
    grade = models.FloatField()
    condition = models.FloatField()
    view = models.FloatField(default=0)
    waterfront = models.BooleanField(default=False)
    postcode = models.CharField(max_length=12, blank=True)
    source = models.ForeignKey("collateral.ValueFile", on_delete=models.PROTECT, related_name="sales")
    held_out = models.BooleanField(
        default=False, db_default=False, help_text="Far from what the model in force says, or no sale at all: nothing is learnt from it"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="sale_once", fields=["market", "house_key", "sold_date"]),
            models.CheckConstraint(name="sale_price_positive", condition=Q(price__gt=0)),
            models.CheckConstraint(name="sale_areas_positive", condition=Q(living_area__gt=0) & Q(plot_area__gt=0)),
        ]
        indexes: ClassVar = [models.Index(name="sale_place", fields=["market", "latitude", "longitude"])]


class HedonicVersion(models.Model):
    """A model of a market's prices: plain arrays (never a pickle), its measures on houses it had not seen, and what it learnt from."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        ACTIVE = "ACTIVE", "In force"
        RETIRED = "RETIRED", "Replaced"

    id = models.UUIDField(primary_key=True, default=uuid7)
    market = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.DRAFT)
    content = models.BinaryField()
    metrics = models.JSONField(default=dict)
    sales = models.PositiveIntegerField()
    first_date = models.DateField(help_text="Of the sales learnt from")
    last_date = models.DateField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the content")
    trained_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    trained_at = models.DateTimeField(auto_now_add=True)
    activated_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    activated_date = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["market", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="hedonic_version_once", fields=["market", "number"]),
            models.UniqueConstraint(name="hedonic_one_active", fields=["market"], condition=Q(state="ACTIVE")),
            models.CheckConstraint(
                name="hedonic_four_eyes",
                condition=Q(activated_by__isnull=True) | Q(trained_by__isnull=True) | ~Q(activated_by=F("trained_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"price model of {self.market} v{self.number}"
