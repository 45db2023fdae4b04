"""What other kinds of collateral are worth by: a machine's price when new, a security's quantity, and prices of securities by day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField, MoneyField


class EquipmentFacts(models.Model):
    """A machine or vehicle: which curve it follows, what it cost new and when. The price in the asset's currency."""

    asset = models.OneToOneField("collateral.Asset", on_delete=models.PROTECT, related_name="equipment")
    curve = models.CharField(max_length=40)
    new_price = MoneyField()
    bought_date = models.DateField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()
    held = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="What held before and counts beside it, the lowest of all, until a second person saw what is recorded now; null: nothing did",
    )

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="equipment_price_positive", condition=Q(new_price__gt=0))]


class SecurityHolding(models.Model):
    """Pledged securities: which paper, how many of it, and on which account of whom they lie; and what of that counts, which once the asset
    was valued or pledged takes a second person's word unless it is less.
    """

    asset = models.OneToOneField("collateral.Asset", on_delete=models.PROTECT, primary_key=True, related_name="holding")
    isin = models.CharField(max_length=12, db_index=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    confirmed_isin = models.CharField(max_length=12, blank=True, default="", db_default="", help_text="The paper that values are made of")
    confirmed_quantity = models.DecimalField(
        max_digits=18,
        decimal_places=4,
        null=True,
        help_text="How many of it values are made of; none before somebody confirmed a first one",
    )
    confirmed_date = models.DateField(null=True, help_text="The day on which what counts was recorded: before a split or since")
    custodian = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="Who keeps them; empty where nobody has said it"
    )
    account = EncryptedTextField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="holding_quantity_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="holding_confirmed_whole",
                condition=Q(confirmed_isin="", confirmed_quantity__isnull=True) | ~Q(confirmed_isin="") & Q(confirmed_quantity__gt=0),
            ),
        ]

    @property
    def confirmed(self) -> bool:
        """Whether all that is recorded counts."""
        return (self.confirmed_isin, self.confirmed_quantity) == (self.isin, self.quantity)


class WaitingPrice(models.Model):
    """A price of a file that waits for a second person: where it is below the last that counts, it is what values follow until then."""

    isin = models.CharField(max_length=12)
    price_date = models.DateField()
    price = models.DecimalField(max_digits=18, decimal_places=6)
    currency = models.CharField(max_length=3)
    source = models.ForeignKey("collateral.ValueFile", on_delete=models.PROTECT, related_name="waiting_prices")

    class Meta:
        indexes: ClassVar = [models.Index(name="waiting_price_of_paper", fields=["isin", "price_date"])]
        constraints: ClassVar = [
            models.UniqueConstraint(name="waiting_price_once", fields=["source", "isin", "price_date"]),
            models.CheckConstraint(name="waiting_price_positive", condition=Q(price__gt=0)),
        ]


class SecurityPrice(models.Model):
    """The closing price of one paper on one day, as a file gave it or somebody corrected it:
    a lower figure counts before a second person's word.
    """

    isin = models.CharField(max_length=12)
    price_date = models.DateField()
    price = models.DecimalField(max_digits=18, decimal_places=6)
    currency = models.CharField(max_length=3)
    source = models.ForeignKey("collateral.ValueFile", on_delete=models.PROTECT, related_name="prices")
    confirmed = models.BooleanField(default=False, db_default=False, help_text="Two people stand for it: the next ones are measured by it")
    counted_before = models.DecimalField(
        max_digits=18,
        decimal_places=6,
        null=True,
        help_text="What stood on record, while a lower figure in its place waits for a second person",
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="security_price_waits_lower", condition=Q(counted_before__isnull=True) | Q(counted_before__gt=models.F("price"))
            ),
            models.UniqueConstraint(name="security_price_once", fields=["isin", "price_date"]),
            models.CheckConstraint(name="security_price_positive", condition=Q(price__gt=0)),
        ]
