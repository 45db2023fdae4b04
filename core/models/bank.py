"""The state of the bank itself: which business day it is, and whether its workers live."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class BankState(models.Model):
    """One row: the business date, and how fresh the nightly figures are. Only the close of day moves the date."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=80, default="Credence Bank")
    currency = models.CharField(max_length=3, default="EUR")
    business_date = models.DateField()
    # Written by the sweep so that every page can tell how fresh its figures are, without asking upwards.
    swept_date = models.DateField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True)
    sweep_failed = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="bank_state_single_row", condition=models.Q(id=1))]


class Heartbeat(models.Model):
    """The last sign of life of a background process."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
