"""Registered assets that are probably the same thing as another: found by shared keys in one statement, then compared in full."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import prefetch_related_objects

from collateral.domain.twins import POSSIBLE, AssetText, Comparison, FieldComparison, Prepared, compare, keys_of, prepare
from collateral.models import Asset, Pledge
from core import crypto
from core.models import User
from core.row_security import whole_bank

# A key that this many assets share says nothing; reading stops there, whatever the size of the book.
COMMON = 300
# Compared in full, by how rare the keys are that they share.
COMPARED = 20
SHOWN = 3

_MEETING = f"""
SELECT a.* FROM (
  SELECT asset_id FROM (
    SELECT hit.asset_id, count(*) OVER (PARTITION BY asked.key) AS held
    FROM unnest(%s::int[]) AS asked(key)
    CROSS JOIN LATERAL (SELECT asset_id FROM collateral_assetkey k WHERE k.key = asked.key LIMIT {COMMON}) hit
  ) met
  WHERE held < {COMMON} AND asset_id IS DISTINCT FROM %s
  GROUP BY asset_id ORDER BY sum(1.0 / held) DESC LIMIT {COMPARED}
) rarest JOIN collateral_asset a ON a.id = rarest.asset_id
"""


@dataclass(frozen=True)
class Twin:
    """A registered asset that may be the same thing, how alike, and the values of its fields by name."""

    asset: Asset
    comparison: Comparison
    values: dict[str, str]

    @property
    def probable(self) -> bool:
        """Whether whoever registers has to say why it is another thing."""
        return self.comparison.probable


def numbers_of(prepared: Prepared) -> list[int]:
    """The keys of an asset as they are stored."""
    return sorted({crypto.key_number(key, kind="asset") for key in keys_of(prepared)})


def text_of(asset: Asset) -> AssetText:
    """What is written of a registered asset."""
    return AssetText(
        kind=asset.kind,
        description=asset.description,
        title_number=asset.title_number,
        address_line=asset.address_line,
        city=asset.city,
        owner_name=asset.owner_name,
        numbers=tuple(asset.numbers.splitlines()),
    )


def find_twins(text: AssetText, *, without: UUID | None = None, least: float = POSSIBLE, most: int = SHOWN) -> list[Twin]:
    """The `most` alike of all registered assets, at any branch, best first; those below `least` are left out.

    One statement however large the book; a key shared by COMMON assets and more is not followed.
    """
    asked = prepare(text)
    numbers = numbers_of(asked)
    if not numbers:
        return []
    found = []
    for asset in Asset.objects.raw(_MEETING, [numbers, without]):
        comparison = compare(asked, prepare(text_of(asset)))
        if comparison.score >= least:
            found.append((comparison, asset))
    found.sort(key=lambda pair: (-pair[0].score, pair[1].reference))
    return [Twin(asset, comparison, _values(asset)) for comparison, asset in found[:most]]


def _values(asset: Asset) -> dict[str, str]:
    return {
        "identifier": asset.title_number,
        "address": ", ".join(part for part in (asset.address_line, asset.city) if part),
        "description": asset.description,
        "owner": asset.owner_name,
    }


def pledged_among(assets: Iterable[UUID]) -> set[UUID]:
    """Which of the assets back something at present."""
    with whole_bank():
        return set(Pledge.objects.filter(asset__in=list(assets)).exclude(state__in=Pledge.GIVEN_BACK).values_list("asset_id", flat=True))


@dataclass(frozen=True)
class TwinRow:
    """A twin as one person may see it: of an asset at another branch only that there is one, and which fields agree."""

    reference: str
    asset_id: UUID | None
    branch: str
    score: float
    probable: bool
    pledged: bool
    fields: list[tuple[FieldComparison, str]]


def twin_rows(user: User, twins: Iterable[Twin]) -> list[TwinRow]:
    """What a person is shown of twins; values of assets that are not theirs to see are left out."""
    chosen = list(twins)
    prefetch_related_objects([twin.asset for twin in chosen], "branch")
    pledged = pledged_among(twin.asset.pk for twin in chosen)
    rows = []
    for twin in chosen:
        asset = twin.asset
        open_to = user.is_bank_wide or asset.branch_id in user.branch_ids
        rows.append(
            TwinRow(
                reference=asset.reference if open_to else "An asset of another branch",
                asset_id=asset.pk if open_to else None,
                branch=asset.branch.name if open_to else "",
                score=twin.comparison.score,
                probable=twin.probable,
                pledged=asset.pk in pledged,
                fields=[(field, twin.values[field.name] if open_to else "") for field in twin.comparison.fields],
            )
        )
    return rows
