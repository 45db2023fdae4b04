"""Works on land or a building that raise its value beyond doubt, as its appraiser states them and somebody else judges them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import MoneyField
from core.uuids import uuid7


class Modification(models.Model):
    """What was done to a property of which a value says so, with the paper that shows it: the exception to the cap of CRR 229(1)(e).

    `counts` is the word of who accepted the value: whether these works lift its cap, by what they add. None where nobody was asked, as the
    cap did not lower the value. `cap` is what counts without them.
    """

    class Kind(models.TextChoices):
        ENERGY = "ENERGY", "Better energy performance"
        RESILIENCE = "RESILIENCE", "Protection against floods, storms, heat and the like"
        EXTENSION = "EXTENSION", "Extension or conversion: more space than before"
        RENOVATION = "RENOVATION", "Renewed throughout"
        ACCESS = "ACCESS", "Road, water, power or drainage where there was none"

    id = models.UUIDField(primary_key=True, default=uuid7)
    valuation = models.OneToOneField("collateral.Valuation", on_delete=models.PROTECT, related_name="modification")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    done_date = models.DateField(help_text="When the works were finished")
    cost = MoneyField(help_text="What they cost, in the currency of the value")
    adds = MoneyField(help_text="By how much the value is higher for them, in its currency")
    words = models.CharField(max_length=500, help_text="What was done and why it raises the value")
    document = models.ForeignKey("collateral.ValuationFile", on_delete=models.PROTECT, related_name="+")
    cap = MoneyField(null=True, help_text="What of the value counts without the works")
    cap_years = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="As `Valuation.cap_years`")
    counts = models.BooleanField(null=True, help_text="Whether its cap is lifted by what they add")
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_date = models.DateField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="modification_cost_positive", condition=Q(cost__gt=0, adds__gt=0)),
            models.CheckConstraint(name="modification_in_words", condition=~Q(words="")),
            models.CheckConstraint(
                name="modification_decided_by_somebody",
                condition=Q(counts__isnull=True, decided_by__isnull=True, decided_date__isnull=True)
                | Q(counts__isnull=False, decided_by__isnull=False, decided_date__isnull=False, cap__isnull=False),
            ),
            models.CheckConstraint(name="modification_counts_for_a_reason", condition=~Q(counts=True) | ~Q(reason="")),
        ]
