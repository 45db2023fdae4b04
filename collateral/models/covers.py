"""What secures a loan: as the night measured it, and as its decision counted on it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.fields import MoneyField


class Cover(models.Model):
    """The collateral of one loan, in its currency, kept by the sweep and by whatever changes a pledge. Loans without pledges have none.

    `market_value` is of what counts by the facts of each asset. `available` is the loan's share of its assets' lending values by rank;
    `overhang` is what its liens claim beyond that.
    """

    loan = models.OneToOneField("loans.Loan", on_delete=models.PROTECT, primary_key=True, related_name="cover")
    exposure = MoneyField()
    market_value = MoneyField()
    lending_value = MoneyField()
    claims_before = MoneyField(help_text="Claims before and beside ours on the same assets")
    available = MoneyField()
    overhang = MoneyField()
    pledges = models.PositiveSmallIntegerField()
    unvalued = models.PositiveSmallIntegerField(help_text="Pledges without a value in force")
    told = models.BooleanField(default=False, db_default=False, help_text="The world was told of the overhang there is")
    status_date = models.DateField(help_text="The business date on which these figures last changed")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="cover_not_negative", condition=Q(exposure__gte=0) & Q(available__gte=0) & Q(overhang__gte=0) & Q(claims_before__gte=0)
            ),
            models.CheckConstraint(name="cover_within_value", condition=Q(available__lte=F("lending_value"))),
        ]

    @property
    def ltv(self) -> Decimal | None:
        """(Exposure + claims before and beside) / market value that counts, a fraction; None where nothing does."""
        return (self.exposure + self.claims_before) / self.market_value if self.market_value else None

    @property
    def coverage(self) -> Decimal | None:
        """Available / exposure, a fraction; None when nothing is owed."""
        return self.available / self.exposure if self.exposure else None


class DecidedCover(models.Model):
    """What secured a file when it was granted, in its currency: `available` of its assets' lending values, `exposure` what was granted."""

    application = models.OneToOneField("loans.Application", on_delete=models.PROTECT, primary_key=True, related_name="decided_cover")
    available = MoneyField()
    exposure = MoneyField()
    decided_date = models.DateField()
    taken_over = models.BooleanField(
        default=False, db_default=False, help_text="Nobody decided it here: what secured it on its first night, which is `decided_date`"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="decided_cover_not_negative", condition=Q(exposure__gte=0) & Q(available__gte=0)),
        ]

    @property
    def coverage(self) -> Decimal | None:
        """Available / granted, a fraction; None when nothing was granted."""
        return self.available / self.exposure if self.exposure else None
