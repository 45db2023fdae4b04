"""Appraisers who work for somebody else than the bank."""

from __future__ import annotations

from django.db import models


class OutsideAppraiser(models.Model):
    """An appraiser of another firm. Appraisers without such a row are the bank's own."""

    user = models.OneToOneField("core.User", on_delete=models.PROTECT, primary_key=True, related_name="outside_appraiser")
    firm = models.CharField(max_length=120)
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_date = models.DateField()
