"""Keyed fingerprints of assets, by which those that are one thing meet."""

from __future__ import annotations

from django.db import models


class AssetKey(models.Model):
    """One fingerprint of an asset (`domain.twins.keys_of`, keyed, 32 bits). Its index answers from the key alone which assets share it."""

    pk = models.CompositePrimaryKey("key", "asset_id")
    key = models.IntegerField()
    asset = models.ForeignKey("collateral.Asset", on_delete=models.PROTECT, related_name="keys")
