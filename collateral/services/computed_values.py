"""Set-based step of the nightly sweep: values that follow an index, a curve or a market price between two appraisals.

One query a source finds what is due in a range of loans and all figures for it; the rules of the domain make the value; what is made is
written at once. Every value keeps what it was made from, and is marked as computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from collateral.domain.index_values import YEARS, IndexFacts, fell, index_value
from collateral.domain.revaluation import COMMERCIAL, HOMES, Settings, computed_until, rule_for, shares_left
from collateral.events import RevaluationDue, ValuationAccepted
from collateral.models import ComputedValue, Valuation
from collateral.selectors.value_settings import COMMERCIAL_USE, settings_in_force
from collateral.services.quoted_values import CENT
from core.events import Event, publish_all
from loans.selectors.loans import LIVE

# What real estate is in the calendar that is not commercial.
HOME = "REAL_ESTATE"
# An index or a price older than this many days says nothing about today.
INDEX_AGE, PRICE_AGE = 400, 7

# Assets that secure running loans of the range, with the first loan; their value now, and the last appraised one. What was found not to be as it
# was valued is worth what an appraiser says next, and nothing that a market or a curve makes of what was said before.
_PLEDGED = """
WITH pledged AS (
  SELECT p.asset_id, min(l.id) AS loan_id
  FROM loans_loan l JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
  WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
  GROUP BY p.asset_id
)
"""
# No value moves on from one that a second person upheld to be wrong, nor is one what was lent on.
_TRUE = """NOT EXISTS (
  SELECT FROM collateral_redflag f LEFT JOIN collateral_computedvalue x ON x.valuation_id = f.valuation_id
  WHERE f.asset_id = a.id AND f.state = 'UPHELD' AND v.id IN (f.valuation_id, x.base_id)
)"""
_VALUES = f"""
JOIN LATERAL (
  SELECT id, market_value, valued_date, ended_date FROM collateral_valuation WHERE asset_id = a.id AND state = 'ACCEPTED'
  ORDER BY valued_date DESC, id DESC LIMIT 1
) present ON present.ended_date IS NULL
JOIN LATERAL (
  SELECT v.id, v.market_value, v.valued_date FROM collateral_valuation v LEFT JOIN collateral_computedvalue c ON c.valuation_id = v.id
  WHERE v.asset_id = a.id AND v.state IN ('ACCEPTED', 'EXPIRED') AND c.id IS NULL AND {_TRUE}
  ORDER BY v.decided_at DESC NULLS LAST, v.valued_date DESC, v.id DESC LIMIT 1
) base ON true
"""
# Homes are what the calendar takes for homes, whoever sold one nearby. An asset was lent on when the first of all running loans it secures was
# paid out, in whatever range that loan is.
BY_INDEX = (
    _PLEDGED
    + f"""
SELECT a.id, k.kind, a.currency, d.loan_id, present.valued_date, base.id, base.market_value, base.valued_date,
  s.code, then_.value, then_.period_end, now_.value, now_.period_end, mean.value, mean.points, origin.market_value
FROM pledged d JOIN collateral_asset a ON a.id = d.asset_id AND a.kind IN ('REAL_ESTATE', 'LAND')
LEFT JOIN collateral_homefacts h ON h.asset_id = a.id
LEFT JOIN collateral_propertyfacts f ON f.asset_id = a.id
CROSS JOIN LATERAL (SELECT CASE WHEN a.kind = 'REAL_ESTATE' AND {COMMERCIAL_USE} THEN 'COMMERCIAL' ELSE a.kind END AS kind) k
CROSS JOIN LATERAL (
  SELECT min(l.disbursed_date) AS lent FROM collateral_pledge p JOIN loans_loan l ON l.application_id = p.application_id AND l.state = ANY(%(live)s)
  WHERE p.asset_id = a.id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
) o
"""
    + _VALUES
    + f"""
JOIN LATERAL (
  SELECT v.market_value FROM collateral_valuation v LEFT JOIN collateral_computedvalue c ON c.valuation_id = v.id
  WHERE v.asset_id = a.id AND v.state IN ('ACCEPTED', 'EXPIRED') AND c.id IS NULL AND {_TRUE}
  ORDER BY v.valued_date <= o.lent DESC, CASE WHEN v.valued_date <= o.lent THEN v.valued_date END DESC, v.valued_date, v.id LIMIT 1
) origin ON true
JOIN LATERAL (
  SELECT id, code FROM collateral_indexseries
  WHERE used AND country = a.country AND region IN ('', COALESCE(h.region, '')) ORDER BY region DESC LIMIT 1
) s ON true
JOIN LATERAL (
  SELECT value, period_end FROM collateral_indexpoint
  WHERE series_id = s.id AND period_end <= base.valued_date ORDER BY period_end DESC LIMIT 1
) then_ ON true
JOIN LATERAL (
  SELECT value, period_end FROM collateral_indexpoint
  WHERE series_id = s.id AND period_end <= %(day)s AND period_end > %(day)s::date - %(age)s ORDER BY period_end DESC LIMIT 1
) now_ ON now_.period_end > then_.period_end
LEFT JOIN LATERAL (
  SELECT avg(q.value) AS value, count(q.value) AS points
  FROM generate_series(0, CASE WHEN k.kind = 'REAL_ESTATE' THEN %(residential)s ELSE %(commercial)s END) AS back
  JOIN LATERAL (
    SELECT value FROM collateral_indexpoint
    WHERE series_id = s.id AND period_end <= (now_.period_end - back * interval '1 year')::date
      AND period_end > (now_.period_end - back * interval '1 year')::date - 100
    ORDER BY period_end DESC LIMIT 1
  ) q ON true
) mean ON true
WHERE present.valued_date <= %(by_index)s
FOR UPDATE OF a SKIP LOCKED
"""
)
BY_CURVE = (
    _PLEDGED
    + """
SELECT a.id, a.kind, a.currency, d.loan_id, present.valued_date, base.id, base.market_value, base.valued_date, e.curve, e.bought_date, e.held
FROM pledged d JOIN collateral_asset a ON a.id = d.asset_id JOIN collateral_equipmentfacts e ON e.asset_id = a.id
"""
    + _VALUES
    # What was recorded first after others counted on the asset moves nothing before a second person saw it.
    + "WHERE present.valued_date <= %(by_curve)s AND NOT e.held @> '[null]' FOR UPDATE OF a SKIP LOCKED"
)
BY_QUOTE = (
    _PLEDGED
    + """
SELECT a.id, a.kind, a.currency, d.loan_id, present.valued_date, base.id, base.market_value, base.valued_date,
  h.confirmed_isin, h.confirmed_quantity, q.price, q.price_date, w.price, w.price_date, w.source_id,
  CASE WHEN o.open THEN c.evidence ->> 'before' ELSE present.market_value::text END,
  CASE WHEN o.open THEN c.evidence ->> 'before_day' ELSE present.valued_date::text END
FROM pledged d JOIN collateral_asset a ON a.id = d.asset_id JOIN collateral_securityholding h ON h.asset_id = a.id
"""
    + _VALUES
    # A price that waits for a second person counts where it is lower than the last one that does, or than the value in force: what was in force
    # before it is kept beside it.
    + """
LEFT JOIN collateral_computedvalue c ON c.valuation_id = present.id
CROSS JOIN LATERAL (
  SELECT EXISTS (SELECT FROM collateral_waitingprice WHERE source_id::text = c.evidence ->> 'waiting') AS open
) o
LEFT JOIN LATERAL (
  SELECT price, price_date FROM collateral_securityprice
  WHERE isin = h.confirmed_isin AND currency = a.currency AND price_date <= %(day)s AND price_date > %(day)s::date - %(price_age)s
    AND NOT EXISTS (SELECT FROM collateral_securitysplit s WHERE s.isin = h.confirmed_isin AND s.split_date > price_date)
  ORDER BY price_date DESC LIMIT 1
) q ON true
LEFT JOIN LATERAL (
  SELECT price, price_date, source_id FROM collateral_waitingprice
  WHERE isin = h.confirmed_isin AND currency = a.currency AND price_date <= %(day)s AND price_date > %(day)s::date - %(price_age)s
    AND price_date > COALESCE(q.price_date, '-infinity') AND price_date > present.valued_date
    AND NOT EXISTS (SELECT FROM collateral_securitysplit s WHERE s.isin = h.confirmed_isin AND s.split_date > price_date)
  ORDER BY price, price_date DESC LIMIT 1
) w ON true
WHERE q.price_date > present.valued_date OR w.price * h.confirmed_quantity < present.market_value
FOR UPDATE OF a SKIP LOCKED
"""
)
EXPIRE = "UPDATE collateral_valuation SET state = 'EXPIRED' WHERE state = 'ACCEPTED' AND asset_id = ANY(%(assets)s)"


@dataclass(frozen=True)
class Due:
    """An asset whose value may be computed anew: `kind` is its class in the calendar, its value now is of `present_date`, the last appraised one is `base_value`."""

    asset_id: UUID
    kind: str
    currency: str
    loan_id: int
    present_date: date
    base_id: UUID
    base_value: Decimal
    base_date: date


@dataclass(frozen=True)
class Computed:
    """A value to be written: what counts, on which day, what it would be without a cap, and what it was made from."""

    due: Due
    source: str
    method: str
    value: Decimal
    valued_date: date
    uncapped: Decimal
    cap: Decimal | None = None
    evidence: dict[str, str] = field(default_factory=dict)
    declined: bool = False


Make = Callable[[Due, tuple[Any, ...], Settings, date], Computed]


def revalue(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Compute what the calendar asks for among assets behind running loans of an inclusive range of ids. Returns how many values were made."""
    settings = settings_in_force()
    asked: dict[str, Any] = {
        "day": business_date,
        "first": first_loan_id,
        "last": last_loan_id,
        "age": INDEX_AGE,
        "price_age": PRICE_AGE,
        "residential": YEARS[True],
        "commercial": YEARS[False],
        "homes": list(HOMES),
        "live": list(LIVE),
        "by_index": business_date - _least(settings, "REAL_ESTATE", COMMERCIAL, "LAND"),
        "by_curve": business_date - _least(settings, "MACHINERY", "VEHICLE"),
    }
    made: list[Computed] = []
    for query, make in ((BY_INDEX, _by_index), (BY_CURVE, _by_curve), (BY_QUOTE, _by_quote)):
        with connection.cursor() as cursor:
            cursor.execute(query, asked)
            rows = cursor.fetchall()
        made += [make(due, row[8:], settings, business_date) for row in rows if _wanted(due := Due(*row[:8]), settings, business_date)]
    _write(made, settings, business_date)
    return len(made)


def _least(settings: Settings, *kinds: str) -> timedelta:
    """The shortest time after which a value of these classes may be computed anew: what is younger need not be looked at."""
    days = [rule.computed_days for rule in settings.rules if rule.kind in kinds and rule.computed_days]
    return timedelta(days=min(days, default=36_500))


def _wanted(due: Due, settings: Settings, today: date) -> bool:
    """Whether the calendar asks for a computed value now, and an appraiser need not look first."""
    rule = rule_for(settings, due.kind, due.base_value)
    if not rule.computed_days or (today - due.present_date).days < rule.computed_days:
        return False
    return computed_until(settings, due.kind, due.base_value, due.base_date, today) is not None


def _by_index(due: Due, facts: tuple[Any, ...], settings: Settings, today: date) -> Computed:
    series, base_index, base_end, index, end, average, points, origination = facts
    known = IndexFacts(due.base_value, base_index, index, average, points or 0, origination)
    found = index_value(known)
    evidence = {
        "series": series,
        "index_then": str(base_index),
        "then": base_end.isoformat(),
        "index_now": str(index),
        "now": end.isoformat(),
        "cap_source": found.cap_source,
        "points": str(points or 0),
        "years": str(YEARS[due.kind == HOME]),
    }
    declined = fell(known, settings.decline)
    return Computed(due, "INDEX", "INDEX", found.value, today, found.moved, found.cap, evidence, declined)


def _by_curve(due: Due, facts: tuple[Any, ...], settings: Settings, today: date) -> Computed:
    name, bought, held = facts
    known = [(name, bought), *((one["curve"], date.fromisoformat(one["bought_date"])) for one in json.loads(held))]
    shares = [(*shares_left(settings.curves, one, day, then=due.base_date, now=today), one, day) for one, day in known]
    then, now, name, bought = min(shares, key=lambda row: row[1] / row[0] if row[0] else Decimal(0))
    # A curve that has come to nothing leaves what the smallest coin says: a value is above zero.
    value = max(CENT, (due.base_value * now / then if then else CENT).quantize(CENT, ROUND_HALF_EVEN))
    evidence = {"curve": name, "bought": bought.isoformat(), "left_then": f"{then:.4f}", "left_now": f"{now:.4f}"}
    return Computed(due, "CURVE", "COST", value, today, value, None, evidence)


def _by_quote(due: Due, facts: tuple[Any, ...], settings: Settings, today: date) -> Computed:
    isin, quantity, price, day, lower, fell_day, source, before, before_day = facts
    waits: dict[str, str] = {}
    if lower is not None and (price is None or lower < price):
        price, day, waits = lower, fell_day, {"waiting": str(source), "before": before, "before_day": before_day}
    value = max(CENT, (quantity * price).quantize(CENT, ROUND_HALF_EVEN))
    declined = value <= due.base_value * (1 - settings.decline)
    evidence = {"isin": isin, "quantity": str(quantity), "price": str(price), "day": day.isoformat(), **waits}
    return Computed(due, "QUOTE", "MARKET_QUOTE", value, day, value, None, evidence, declined)


def _write(made: Iterable[Computed], settings: Settings, today: date) -> None:
    """Let the computed values take the place of those before, and tell the world."""
    found = list(made)
    if not found:
        return
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"assets": [one.due.asset_id for one in found]})
    now = timezone.now()
    valuations = [
        Valuation(
            asset_id=one.due.asset_id,
            ordered_date=today,
            state=Valuation.State.ACCEPTED,
            decided_at=now,
            method=one.method,
            market_value=one.value,
            currency=one.due.currency,
            valued_date=one.valued_date,
            expires_date=computed_until(settings, one.due.kind, one.due.base_value, one.due.base_date, one.valued_date),
        )
        for one in found
    ]
    Valuation.objects.bulk_create(valuations, batch_size=2000)
    ComputedValue.objects.bulk_create(
        [
            ComputedValue(
                valuation=valuation,
                base_id=one.due.base_id,
                source=one.source,
                uncapped=one.uncapped,
                cap=one.cap,
                evidence=one.evidence,
            )
            for valuation, one in zip(valuations, found, strict=True)
        ],
        batch_size=2000,
    )
    events: list[Event] = [ValuationAccepted(valuation_id=str(row.pk), asset_id=str(row.asset_id)) for row in valuations]
    events += [
        RevaluationDue(asset_id=str(one.due.asset_id), loan_id=one.due.loan_id, expired_date=today.isoformat(), reason="FELL")
        for one in found
        if one.declined
    ]
    publish_all(events)
