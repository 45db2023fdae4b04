"""What is on file of an asset beside its values, and photos that are nearly the same."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from collateral.domain.photos import NEARLY_THE_SAME, tells
from collateral.models import Asset, Lien
from collateral.selectors.assets import access_asset
from core import access
from core.models import User

_LIKE = """
SELECT a.reference, min(bit_count((p.likeness # %(likeness)s)::bit(64)))
FROM collateral_assetphoto p JOIN collateral_asset a ON a.id = p.asset_id
WHERE p.asset_id <> %(asset)s AND bit_count((p.likeness # %(likeness)s)::bit(64)) <= %(most)s
GROUP BY a.reference ORDER BY 2, 1 LIMIT 5
"""


def photo_elsewhere(asset: Asset, likeness: int) -> list[str]:
    """References of other assets, at any branch, of which nearly the same photo is on file. One statement."""
    if not tells(likeness):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LIKE, {"likeness": likeness, "asset": asset.pk, "most": NEARLY_THE_SAME})
        return [row[0] for row in cursor.fetchall()]


def access_lien(user: User, lien_id: UUID) -> Lien:
    """One claim of somebody else on an asset the user may see."""
    lien = access.one(Lien.objects.select_related("asset"), pk=lien_id)
    access_asset(user, lien.asset_id)
    return lien
