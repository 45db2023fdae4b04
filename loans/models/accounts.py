"""Bank accounts of borrowers, here or elsewhere, and the lines of their statements: what everybody above reads."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from core.fields import BlindIndexField, EncryptedTextField, MoneyField
from core.uuids import uuid7


class BankAccount(models.Model):
    """An account of a borrower. The number is encrypted and found through its blind index."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="accounts")
    iban = EncryptedTextField()
    iban_index = BlindIndexField(source="iban", kind="iban")
    bank_name = models.CharField(max_length=80, blank=True)
    opened_date = models.DateField(null=True)
    is_ours = models.BooleanField(default=False)


class StatementImport(models.Model):
    """One file of statement lines that was read, once: the same content for the same account is the same import.

    Where files contradict one another, somebody may leave one out (`aside`): its lines stay, and count no more.
    """

    class Aside(models.TextChoices):
        OUTWEIGHED = "OUTWEIGHED", "Left out, as another source holds"
        AGAIN = "AGAIN", "To be sent again, as one it was held against is left out"

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, null=True, related_name="imports")
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, null=True, related_name="statement_imports")
    partner = models.ForeignKey("core.PartnerClient", on_delete=models.PROTECT, null=True, related_name="+")
    sent_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="Who of the bank sent it in")
    given_account = EncryptedTextField()
    stored_as = models.CharField(max_length=60, blank=True, help_text="Where the encrypted file waits; empty once it was read")
    attempts = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=60)
    form = models.CharField(max_length=8, blank=True, help_text="The format it was read as; empty for the bank's own books")
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=8, default="RECEIVED", help_text="RECEIVED, READING, DONE, REFUSED")
    lines = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    retold = models.PositiveIntegerField(default=0, db_default=0, help_text="Lines there before that it says more of")
    errors = models.JSONField(default=list, help_text='[{"line", "detail"}]')
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, help_text="When a worker had read a file that somebody sent")
    aside = models.CharField(max_length=10, choices=Aside.choices, blank=True, db_default="")
    aside_at = models.DateTimeField(null=True)
    aside_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="statement_left_out_by_somebody",
                condition=models.Q(aside="", aside_at=None, aside_by=None)
                | (~models.Q(aside="") & models.Q(aside_at__isnull=False, aside_by__isnull=False)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="statement_waiting", fields=["id"], condition=models.Q(state__in=["RECEIVED", "READING"])),
        ]


class StatementPeriod(models.Model):
    """The days of one account that a file told of, both inclusive, with the balances before and after them where the file gives them.

    `owner` is the holder by the file. `conflicts` counts what contradicts an earlier file or the file itself: none of the figures of the
    account is to be relied on then.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    statement = models.ForeignKey(StatementImport, on_delete=models.PROTECT, related_name="periods")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="periods")
    currency = models.CharField(max_length=3)
    first_date = models.DateField()
    last_date = models.DateField()
    opening = MoneyField(null=True)
    closing = MoneyField(null=True)
    owner = EncryptedTextField()
    conflicts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="statement_period_in_order", condition=models.Q(first_date__lte=models.F("last_date"))),
        ]
        indexes: ClassVar = [models.Index(name="statement_period_days", fields=["account", "currency", "first_date"])]


class LineCategory(models.TextChoices):
    """What a statement line is, as far as its codes tell."""

    SALARY = "SALARY", "Salary"
    PENSION = "PENSION", "Pension"
    INCOME = "INCOME", "Other income"
    CASH_IN = "CASH_IN", "Cash paid in"
    CASH_OUT = "CASH_OUT", "Cash drawn"
    CARD = "CARD", "Card"
    HOUSEHOLD = "HOUSEHOLD", "Household"
    INSURANCE = "INSURANCE", "Insurance"
    LOAN = "LOAN", "Loan payment"
    LEASING = "LEASING", "Leasing"
    SUPPLIER = "SUPPLIER", "Supplier"
    TRANSFER_IN = "TRANSFER_IN", "Transfer received"
    TRANSFER_OUT = "TRANSFER_OUT", "Transfer sent"
    INTEREST = "INTEREST", "Interest received"
    PENALTY_INTEREST = "PENALTY", "Penalty interest"
    FEE = "FEE", "Fee"
    RETURNED = "RETURNED", "Returned item"
    GAMBLING = "GAMBLING", "Gambling"
    SECURITIES = "SECURITIES", "Securities"
    OTHER = "OTHER", "Other"


class StatementLine(models.Model):
    """One booking on an account: credit positive, debit negative, in the account's currency.

    `coding` says how far its category is more than the sign of its amount: formats know few kinds of booking, or none.
    """

    class Coding(models.TextChoices):
        FULL = "FULL", "Told among all kinds"
        PART = "PART", "Told among few kinds"
        NONE = "NONE", "Not told"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="lines")
    statement = models.ForeignKey(StatementImport, on_delete=models.PROTECT, null=True, related_name="+")
    external_id = models.CharField(max_length=60)
    date = models.DateField()
    amount = MoneyField()
    balance = MoneyField(null=True)
    currency = models.CharField(max_length=3)
    category = models.CharField(max_length=12, choices=LineCategory.choices, default=LineCategory.OTHER)
    coding = models.CharField(max_length=4, choices=Coding.choices, default=Coding.FULL, db_default=Coding.FULL)
    text = models.CharField(max_length=140, blank=True)
    counterparty_index = models.BinaryField(null=True, help_text="Blind index (kind iban) of the other account")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="statement_line_once", fields=["account", "external_id"])]
        indexes: ClassVar = [models.Index(name="statement_line_day", fields=["account", "date"])]

    @property
    def kind(self) -> tuple[str, str]:
        """Its category in words and how far that is told, by the file that says most of it where `as_told` read that with it."""
        told: dict[str, str] = self.__dict__.get("told") or {"category": self.category, "coding": self.coding}
        return LineCategory(told["category"]).label, told["coding"]


class RetoldLine(models.Model):
    """What a later file says a line to be that stood there before and whose own file left it open. The line stays as it was read, so that
    what was worked out on it comes to the same again.
    """

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="retold")
    statement = models.ForeignKey(StatementImport, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=12, choices=LineCategory.choices)
    coding = models.CharField(max_length=4, choices=StatementLine.Coding.choices)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="line_retold_once_by_a_file", fields=["line", "statement"])]
