"""The most that counts of values of land and buildings on which money was lent before (CRR article 229(1)(e)),
for any number of them at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from collateral.domain.calendar import HOMES
from collateral.domain.index_values import LEAST_POINTS, YEARS, average_of, cap_of
from collateral.models import AssetKind, Valuation
from collateral.selectors.property_values import APPRAISED, CLASS, INDEX_AGE, LENT, MEAN, ORIGIN, PLACES
from core.money import unit
from loans.selectors.loans import LIVE

# A row for each value and place whose index the property follows; of an asset that secures no running loan, or had no value before this
# one, none.
_CAPS = (
    """
SELECT base.id, a.id, a.currency, base.valued_date, base.market_value, k.kind, mean.value, COALESCE(mean.points, 0), origin.market_value, origin.valued_date, o.lent
FROM collateral_valuation base JOIN collateral_asset a ON a.id = base.asset_id AND a.kind IN ('REAL_ESTATE', 'LAND')
"""
    + CLASS
    + LENT
    + ORIGIN.format(appraised=f"{APPRAISED} AND v.id <> base.id")
    + PLACES
    # The years are counted back from the day of the value itself, where the index says anything about it.
    + "CROSS JOIN LATERAL (SELECT then_.period_end) now_"
    + MEAN
    + "WHERE base.id = ANY(%(values)s) AND o.lent IS NOT NULL"
)
_KNOWN = f"""
SELECT a.id, v.id, v.valued_date, v.market_value FROM collateral_asset a JOIN LATERAL (SELECT v.* FROM {APPRAISED}) v ON true
WHERE a.id = ANY(%(assets)s)
"""


@dataclass(frozen=True)
class Cap:
    """What counts of a value: `amount`, the average of so many `years` or, with 0, what it was worth when the money was lent on
    `lent_date`; `origin_date` is the day of that value.
    """

    amount: Decimal
    years: int
    origin_date: date
    lent_date: date


def find_cap(valuation: Valuation) -> Cap | None:
    """What caps a value that waits or is in force, where that is less than what was said; works are not looked at. Two queries for land and
    buildings, none for other classes."""
    if (
        valuation.asset.kind not in (AssetKind.REAL_ESTATE, AssetKind.LAND)
        or valuation.market_value is None
        or valuation.valued_date is None
    ):
        return None
    return find_caps([valuation.pk]).get(valuation.pk)


def find_caps(values: Collection[UUID]) -> dict[UUID, Cap]:
    """The same of many, by the key of the value: two queries for any number."""
    asked: dict[str, Any] = {
        "values": list(values),
        "live": list(LIVE),
        "age": INDEX_AGE,
        "homes": list(HOMES),
        "residential": YEARS[True],
        "commercial": YEARS[False],
    }
    with connection.cursor() as cursor:
        cursor.execute(_CAPS, asked)
        rows = cursor.fetchall()
    known = _appraised({row[1] for row in rows if row[7] < LEAST_POINTS})
    found: dict[UUID, Cap] = {}
    said: dict[UUID, Decimal] = {}
    for key, asset, currency, valued, value, kind, mean, points, origination, origin_date, lent in rows:
        span = YEARS[kind == AssetKind.REAL_ESTATE]
        if points < LEAST_POINTS:
            others = [(day, amount) for other, day, amount in known[asset] if other != key]
            mean, points = average_of([*others, (valued, value)], valued, span)
        amount, source = cap_of(origination, mean, points, unit(currency))
        cap = Cap(amount, span if source == "average" else 0, origin_date, lent)
        # Of several places the one that leaves least.
        found[key] = min(found.get(key, cap), cap, key=lambda one: (one.amount, one.years))
        said[key] = value
    return {key: cap for key, cap in found.items() if cap.amount < said[key]}


def _appraised(assets: Collection[UUID]) -> defaultdict[UUID, list[tuple[UUID, date, Decimal]]]:
    """What appraisers said of each asset that counts or counted."""
    found: defaultdict[UUID, list[tuple[UUID, date, Decimal]]] = defaultdict(list)
    if assets:
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, {"assets": list(assets)})
            for asset, key, day, value in cursor.fetchall():
                if day and value:
                    found[asset].append((key, day, value))
    return found
