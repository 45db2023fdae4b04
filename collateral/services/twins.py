"""Keeping the keys by which twins are found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import QuerySet

from collateral.domain.twins import prepare
from collateral.models import Asset, AssetKey
from collateral.selectors.twins import numbers_of, text_of

BATCH = 500


@transaction.atomic
def index_assets(assets: Iterable[Asset]) -> int:
    """Lay the keys of these assets anew. Returns how many keys."""
    chosen = list(assets)
    AssetKey.objects.filter(asset__in=[asset.pk for asset in chosen]).delete()
    rows = [AssetKey(key=number, asset=asset) for asset in chosen for number in numbers_of(prepare(text_of(asset)))]
    AssetKey.objects.bulk_create(rows, batch_size=5_000)
    return len(rows)


def index_missing() -> int:
    """Lay the keys of every asset that has none, batch by batch, so that it can be stopped and goes on. Returns how many assets."""
    return _index(Asset.objects.filter(keys__isnull=True))


def index_all() -> int:
    """Lay the keys of every asset anew, batch by batch. Returns how many assets."""
    return _index(Asset.objects.all())


def _index(chosen: QuerySet[Asset]) -> int:
    done = 0
    for batch in _batches(chosen):
        index_assets(batch)
        done += len(batch)
    return done


def _batches(chosen: QuerySet[Asset]) -> Iterator[list[Asset]]:
    # Newest first and from where the last batch ended: an asset of which nothing is written has no keys and is not met twice.
    below, rows = None, chosen.order_by("-id")
    while True:
        batch = list((rows.filter(pk__lt=below) if below else rows)[:BATCH])
        if not batch:
            return
        below = batch[-1].pk
        yield batch
