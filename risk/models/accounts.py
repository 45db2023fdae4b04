"""Annual accounts of a company as entered or imported for a file: every line of a year, and the ratios that follow."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from core.uuids import uuid7


class AnnualAccounts(models.Model):
    """One year's accounts. Never updated: a newer row of the same year counts. Amounts in `figures` are exact decimals as text.

    `industry` is the code of the borrower's at the time, so that peers are compared without their names.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey("loans.Application", on_delete=models.PROTECT, related_name="accounts")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="+")
    industry = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    first_day = models.DateField(null=True, help_text="Of the financial year; none in what was kept before it was asked: twelve months")
    year_end = models.DateField()
    figures = models.JSONField()
    ratios = models.JSONField()
    evidence = models.ForeignKey("loans.Document", on_delete=models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar = [
            models.Index(name="accounts_of_file", fields=["application", "year_end", "-id"]),
            models.Index(name="accounts_of_peers", fields=["industry", "year_end"]),
        ]
