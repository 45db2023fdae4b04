"""What was known of an asset on a day, read from the versions of its facts."""

from __future__ import annotations

from datetime import date, datetime

from collateral.models import Asset, FactsVersion
from collateral.selectors.asset_facts import CLASS, Kept, opened


def facts_on(asset: Asset, day: date, *, section: str = CLASS, known_at: datetime | None = None) -> Kept:
    """What held on a day, as far as it was known then or at `known_at`; empty where nothing was."""
    versions = FactsVersion.objects.filter(asset=asset, section=section, valid_from__lte=day)
    if known_at is not None:
        versions = versions.filter(known_from__lte=known_at)
    found = versions.first()
    return {} if found is None else opened(found)
