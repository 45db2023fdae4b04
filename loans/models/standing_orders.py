"""Standing orders of borrowers' accounts: what leaves every month, as the bank that keeps the account knows it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import BlindIndexField, EncryptedTextField, MoneyField
from core.uuids import uuid7
from loans.models.accounts import LineCategory


class StandingOrder(models.Model):
    """Money that leaves an account every month, in the account's currency. The payee's account is encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey("loans.BankAccount", on_delete=models.PROTECT, related_name="standing_orders")
    external_id = models.CharField(max_length=60)
    payee_account = EncryptedTextField()
    payee_account_index = BlindIndexField(source="payee_account", kind="iban")
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    category = models.CharField(max_length=12, choices=LineCategory.choices, default=LineCategory.OTHER)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="standing_order_once", fields=["account", "external_id"]),
            models.CheckConstraint(name="standing_order_amount_positive", condition=Q(amount__gt=0)),
        ]
