"""Keyed fingerprints of assets, by which those that are one thing meet; and what people said of those that may be one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.uuids import uuid7


class AssetKey(models.Model):
    """One fingerprint of an asset (`domain.twins.keys_of`, keyed, 32 bits). Its index answers from the key alone which assets share it."""

    pk = models.CompositePrimaryKey("key", "asset_id")
    key = models.IntegerField()
    asset = models.ForeignKey("collateral.Asset", on_delete=models.PROTECT, related_name="keys")


class TwinJudgement(models.Model):
    """What somebody who did not register the asset said of one that is possibly the same thing. Never changed:
    other evidence is judged anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey("collateral.Asset", on_delete=models.PROTECT, related_name="twin_judgements")
    other = models.ForeignKey("collateral.Asset", on_delete=models.PROTECT, related_name="+")
    same = models.BooleanField()
    reason = models.TextField()
    score = models.DecimalField(max_digits=3, decimal_places=2, help_text="How alike they were, from 0 to 1")
    marks = models.TextField(help_text="The evidence that was judged, keyed fingerprints")
    judged_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    judged_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="twin_judged_of_another", condition=~Q(asset=F("other"))),
            models.CheckConstraint(name="twin_judged_with_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="twin_judged_score_is_part", condition=Q(score__gte=0, score__lte=1)),
            models.UniqueConstraint(name="twin_judged_once", fields=["asset", "other", "marks"]),
        ]
