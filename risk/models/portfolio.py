"""Prepared aggregates: what dashboards read instead of the book."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from core.fields import MoneyField


class PortfolioFigure(models.Model):
    """One figure of one business date: count and amount of a key in a dimension (bucket, state, product, industry, total).

    What is granted and not paid out stands beside what is outstanding: `granted_product`, `granted_industry`, and `granted` of `total`.
    """

    id = models.BigAutoField(primary_key=True)
    business_date = models.DateField()
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, related_name="+")
    dimension = models.CharField(max_length=20)
    key = models.CharField(max_length=40)
    count = models.PositiveIntegerField(default=0)
    amount = MoneyField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="portfolio_figure_once", fields=["business_date", "branch", "dimension", "key"]),
        ]
