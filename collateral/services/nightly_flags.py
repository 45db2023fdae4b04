"""Red flags that a night raises against many assets at once: what `flags.raise_findings` does for one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from collateral.domain.red_flags import Finding
from collateral.events import RedFlagRaised
from collateral.models import Asset, RedFlag
from collateral.services.payout_holds import hold_payouts
from core import audit
from core.events import publish_all
from core.uuids import uuid7

# One that is open already stays: who raised it a moment ago found the same.
RAISE = """
INSERT INTO collateral_redflag (id, asset_id, code, text, evidence, state, raised_date, reason)
SELECT n.id, n.asset_id, n.code, n.text, n.evidence, 'OPEN', %(day)s, ''
FROM unnest(%(ids)s::uuid[], %(assets)s::uuid[], %(codes)s::text[], %(texts)s::text[], %(evidence)s::jsonb[])
  AS n(id, asset_id, code, text, evidence)
ON CONFLICT (asset_id, code, valuation_id) WHERE state = 'OPEN' DO NOTHING
RETURNING id, asset_id, code
"""


def raise_everywhere(found: Mapping[UUID, Finding], *, business_date: date) -> int:
    """Open a red flag against each of a batch of assets, by asset, and hold the files whose money would leave on them: six statements for
    any number. To be called within a transaction, for findings of which none is open as far as the caller has read. Returns how many were
    opened.
    """
    if not found:
        return 0
    asked: dict[str, Any] = {
        "day": business_date,
        "ids": [uuid7() for _ in found],
        "assets": list(found),
        "codes": [finding.code for finding in found.values()],
        "texts": [finding.text[:240] for finding in found.values()],
        "evidence": [json.dumps(finding.evidence) for finding in found.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(RAISE, asked)
        raised = sorted(cursor.fetchall())
    flagged = {asset for _, asset, _ in raised}
    assets = Asset.objects.only("reference", "branch_id").in_bulk(flagged)
    entries = [
        audit.entry(
            "red_flag.raised",
            actor=None,
            actor_name="rule",
            target=RedFlag(pk=key),
            branch=assets[asset].branch_id,
            label=assets[asset].reference,
            business_date=business_date,
            code=code,
        )
        for key, asset, code in raised
    ]
    audit.record_all(entries)
    publish_all([RedFlagRaised(flag_id=str(key), asset_id=str(asset)) for key, asset, _ in raised])
    hold_payouts(flagged, business_date=business_date)
    return len(raised)
