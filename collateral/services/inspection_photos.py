"""Photos of an inspection beside what is on file of the asset, and beside the day and place that the inspection says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from collateral.domain.inspections import MOST_UNSURE
from collateral.domain.photo_marks import find_in_photos
from collateral.domain.red_flags import Finding
from collateral.models import AssetPhoto, InspectionStop, ValuationFile
from collateral.services.records import SmallPhoto


def findings_in(
    stop: InspectionStop, photos: Sequence[SmallPhoto], *, seen: date, here: tuple[Any, Any] | None, accuracy: int | None, who: str
) -> list[Finding]:
    """What of the photos does not fit. `here`: where the inspector stood, or else where the asset should be, in degrees, with the
    `accuracy` in metres; of that no more than a measured place may have is an excuse. Two queries.
    """
    if not photos:
        return []
    # What was sent for this very stop before is put right by it.
    kept = AssetPhoto.objects.filter(Q(inspection=None) | ~Q(inspection__stop=stop), asset=stop.asset_id)
    valued = ValuationFile.objects.filter(valuation__asset=stop.asset_id, likeness__isnull=False)
    before = [*kept.values_list("likeness", flat=True), *valued.values_list("likeness", flat=True)]
    return find_in_photos(
        [(photo.likeness, photo.taken) for photo in photos],
        before=[one for one in before if one is not None],
        seen=seen,
        here=here,
        off_km=min(accuracy or 0, MOST_UNSURE) / 1000,
        who=who,
    )
