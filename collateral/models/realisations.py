"""What an asset fetched when it was sold: the last word on every value it ever had."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import MoneyField


class Realisation(models.Model):
    """The sale of one asset, by its owner or by enforcement, or what its insurer paid for it once it is no more: then of the day of the
    loss. `price` before costs, in the asset's currency. The liens stand until the price of an enforced one is booked."""

    asset = models.OneToOneField("collateral.Asset", on_delete=models.PROTECT, related_name="realisation")
    sold_date = models.DateField()
    price = MoneyField()
    costs = MoneyField(default=0)
    enforced = models.BooleanField(default=False)
    of_loss = models.BooleanField(
        default=False, db_default=False, help_text="No sale: what the insurer, named as the buyer, paid for an asset that is no more"
    )
    buyer = models.CharField(max_length=120, blank=True, db_default="", default="")
    buyer_number = models.CharField(
        max_length=40, blank=True, db_default="", default="", help_text="The end of their number, as it may be shown"
    )
    payee = models.CharField(max_length=120, blank=True, db_default="", default="", help_text="Whom the costs were paid to")
    paper = models.ForeignKey(
        "collateral.AssetDocument", on_delete=models.PROTECT, null=True, related_name="+", help_text="Proves the sale"
    )
    invoice = models.ForeignKey(
        "collateral.AssetDocument", on_delete=models.PROTECT, null=True, related_name="+", help_text="Proves the costs"
    )
    receipt = models.ForeignKey(
        "collateral.AssetDocument", on_delete=models.PROTECT, null=True, related_name="+", help_text="Shows that the price came in"
    )
    received_date = models.DateField(null=True, help_text="When the price of an enforced one came in: what it pays is worth from then")
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()
    due_date = models.DateField(null=True, help_text="By when the buyer pays, of an enforced sale whose price had not come in")
    booked_date = models.DateField(null=True, help_text="When the price of an enforced sale was booked and given out")
    told_date = models.DateField(null=True, help_text="When it was last told of that the price has not come in")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="realisation_amounts", condition=Q(price__gt=0) & Q(costs__gte=0)),
            models.CheckConstraint(
                name="realisation_booked_or_awaited",
                condition=Q(enforced=False, due_date=None, booked_date=None)
                | Q(enforced=True) & (Q(due_date__isnull=False) | Q(booked_date__isnull=False)),
            ),
            models.CheckConstraint(
                name="realisation_of_loss_has_come_in",
                condition=Q(of_loss=False) | Q(enforced=True, booked_date__isnull=False, received_date__isnull=False),
            ),
            models.CheckConstraint(
                name="realisation_received_before_booked",
                condition=Q(received_date__isnull=True) | Q(booked_date__isnull=False, received_date__lte=F("booked_date")),
            ),
        ]

    @property
    def words(self) -> str:
        """What it is, for the inside of a sentence."""
        return f"{'insurance' if self.of_loss else 'sale'} of {self.asset.reference}"

    @property
    def awaits_price(self) -> bool:
        """Whether the bank sold it and its price has not come in."""
        return self.enforced and self.booked_date is None

    @property
    def carried(self) -> Decimal:
        """What of the costs the price paid."""
        carried: Decimal = min(self.price, self.costs)
        return carried

    @property
    def net(self) -> Decimal:
        """What of the price the costs left."""
        net: Decimal = self.price - self.carried
        return net

    @property
    def loss(self) -> Decimal:
        """What of the costs it did not: the bank's loss."""
        loss: Decimal = self.costs - self.carried
        return loss
