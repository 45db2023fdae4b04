"""Keeping every version of an asset's facts, so that nothing that was known is ever lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from collateral.models import Asset, FactsVersion
from core.errors import Fault
from core.models import User


def check_valid_from(asset: Asset, section: str, valid_from: date, business_date: date) -> list[Fault]:
    """Whether facts may hold from that day on: not in the future, and not before those that hold now, which would stay in force."""
    if valid_from > business_date:
        return [Fault("valid_from", "future", "Facts cannot hold from a day in the future.")]
    latest = FactsVersion.objects.filter(asset=asset, section=section).first()
    if latest is not None and valid_from < latest.valid_from:
        words = f"The facts on file hold from {latest.valid_from:%d %b %Y}; what is recorded now cannot hold from an earlier day."
        return [Fault("valid_from", "before", words)]
    return []


def keep_version(
    asset: Asset, section: str, facts: Mapping[str, Any], *, valid_from: date, actor: User | None, business_date: date
) -> FactsVersion:
    """Add a version. Call inside the transaction that writes the facts."""
    version = version_of(asset.pk, section, facts, valid_from=valid_from, actor=actor, business_date=business_date)
    version.save(force_insert=True)
    return version


def version_of(
    asset_id: UUID,
    section: str,
    facts: Mapping[str, Any],
    *,
    valid_from: date,
    actor: User | None,
    business_date: date,
    row: UUID | None = None,
) -> FactsVersion:
    """A version that is not yet written, for those who write many at once."""
    content = json.dumps({name: None if value is None else str(value) for name, value in facts.items()}, ensure_ascii=False)
    return FactsVersion(
        asset_id=asset_id,
        section=section,
        row=row,
        valid_from=valid_from,
        recorded_by_id=actor.pk if actor else None,
        recorded_date=business_date,
        content=content,
    )
