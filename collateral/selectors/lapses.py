"""Registered pledges whose value or insurance has run out while money may still leave on them: what holds the file until it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from collateral.models import Asset, AssetKind, Pledge
from collateral.selectors.insurance import UNTIL
from core.bulk_rows import read_batches
from loans.selectors.money_to_leave import MAY_LEAVE

# Money and claims on money need no fire insurance.
INSURED_KINDS = frozenset({AssetKind.REAL_ESTATE, AssetKind.MACHINERY, AssetKind.VEHICLE})
# What a hold for such a reason comes from: this and the key of the asset.
LAPSED_SOURCE = "lapsed:"

# Insurance that has lapsed of an asset `a`. A flag of this very lapse that somebody cleared says that it may be so.
UNINSURED = f"""
a.kind = ANY(%(insured)s) AND EXISTS (
  SELECT FROM (SELECT coalesce(k.until, a.insured_until, '-infinity'::date) AS until FROM ({UNTIL}) k) i
  WHERE i.until < %(day)s AND NOT EXISTS (
    SELECT FROM collateral_redflag f
    WHERE f.asset_id = a.id AND f.code = 'insurance_lapsed' AND f.state IN ('CLEARED', 'LIFTED') AND f.raised_date > i.until
  )
)
"""
LAPSED = f"""
SELECT p.application_id, p.asset_id
FROM collateral_pledge p JOIN loans_application f ON f.id = p.application_id JOIN collateral_asset a ON a.id = p.asset_id
WHERE p.state = ANY(%(standing)s)
  AND (%(asset)s::uuid IS NULL OR p.asset_id = %(asset)s) AND (%(application)s::uuid IS NULL OR p.application_id = %(application)s)
  AND {MAY_LEAVE.format(file="f")}
  AND (
    NOT EXISTS (
      SELECT FROM collateral_valuation v WHERE v.asset_id = a.id AND v.state = 'ACCEPTED' AND v.expires_date > %(day)s
    ) OR {UNINSURED}
  )
"""


# Of those and of what is held for such a reason already, what is not both: a file, the asset, and whether it is to be held.
UNSETTLED = f"""
WITH found AS ({LAPSED}), held AS (
  SELECT application_id, source, substr(source, {len(LAPSED_SOURCE) + 1})::uuid AS asset_id FROM loans_applicationhold
  WHERE released_at IS NULL AND source LIKE '{LAPSED_SOURCE}%%'
    AND (%(asset)s::uuid IS NULL OR source = '{LAPSED_SOURCE}' || %(asset)s::text) AND (%(application)s::uuid IS NULL OR application_id = %(application)s)
)
SELECT coalesce(f.application_id, h.application_id), coalesce(f.asset_id, h.asset_id), h.application_id IS NULL
FROM found f FULL JOIN held h ON h.application_id = f.application_id AND h.asset_id = f.asset_id
WHERE f.application_id IS NULL OR h.application_id IS NULL
ORDER BY 3 DESC, 1, 2
"""


def unsettled_lapses(*, on: date, asset: UUID | None = None, application: UUID | None = None) -> Iterator[list[tuple[UUID, UUID, bool]]]:
    """Files with money to leave on a pledged asset whose value or insurance has run out by a day and that are not held for it (True), and
    those held for one of which that is over (False): of one asset, of one application, or of all. One query, read in batches."""
    asked: dict[str, Any] = {
        "day": on,
        "asset": asset,
        "application": application,
        "standing": [state.value for state in Pledge.STANDING],
        "insured": [kind.value for kind in INSURED_KINDS],
    }
    return read_batches(UNSETTLED, asked)


def is_uninsured(asset: Asset, *, on: date) -> bool:
    """Whether an asset that has to be insured is not on a day, and nobody has cleared that."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"asset": asset.pk, "day": on, "insured": [kind.value for kind in INSURED_KINDS]}
        cursor.execute(f"SELECT FROM collateral_asset a WHERE a.id = %(asset)s AND {UNINSURED}", asked)
        return bool(cursor.rowcount)
