"""Pledged assets that may be the same thing as one, and which of the evidence nobody has decided on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from collateral.domain.twins import POSSIBLE, PROBABLE, TWIN_CODES, Prepared, Sighting, prepare, unseen
from collateral.models import Asset, Pledge, RedFlag, TwinJudgement
from collateral.selectors.twins import COMPARED, Twin, find_twins, text_of
from core import crypto
from core.row_security import whole_bank

# Of assets with the very same title, where that is too short to meet by.
SAME_TITLES = 5


@dataclass(frozen=True)
class Met:
    """Another asset that backs something, as it was sighted. `key` tells it from the others without naming it."""

    asset: Asset
    sighting: Sighting
    key: str
    twin: Twin | None


@whole_bank()
def met_by(asset: Asset, *, least: float = PROBABLE) -> list[Met]:
    """Every asset at any branch that backs something at present and is at least so much alike, the most alike first."""
    twins = find_twins(text_of(asset), without=asset.pk, least=least, most=COMPARED)
    others = {twin.asset.pk: twin.asset for twin in twins}
    if asset.title_key:
        for other in Asset.objects.filter(title_key=asset.title_key).exclude(pk=asset.pk).order_by("pk")[:SAME_TITLES]:
            others.setdefault(other.pk, other)
    if not others:
        return []
    by_asset = {twin.asset.pk: twin for twin in twins}
    pledges = _pledges([asset.pk, *others])
    mine = prepare(text_of(asset))
    found = []
    for other in others.values():
        if not pledges[other.pk]:
            continue
        twin, same_title = by_asset.get(other.pk), bool(asset.title_key) and other.title_key == asset.title_key
        # What secures one file twice is the same title on two things of it, and looked at as alike.
        elsewhere = {application for _, application in pledges[other.pk]} - {application for _, application in pledges[asset.pk]}
        pair = _pair(mine, prepare(text_of(other)))
        marks = frozenset(_mark(f"{pair}:{pledge}") for pledge, _ in (*pledges[asset.pk], *pledges[other.pk]))
        sighting = Sighting(other.reference, twin.comparison.score if twin else 1.0, same_title and bool(elsewhere), marks)
        found.append(Met(other, sighting, _mark(f"{asset.pk}:{other.pk}"), twin))
    return sorted(found, key=lambda met: (-met.sighting.score, met.sighting.reference))


def possible_twins(asset: Asset) -> list[Met]:
    """What is possibly, not probably, the same thing as an asset, and nobody has said whether it is since the evidence is what it is."""
    met = [one for one in met_by(asset, least=POSSIBLE) if one.sighting.score < PROBABLE and not one.sighting.same_title]
    return without_known(asset, met)


@whole_bank()
def without_known(asset: Asset, met: Iterable[Met], *, beside: Asset | None = None) -> list[Met]:
    """Those of which some evidence was neither decided on, nor is waiting to be at the other asset; what waits at `beside` does not count
    as known.
    """
    chosen = list(met)
    if not chosen:
        return []
    concerned = [asset.pk, *(one.asset.pk for one in chosen)]
    known: set[str] = set()
    waiting = [asset.pk, *([beside.pk] if beside else [])]
    flags = RedFlag.objects.filter(asset__in=concerned, code__in=TWIN_CODES).exclude(asset__in=waiting, state=RedFlag.State.OPEN)
    for evidence in flags.values_list("evidence", flat=True):
        known.update(evidence.get("marks", "").split())
    judged = TwinJudgement.objects.filter(asset__in=concerned, other__in=concerned)
    for marks in judged.values_list("marks", flat=True):
        known.update(marks.split())
    told = {one.reference for one in unseen([one.sighting for one in chosen], known)}
    return [one for one in chosen if one.sighting.reference in told]


def _pledges(assets: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, UUID]]]:
    """What each asset backs at present, as pledge and application: one query."""
    found = defaultdict(list)
    rows = Pledge.objects.filter(asset__in=list(assets)).exclude(state__in=Pledge.GIVEN_BACK).order_by("id")
    for asset, pledge, application in rows.values_list("asset_id", "id", "application_id"):
        found[asset].append((pledge, application))
    return found


def _pair(one: Prepared, other: Prepared) -> str:
    """What is written of two assets, the same from either side."""
    return "|".join(sorted((repr(one), repr(other))))


def _mark(text: str) -> str:
    """A keyed fingerprint: what is written of an asset is not to be guessed from a red flag."""
    return crypto.blind_index(text, kind="twins").hex()[:16]
