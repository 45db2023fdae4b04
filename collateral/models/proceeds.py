"""What the sale of an asset paid of which loan, and what of it belongs to somebody else."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.crypto import mask
from core.fields import EncryptedTextField, MoneyField
from core.uuids import uuid7


class Proceeds(models.Model):
    """A share of an enforced sale, booked as a payment of one of the loans that a pledge secured. In the asset's currency."""

    realisation = models.ForeignKey("collateral.Realisation", on_delete=models.PROTECT, related_name="proceeds")
    pledge = models.ForeignKey("collateral.Pledge", on_delete=models.PROTECT, related_name="proceeds")
    payment = models.OneToOneField("loans.Payment", on_delete=models.PROTECT, related_name="+")
    amount = MoneyField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="proceeds_positive", condition=Q(amount__gt=0))]


class SaleRest(models.Model):
    """What of an enforced sale is one other party's: it waits on an account of its own until it is paid out, on two people's word.

    Whose it is says `owner` or `lien`; without either nobody was on file, and whoever proposes the payout names them. So do they while it
    is `doubted` that the owner on file is the owner.
    """

    class To(models.TextChoices):
        OTHERS = "OTHERS", "Others who stood before the bank"
        OWNER = "OWNER", "The owner"

    id = models.UUIDField(primary_key=True, default=uuid7)
    realisation = models.ForeignKey("collateral.Realisation", on_delete=models.PROTECT, related_name="rests")
    to = models.CharField(max_length=6, choices=To.choices)
    owner = models.ForeignKey("collateral.AssetOwner", on_delete=models.PROTECT, null=True, related_name="+")
    lien = models.ForeignKey("collateral.Lien", on_delete=models.PROTECT, null=True, related_name="+")
    doubted = models.BooleanField(
        default=False, db_default=False, help_text="Something speaks against this owner, and no second person has answered it"
    )
    amount = MoneyField()
    paid_to = models.CharField(max_length=120, blank=True, help_text="As proposed, until it is paid")
    paid_iban = EncryptedTextField()
    paid_date = models.DateField(null=True)
    paid_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="sale_rest_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(name="sale_rest_once", fields=["realisation", "to", "owner", "lien"], nulls_distinct=False),
            models.CheckConstraint(
                name="sale_rest_of_one_party",
                condition=Q(owner=None, lien=None) | Q(to="OWNER", lien=None) | Q(to="OTHERS", owner=None),
            ),
            models.CheckConstraint(name="sale_rest_doubts_an_owner", condition=Q(doubted=False) | Q(owner__isnull=False)),
            models.CheckConstraint(name="sale_rest_paid_to_somebody", condition=Q(paid_date__isnull=True) | ~Q(paid_to="")),
        ]

    @property
    def party(self) -> str:
        """Whose it is by what is on file; empty where nobody is beyond doubt."""
        if self.owner is not None:
            return "" if self.doubted else self.owner.person.name
        return self.lien.holder if self.lien is not None else ""

    @property
    def whose(self) -> str:
        """The same in words that say what is not beyond doubt, for the end of a sentence."""
        return self.party or ("an owner who is disputed" if self.doubted else self.To(self.to).label.lower())

    @property
    def account(self) -> str:
        """The account it goes to as it may be shown: its end."""
        return mask(self.paid_iban) if self.paid_iban else ""
