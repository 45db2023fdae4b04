"""The cap that CRR article 229(1)(e) puts on an appraiser's value of land or a building on which money was lent before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from collateral.domain.index_values import LEAST_POINTS, YEARS, average_of, cap_of
from collateral.domain.revaluation import HOMES
from collateral.models import AssetKind, Valuation
from collateral.selectors.property_values import APPRAISED, CLASS, INDEX_AGE, LENT, MEAN, ORIGIN, PLACES
from core import audit
from loans.selectors.loans import LIVE

# A row for each place whose index the property follows; an asset that secures no running loan, or had no value before this one, has none.
_CAPS = (
    """
SELECT k.kind, mean.value, COALESCE(mean.points, 0), origin.market_value
FROM collateral_asset a JOIN collateral_valuation base ON base.id = %(valuation)s AND base.asset_id = a.id
"""
    + CLASS
    + LENT
    + ORIGIN.format(appraised=f"{APPRAISED} AND v.id <> base.id")
    + PLACES
    # The years are counted back from the day of the value itself, where the index says anything about it.
    + "CROSS JOIN LATERAL (SELECT CASE WHEN then_.period_end > base.valued_date - %(age)s THEN then_.period_end END AS period_end) now_"
    + MEAN
    + "WHERE o.lent IS NOT NULL"
)
_KNOWN = f"SELECT v.valued_date, v.market_value FROM collateral_asset a JOIN LATERAL (SELECT v.* FROM {APPRAISED}) v ON true WHERE a.id = %(asset)s"
# A cap ends with the loans that it was put on for.
_LIFT = """
UPDATE collateral_valuation v SET cap = NULL, cap_years = 0
WHERE v.cap IS NOT NULL AND v.state = 'ACCEPTED' AND NOT EXISTS (
  SELECT FROM collateral_pledge p JOIN loans_loan l ON l.application_id = p.application_id
  WHERE p.asset_id = v.asset_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED') AND l.state = ANY(%(live)s) AND l.disbursed_date <= v.cap_date
)
RETURNING v.id
"""


def cap_value(valuation: Valuation, *, business_date: date) -> None:
    """Hold an accepted value to the cap where the property was lent on before: what was said stays, and `cap` is what counts of it. Of several
    places the lowest. A few queries for land and buildings, none for other classes."""
    value, valued = valuation.market_value, valuation.valued_date
    if valuation.asset.kind not in (AssetKind.REAL_ESTATE, AssetKind.LAND) or value is None or valued is None:
        return
    years = {"residential": YEARS[True], "commercial": YEARS[False]}
    with connection.cursor() as cursor:
        cursor.execute(_CAPS, {"valuation": valuation.pk, "live": list(LIVE), "age": INDEX_AGE, "homes": list(HOMES), **years})
        places = cursor.fetchall()
    if not places:
        return
    caps = []
    for kind, mean, points, origination in places:
        span = YEARS[kind == AssetKind.REAL_ESTATE]
        if points < LEAST_POINTS:
            mean, points = average_of(_appraised(valuation.asset_id), valued, span)
        cap, source = cap_of(origination, mean, points)
        caps.append((cap, span if source == "average" else 0))
    cap, span = min(caps)
    if cap >= value:
        return
    valuation.cap, valuation.cap_years, valuation.cap_date = cap, span, business_date
    valuation.save(update_fields=["cap", "cap_years", "cap_date"])
    audit.record(
        "valuation.capped",
        actor=None,
        target=valuation,
        branch=valuation.asset.branch_id,
        label=valuation.asset.reference,
        said=f"{value:.2f}",
        counts=f"{cap:.2f}",
        years=span,
    )


def lift_caps() -> int:
    """End the caps of values in force behind which no loan runs any more that was paid out before them. One statement; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_LIFT, {"live": list(LIVE)})
        return len(cursor.fetchall())


def _appraised(asset: UUID) -> list[tuple[date, Decimal]]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"asset": asset})
        return [(day, value) for day, value in cursor.fetchall() if day and value]
