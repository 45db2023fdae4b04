"""Price indices by place, and values that are worked out from an appraised one: by index, by curve, by quote."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import MoneyField
from core.settings_versions import SettingsVersion


class IndexSeries(models.Model):
    """One index of house prices: of a country, or of a region in it.
    At most one of a place is used for revaluation, and only a nominal one.
    """

    class Measure(models.TextChoices):
        NOMINAL = "NOMINAL", "Nominal"
        REAL = "REAL", "Deflated"

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    publisher = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True)
    measure = models.CharField(max_length=7, choices=Measure.choices, default=Measure.NOMINAL)
    used = models.BooleanField(default=False, help_text="For revaluation")
    revised_date = models.DateField(null=True, help_text="When a point on record was last revised: values made of it before are made anew")

    class Meta:
        ordering: ClassVar[list[str]] = ["country", "region", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="index_used_once", fields=["country", "region"], condition=Q(used=True)),
            models.CheckConstraint(name="index_used_nominal", condition=Q(used=False) | Q(measure="NOMINAL")),
        ]


class IndexPoint(models.Model):
    """One value of an index, for the period that ends on a day. Publishers revise; the last word stands."""

    series = models.ForeignKey(IndexSeries, on_delete=models.PROTECT, related_name="points")
    period_end = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=4)
    source = models.ForeignKey(
        "collateral.ValueFile",
        on_delete=models.PROTECT,
        null=True,
        related_name="points",
        help_text="None: from before files were kept with it",
    )
    confirmed = models.BooleanField(default=False, db_default=False, help_text="Two people stand for it: the next ones are measured by it")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="index_point_once", fields=["series", "period_end"]),
            models.CheckConstraint(name="index_point_positive", condition=Q(value__gt=0)),
        ]


class ComputedValue(models.Model):
    """How a valuation was worked out without an appraiser: from which appraised value, by what, and what the cap took off."""

    class Source(models.TextChoices):
        INDEX = "INDEX", "By index"
        CURVE = "CURVE", "By depreciation"
        QUOTE = "QUOTE", "By market price"

    valuation = models.OneToOneField("collateral.Valuation", on_delete=models.PROTECT, related_name="computed")
    base = models.ForeignKey("collateral.Valuation", on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=5, choices=Source.choices)
    uncapped = MoneyField()
    cap = MoneyField(null=True)
    evidence = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="computed_value_positive", condition=Q(uncapped__gt=0) & (Q(cap__isnull=True) | Q(cap__gt=0)))
        ]

    @property
    def capped(self) -> bool:
        """Whether the cap lowered the value."""
        return self.cap is not None and self.uncapped > self.cap


class ValueSettings(SettingsVersion):
    """A version of the revaluation calendar and the depreciation curves. Without one in force the defaults of the code hold."""

    number = models.PositiveIntegerField(unique=True)
    document = models.JSONField(help_text="As collateral.domain.revaluation reads it")

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="value_settings_one_active", fields=["state"], condition=Q(state="ACTIVE")),
            models.UniqueConstraint(name="value_settings_one_proposed", fields=["state"], condition=Q(state="PROPOSED")),
            models.CheckConstraint(
                name="value_settings_four_eyes", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by"))
            ),
            models.CheckConstraint(
                name="value_settings_confirmed", condition=Q(state__in=["PROPOSED", "REJECTED"]) | Q(confirmed_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"value settings v{self.number}"
