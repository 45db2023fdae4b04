"""What two people said of market data: that a paper was split."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q


class SecuritySplit(models.Model):
    """From a day on there are `new` papers for `old` ones. Put on file by two people."""

    isin = models.CharField(max_length=12)
    split_date = models.DateField()
    new = models.PositiveIntegerField()
    old = models.PositiveIntegerField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-split_date", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="security_split_once", fields=["isin", "split_date"]),
            models.CheckConstraint(name="security_split_is_one", condition=Q(new__gt=0, old__gt=0) & ~Q(new=models.F("old"))),
            models.CheckConstraint(
                name="security_split_by_two", condition=Q(recorded_by__isnull=True) | ~Q(recorded_by=models.F("confirmed_by"))
            ),
        ]

    @property
    def factor(self) -> Decimal:
        """How many papers there are for one of before."""
        return Decimal(self.new) / Decimal(self.old)
