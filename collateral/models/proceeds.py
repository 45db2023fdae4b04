"""What the sale of an asset paid of which loan."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import MoneyField


class Proceeds(models.Model):
    """A share of an enforced sale, booked as a payment of the loan that one pledge secured. In the asset's currency."""

    realisation = models.ForeignKey("collateral.Realisation", on_delete=models.PROTECT, related_name="proceeds")
    pledge = models.OneToOneField("collateral.Pledge", on_delete=models.PROTECT, related_name="proceeds")
    payment = models.OneToOneField("loans.Payment", on_delete=models.PROTECT, related_name="+")
    amount = MoneyField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="proceeds_positive", condition=Q(amount__gt=0))]
