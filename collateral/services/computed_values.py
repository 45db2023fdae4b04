"""Set-based step of the nightly sweep: values that follow an index, a curve or a market price between two appraisals.

One query finds what in a range of loans may be worth something else by now, and one a source all figures for it; the rules of the domain
make the value; what is made is written at once. Every value keeps what it was made from, and is marked as computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from collateral.domain.calendar import COMMERCIAL, HOMES
from collateral.domain.computed_values import Computed, Due, by_curve, by_index, by_quote, lowest
from collateral.domain.index_values import YEARS
from collateral.domain.revaluation import Settings, computed_until, rule_for
from collateral.events import RevaluationDue, ValuationAccepted
from collateral.models import Pledge
from collateral.selectors.exposures import exposures_of
from collateral.selectors.holdings import PRICE_AGE
from collateral.selectors.property_values import APPRAISED, CLASS, INDEX_AGE, LENT, MEAN, ORIGIN, PLACES
from collateral.selectors.value_settings import settings_in_force
from core.bulk_rows import in_batches
from core.business_date import get_bank
from core.by_keys import by_keys
from core.events import Event, publish_all
from core.uuids import uuid7
from loans.models import Application
from loans.selectors.loans import LIVE

# Whether the index that the value in force was `made` of was revised since.
_REVISED = """EXISTS (
  SELECT FROM collateral_indexseries r WHERE r.code = made.evidence ->> 'series' AND r.revised_date >= present.valued_date
)"""
# Assets that secure running loans of the range, with the first loan, of which a source may say something else by now: their value is old or
# there is none, its index was revised, or they are papers, whose price may be another any day. Only these are looked at in full.
# OFFSET 0 keeps a question asked of each by its key.
FOLLOWED = f"""
WITH pledged AS (
  SELECT p.asset_id, min(l.id) AS loan_id
  FROM loans_loan l JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
  WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
  GROUP BY p.asset_id
)
SELECT d.asset_id, d.loan_id FROM pledged d
LEFT JOIN LATERAL (
  SELECT id, valued_date FROM collateral_valuation WHERE asset_id = d.asset_id AND state = 'ACCEPTED'
  ORDER BY valued_date DESC, id DESC LIMIT 1
) present ON true
WHERE present.id IS NULL OR present.valued_date <= %(by_any)s
  OR EXISTS (SELECT FROM collateral_securityholding h WHERE h.asset_id = d.asset_id OFFSET 0)
  OR present.valued_date <= (SELECT max(revised_date) FROM collateral_indexseries WHERE used) AND EXISTS (
    SELECT FROM collateral_computedvalue made WHERE made.valuation_id = present.id AND made.source = 'INDEX' AND {_REVISED}
  )
"""
# Their value now, and the last appraised one. What was found not to be as it was valued is worth what an appraiser says next, and nothing
# that a market or a curve makes of what was said before.
_PLEDGED = "WITH pledged AS (SELECT * FROM unnest(%(assets)s::uuid[], %(loans)s::bigint[]) AS one(asset_id, loan_id))"
# The same of what secures no running loan yet, or a file that was decided: its money leaves on what the paper is worth by then.
_PLEDGED_WAITING = """
WITH pledged AS (
  SELECT DISTINCT p.asset_id, NULL::bigint AS loan_id FROM collateral_pledge p
  WHERE p.state = ANY(%(pledged)s) AND (%(application)s IS NULL OR p.application_id = %(application)s) AND NOT EXISTS (
    SELECT FROM collateral_pledge s JOIN loans_loan l ON l.application_id = s.application_id AND l.state = ANY(%(live)s)
    WHERE %(application)s IS NULL AND s.asset_id = p.asset_id AND s.state IN ('PERFECTED', 'PARTLY_RELEASED')
  )
)
"""
# One that ran out lately, while nothing could be computed, is followed too.
_VALUES = f"""
JOIN LATERAL (
  (SELECT id, market_value, valued_date, ended_date FROM collateral_valuation WHERE asset_id = a.id AND state = 'ACCEPTED'
   ORDER BY valued_date DESC, id DESC LIMIT 1)
  UNION ALL
  (SELECT id, market_value, valued_date, ended_date FROM (
     SELECT * FROM collateral_valuation WHERE asset_id = a.id AND state = 'EXPIRED'
     ORDER BY decided_at DESC NULLS LAST, valued_date DESC, id DESC LIMIT 1
   ) ran_out WHERE expires_date BETWEEN %(day)s::date - %(grace)s AND %(day)s::date
     AND NOT EXISTS (SELECT FROM collateral_valuation WHERE asset_id = a.id AND state = 'ACCEPTED'))
  LIMIT 1
) present ON present.ended_date IS NULL
JOIN LATERAL (
  SELECT v.id, v.market_value, v.valued_date FROM {APPRAISED}
  ORDER BY v.decided_at DESC NULLS LAST, v.valued_date DESC, v.id DESC LIMIT 1
) base ON true
"""
BY_INDEX = (
    _PLEDGED
    + f"""
SELECT a.id, k.kind, a.currency, d.loan_id, present.valued_date, base.id, base.market_value, base.valued_date,
  {_REVISED},
  s.code, then_.value, then_.period_end, now_.value, now_.period_end, mean.value, mean.points, origin.market_value,
  present.market_value
FROM pledged d JOIN collateral_asset a ON a.id = d.asset_id AND a.kind IN ('REAL_ESTATE', 'LAND')
"""
    + CLASS
    + LENT
    + _VALUES
    + ORIGIN.format(appraised=APPRAISED)
    # By its key: a merge would go through all values that were ever computed for each shard.
    + "LEFT JOIN LATERAL (SELECT evidence FROM collateral_computedvalue WHERE valuation_id = present.id AND source = 'INDEX' OFFSET 0) made ON true"
    + PLACES
    + """
LEFT JOIN LATERAL (
  SELECT value, period_end FROM collateral_indexpoint
  WHERE series_id = s.id AND period_end <= %(day)s AND period_end > %(day)s::date - %(age)s ORDER BY period_end DESC LIMIT 1
) now_ ON now_.period_end > then_.period_end
"""
    + MEAN
    + f"""
WHERE (now_.period_end IS NOT NULL OR a.held_places <> '[]')
  -- When the calendar asks for it; and once more after the index that made the value in force was revised.
  AND present.valued_date <= GREATEST(%(by_index)s, (SELECT max(revised_date) FROM collateral_indexseries WHERE used))
  AND (present.valued_date <= %(by_index)s OR {_REVISED})
FOR UPDATE OF a SKIP LOCKED
"""
)
BY_CURVE = (
    _PLEDGED
    + """
SELECT a.id, a.kind, a.currency, d.loan_id, present.valued_date, base.id, base.market_value, base.valued_date, false, e.curve, e.bought_date, e.held
FROM pledged d JOIN collateral_asset a ON a.id = d.asset_id JOIN collateral_equipmentfacts e ON e.asset_id = a.id
"""
    + _VALUES
    # What was recorded first after others counted on the asset moves nothing before a second person saw it.
    + "WHERE present.valued_date <= %(by_curve)s AND NOT e.held @> '[null]' FOR UPDATE OF a SKIP LOCKED"
)
_BY_QUOTE = (
    """
SELECT a.id, a.kind, a.currency, d.loan_id, present.valued_date, base.id, base.market_value, base.valued_date, false,
  h.confirmed_isin, h.confirmed_quantity, q.price, q.price_date, w.price, w.price_date, w.source_id,
  CASE WHEN o.open THEN c.evidence ->> 'before' ELSE present.market_value::text END,
  CASE WHEN o.open THEN c.evidence ->> 'before_day' ELSE present.valued_date::text END
FROM pledged d JOIN collateral_asset a ON a.id = d.asset_id JOIN collateral_securityholding h ON h.asset_id = a.id
"""
    + _VALUES
    # A price that waits for a second person counts where it is lower than the last one that does, or than the value in force: what was in
    # force before it is kept beside it.
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
) q ON q.price_date > present.valued_date
LEFT JOIN LATERAL (
  SELECT price, price_date, source_id FROM collateral_waitingprice
  WHERE isin = h.confirmed_isin AND currency = a.currency AND price_date <= %(day)s AND price_date > %(day)s::date - %(price_age)s
    AND price_date > COALESCE(q.price_date, '-infinity') AND price_date > present.valued_date
    AND NOT EXISTS (SELECT FROM collateral_securitysplit s WHERE s.isin = h.confirmed_isin AND s.split_date > price_date)
  ORDER BY price, price_date DESC LIMIT 1
) w ON true
WHERE q.price IS NOT NULL OR w.price * h.confirmed_quantity < present.market_value
FOR UPDATE OF a SKIP LOCKED
"""
)
BY_QUOTE, BY_QUOTE_WAITING = _PLEDGED + _BY_QUOTE, _PLEDGED_WAITING + _BY_QUOTE
EXPIRE = "UPDATE collateral_valuation SET state = 'EXPIRED' WHERE state = 'ACCEPTED' AND asset_id = ANY(%(assets)s)"
# Lists of values cost a night that makes many a fifth of what rows of the ORM do.
WRITE = """
WITH made AS (
  SELECT * FROM unnest(
    %(ids)s::uuid[], %(assets)s::uuid[], %(methods)s::text[], %(values)s::numeric[], %(currencies)s::text[], %(days)s::date[], %(ends)s::date[],
    %(bases)s::uuid[], %(sources)s::text[], %(uncapped)s::numeric[], %(caps)s::numeric[], %(evidence)s::jsonb[]
  ) AS one(id, asset_id, method, market_value, currency, valued_date, expires_date, base_id, source, uncapped, cap, evidence)
), valued AS (
  INSERT INTO collateral_valuation (
    id, asset_id, ordered_date, state, decided_at, method, market_value, currency, valued_date, expires_date,
    order_reason, remarks, decision_reason, comparables, sealed, independence_declared
  )
  SELECT id, asset_id, %(today)s, 'ACCEPTED', %(now)s, method, market_value, currency, valued_date, expires_date, '', '', '', '[]', false, false
  FROM made
)
INSERT INTO collateral_computedvalue (valuation_id, base_id, source, uncapped, cap, evidence)
SELECT id, base_id, source, uncapped, cap, evidence FROM made
"""


Make = Callable[[Due, tuple[Any, ...], Settings, date], Computed]
_SOURCES: tuple[tuple[str, Make], ...] = ((BY_INDEX, by_index), (BY_CURVE, by_curve), (BY_QUOTE, by_quote))


def revalue(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Compute what the calendar asks for among assets behind running loans of an inclusive range of ids, from the value in force or one
    that ran out within the days of grace. Returns how many values were made.
    """
    settings = settings_in_force()
    asked: dict[str, Any] = {
        "day": business_date,
        "first": first_loan_id,
        "last": last_loan_id,
        "age": INDEX_AGE,
        "price_age": PRICE_AGE,
        "grace": settings.grace_days,
        "residential": YEARS[True],
        "commercial": YEARS[False],
        "homes": list(HOMES),
        "live": list(LIVE),
        "by_index": business_date - _least(settings, "REAL_ESTATE", COMMERCIAL, "LAND"),
        "by_curve": business_date - _least(settings, "MACHINERY", "VEHICLE"),
    }
    asked["by_any"] = max(asked["by_index"], asked["by_curve"])
    said: list[tuple[Make, list[tuple[Any, ...]]]] = []
    with by_keys(), connection.cursor() as cursor:
        cursor.execute(FOLLOWED, asked)
        followed = cursor.fetchall()
        if not followed:
            return 0
        asked |= {"assets": [asset for asset, _ in followed], "loans": [loan for _, loan in followed]}
        for query, make in _SOURCES:
            cursor.execute(query, asked)
            said.append((make, cursor.fetchall()))
    made: list[Computed] = []
    for make, rows in said:
        made += lowest(make(due, row[9:], settings, business_date) for due, row in _wanted(rows, settings, business_date))
    _write(made, business_date)
    return len(made)


@transaction.atomic
def reprice_waiting(*, business_date: date, application: Application | None = None) -> int:
    """Compute what securities are worth that secure no running loan yet, by the calendar and the prices on file; of an `application` all
    that are pledged for it, lent on already or not. Returns how many values were made.
    """
    settings = settings_in_force()
    asked: dict[str, Any] = {
        "day": business_date,
        "price_age": PRICE_AGE,
        "grace": settings.grace_days,
        "live": list(LIVE),
        "pledged": [state.value for state in (*Pledge.WAITING, *Pledge.STANDING)],
        "application": application.pk if application is not None else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_QUOTE_WAITING, asked)
        rows = cursor.fetchall()
    made = lowest(by_quote(due, row[9:], settings, business_date) for due, row in _wanted(rows, settings, business_date))
    _write(made, business_date)
    return len(made)


def _least(settings: Settings, *kinds: str) -> timedelta:
    """The shortest time after which a value of these classes may be computed anew: what is younger need not be looked at."""
    days = [rule.computed_after for rule in settings.rules if rule.kind in kinds and rule.computed_days]
    return timedelta(days=min(days, default=36_500))


def _wanted(rows: Iterable[tuple[Any, ...]], settings: Settings, today: date) -> Iterator[tuple[Due, tuple[Any, ...]]]:
    """Of which rows the calendar asks for a computed value now, and an appraiser need not look first. How much is owed is asked once, about
    assets of classes that have a rule by size.
    """
    found = [(Due(*row[:9]), row) for row in rows]
    by_size = {rule.kind for rule in settings.rules if rule.from_value}
    sized = {due.asset_id for due, _ in found if due.kind in by_size}
    owed, own = exposures_of(sized), get_bank().currency if sized else ""
    for due, row in found:
        size = max(due.base_value, owed.get(due.asset_id, due.base_value))
        rule = rule_for(settings, due.kind, size, due.currency if sized else "", own)
        old = due.revised or (today - due.present_date).days >= rule.computed_after
        if rule.computed_days and old and computed_until(rule, due.base_date, today) is not None:
            yield replace(due, rule=rule), row


def _holds_until(one: Computed) -> date | None:
    """The first day on which a computed value no longer counts, from the day it is of: that of its price, which may be some days old."""
    return computed_until(one.due.rule, one.due.base_date, one.valued_date) if one.due.rule is not None else None


def _write(made: Iterable[Computed], today: date) -> None:
    """Let the computed values take the place of those before, and tell the world: three statements a batch."""
    now = timezone.now()
    for found in in_batches(made):
        asked: dict[str, Any] = {
            "today": today,
            "now": now,
            "ids": [uuid7() for _ in found],
            "assets": [one.due.asset_id for one in found],
            "methods": [one.method for one in found],
            "values": [one.value for one in found],
            "currencies": [one.due.currency for one in found],
            "days": [one.valued_date for one in found],
            "ends": [_holds_until(one) for one in found],
            "bases": [one.due.base_id for one in found],
            "sources": [one.source for one in found],
            "uncapped": [one.uncapped for one in found],
            "caps": [one.cap for one in found],
            "evidence": [json.dumps(one.evidence) for one in found],
        }
        with connection.cursor() as cursor:
            cursor.execute(EXPIRE, asked)
            cursor.execute(WRITE, asked)
        events: list[Event] = [
            ValuationAccepted(valuation_id=str(key), asset_id=str(one.due.asset_id)) for key, one in zip(asked["ids"], found, strict=True)
        ]
        events += [
            RevaluationDue(asset_id=str(one.due.asset_id), loan_id=one.due.loan_id, expired_date=today.isoformat(), reason="FELL")
            for one in found
            if one.declined and one.due.loan_id is not None
        ]
        publish_all(events)
