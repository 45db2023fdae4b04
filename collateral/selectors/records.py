"""What is on file of an asset beside its values, and photos that are nearly the same."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from collateral.domain.photos import NEARLY_THE_SAME, tells
from collateral.models import Asset, InsurancePolicy, Lien
from collateral.selectors.assets import access_asset
from core import access
from core.models import User

# Two hashes of 64 bits that differ in at most six share one of seven pieces: the index finds the pieces (`photo_bands`), the count decides.
LIKE = """
WITH sought AS (SELECT likeness FROM unnest(%(likenesses)s::bigint[]) AS s(likeness)), near AS (
    SELECT p.asset_id, bit_count((p.likeness # s.likeness)::bit(64)) AS differ
    FROM sought s JOIN collateral_assetphoto p ON photo_bands(p.likeness) && photo_bands(s.likeness)
    UNION ALL
    SELECT v.asset_id, bit_count((f.likeness # s.likeness)::bit(64))
    FROM sought s JOIN collateral_valuationfile f ON photo_bands(f.likeness) && photo_bands(s.likeness)
    JOIN collateral_valuation v ON v.id = f.valuation_id
)
SELECT a.reference, min(n.differ) FROM near n JOIN collateral_asset a ON a.id = n.asset_id
WHERE n.asset_id <> %(asset)s AND n.differ <= %(most)s
GROUP BY a.reference ORDER BY 2, 1 LIMIT 5
"""


def photo_elsewhere(asset: Asset, *likenesses: int) -> list[str]:
    """References of other assets, at any branch, of which nearly one of these photos is on file or came with a value.
    One statement, by index.
    """
    telling = [likeness for likeness in likenesses if tells(likeness)]
    if not telling:
        return []
    with connection.cursor() as cursor:
        cursor.execute(LIKE, {"likenesses": telling, "asset": asset.pk, "most": NEARLY_THE_SAME})
        return [row[0] for row in cursor.fetchall()]


def access_policy(user: User, policy_id: UUID) -> InsurancePolicy:
    """One policy of an asset the user may see."""
    policy = access.one(InsurancePolicy.objects.select_related("asset"), pk=policy_id)
    access_asset(user, policy.asset_id)
    return policy


def access_lien(user: User, lien_id: UUID) -> Lien:
    """One claim of somebody else on an asset the user may see."""
    lien = access.one(Lien.objects.select_related("asset"), pk=lien_id)
    access_asset(user, lien.asset_id)
    return lien
