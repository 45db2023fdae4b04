"""Double-entry: accounts, entries, postings.

A posting is signed: debit positive, credit negative. Per entry and currency the postings sum to zero; the database checks it
at COMMIT. Entries and postings are append-only; a correction is a reversal, at most one per entry. The key (source, source
id, event, business date) makes a double posting impossible.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import MoneyField


class AccountKind(models.TextChoices):
    """Where an account stands in the books."""

    ASSET = "ASSET", "Asset"
    LIABILITY = "LIABILITY", "Liability"
    EQUITY = "EQUITY", "Equity"
    INCOME = "INCOME", "Income"
    EXPENSE = "EXPENSE", "Expense"
    MEMO = "MEMO", "Off balance"


class Account(models.Model):
    """An account of the chart. Codes are fixed in `loans.ledger.chart`."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=9, choices=AccountKind.choices)

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Entry(models.Model):
    """One transaction in the books. `loan_id` is only a number here, for finding a loan's lines."""

    id = models.BigAutoField(primary_key=True)
    booking_date = models.DateField(db_index=True)
    value_date = models.DateField()
    text = models.CharField(max_length=140)
    source_type = models.CharField(max_length=30)
    source_id = models.CharField(max_length=60)
    event = models.CharField(max_length=30)
    loan_id = models.BigIntegerField(null=True, db_index=True)
    reversal_of = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversal")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="entry_source_once", fields=["source_type", "source_id", "event", "booking_date"]),
        ]


class Posting(models.Model):
    """One line of an entry: debit positive, credit negative."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    loan_id = models.BigIntegerField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [models.CheckConstraint(name="posting_not_zero", condition=~Q(amount=0))]
        indexes: ClassVar = [models.Index(name="posting_loan_account", fields=["loan_id", "account"])]
