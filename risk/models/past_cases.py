"""Decided applications laid out so that the nearest of them are found by an index, whatever the size of the book."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from risk.domain.similar import TURNS


class PastCase(models.Model):
    """An application as it stood when it was decided, in the eyes of the scorecard in force. Prepared each night; holds nobody's data but
    keys.

    The keys are those of `risk.domain.similar`: near cases stand near each other in at least one of them.
    """

    application = models.OneToOneField("loans.Application", on_delete=models.CASCADE, primary_key=True, related_name="+")
    decision = models.ForeignKey("risk.Decision", on_delete=models.CASCADE, related_name="+")
    decided_date = models.DateField()
    model_version = models.ForeignKey("risk.ModelVersion", on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey("loans.Product", on_delete=models.CASCADE, related_name="+", db_index=False)
    borrower_kind = models.CharField(max_length=20)
    key_0 = models.CharField(max_length=160, db_collation="C")
    key_1 = models.CharField(max_length=160, db_collation="C")
    key_2 = models.CharField(max_length=160, db_collation="C")
    key_3 = models.CharField(max_length=160, db_collation="C")

    class Meta:
        indexes: ClassVar = [
            models.Index(name=f"past_case_key_{turn}", fields=["model_version", "product", "borrower_kind", f"key_{turn}"])
            for turn in range(TURNS)
        ]
