"""Set-based step of the nightly sweep: assets under live loans that have to be valued anew."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from collateral.domain.calendar import HOMES
from collateral.events import RevaluationDue
from collateral.selectors.exposures import OWED_BY_BORROWER
from collateral.selectors.property_values import CLASS
from collateral.selectors.value_settings import settings_in_force
from core.business_date import get_bank
from core.by_keys import by_keys
from core.events import publish_all
from loans.selectors.loans import LIVE

DUE = """
SELECT DISTINCT ON (p.asset_id) p.asset_id, l.id, v.expires_date
FROM loans_loan l
JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
JOIN collateral_valuation v ON v.asset_id = p.asset_id AND v.state = 'ACCEPTED' AND v.expires_date <= %(day)s
JOIN collateral_asset a ON a.id = p.asset_id AND a.state = 'REGISTERED'
WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
ORDER BY p.asset_id, l.id
"""

EXPIRE = """
UPDATE collateral_valuation SET state = 'EXPIRED' WHERE state = 'ACCEPTED' AND asset_id = ANY(%(assets)s) AND expires_date <= %(day)s
"""

# Values that were accepted for longer than the calendar in force lets one of their class and size stand. They count as long as was said
# then: what changes is only when somebody looks again. Told of on the day, and every month until a value is on its way.
OVERTAKEN = f"""
SELECT DISTINCT ON (p.asset_id) p.asset_id, l.id, v.valued_date + r.valid_days
FROM loans_loan l
JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
JOIN collateral_valuation v ON v.asset_id = p.asset_id AND v.state = 'ACCEPTED'
  AND v.expires_date > %(day)s AND v.valued_date <= %(day)s::date - %(shortest)s
JOIN collateral_asset a ON a.id = p.asset_id AND a.state = 'REGISTERED'
{CLASS}JOIN LATERAL (
  SELECT valid_days
  FROM unnest(%(kinds)s::text[], %(sizes)s::numeric[], %(bounds)s::numeric[], %(days)s::int[]) AS rule(kind, from_value, bound, valid_days)
  WHERE rule.kind = k.kind AND CASE
    WHEN from_value = 0 THEN 0 WHEN a.currency = %(own)s THEN bound ELSE coalesce((%(bounds_in)s::jsonb ->> a.currency)::numeric, 0)
  END <= greatest(v.market_value, CASE WHEN from_value > 0 THEN {OWED_BY_BORROWER.format(loan="l")} END)
  ORDER BY from_value DESC LIMIT 1
) r ON v.valued_date + r.valid_days <= %(day)s AND (%(day)s::date - v.valued_date - r.valid_days) %% %(again)s = 0
WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s) AND NOT EXISTS (
  SELECT FROM collateral_valuation w WHERE w.asset_id = p.asset_id AND w.state IN ('ORDERED', 'SUBMITTED', 'CHALLENGED')
)
-- How much is owed is asked only where a rule of the class would tell of it today: a figure and no join, so that it is looked at first.
AND (
  SELECT bool_or(kind = k.kind AND v.valued_date + valid_days <= %(day)s AND (%(day)s::date - v.valued_date - valid_days) %% %(again)s = 0)
  FROM unnest(%(kinds)s::text[], %(days)s::int[]) AS told(kind, valid_days)
)
ORDER BY p.asset_id, l.id
"""
# Values that a finding ended count for less until another is accepted; told of anew every month until one is on its way.
ENDED = """
SELECT DISTINCT ON (p.asset_id) p.asset_id, l.id, v.ended_date
FROM collateral_valuation v
JOIN collateral_asset a ON a.id = v.asset_id AND a.state = 'REGISTERED'
JOIN collateral_pledge p ON p.asset_id = v.asset_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
JOIN loans_loan l ON l.application_id = p.application_id AND l.state = ANY(%(live)s) AND l.id BETWEEN %(first)s AND %(last)s
WHERE v.state = 'ACCEPTED' AND v.ended_date < %(day)s AND (%(day)s::date - v.ended_date) %% %(again)s = 0 AND NOT EXISTS (
  SELECT FROM collateral_valuation w WHERE w.asset_id = p.asset_id AND w.state IN ('ORDERED', 'SUBMITTED', 'CHALLENGED')
)
ORDER BY p.asset_id, l.id
"""
# What secures a loan without any value in force, and none is on its way: told of once when it ran out, and every month from that day on.
WITHOUT = """
WITH bare AS MATERIALIZED (
  SELECT DISTINCT ON (p.asset_id) p.asset_id, l.id, p.perfected_date
  FROM loans_loan l
  JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
  WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
    AND NOT EXISTS (SELECT FROM collateral_valuation v WHERE v.asset_id = p.asset_id AND v.state = 'ACCEPTED')
  ORDER BY p.asset_id, l.id
)
SELECT b.asset_id, b.id, n.since
FROM bare b JOIN collateral_asset a ON a.id = b.asset_id AND a.state = 'REGISTERED'
JOIN LATERAL (
  SELECT coalesce(max(least(v.expires_date, %(day)s::date)) FILTER (WHERE v.state = 'EXPIRED'), b.perfected_date) AS since
  FROM collateral_valuation v WHERE v.asset_id = b.asset_id
  HAVING count(*) FILTER (WHERE v.state IN ('ORDERED', 'SUBMITTED', 'CHALLENGED')) = 0
) n ON n.since < %(day)s AND (%(day)s::date - n.since) %% %(again)s = 0
"""
TOLD_AGAIN_DAYS = 30


def mark_revaluations_due(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Expire accepted valuations that ran out for the loans of a range, and tell the world once per asset that is there; tell it too of
    values that the calendar in force would not let stand as long, which keep their recorded validity, of those that a finding ended, and of
    assets that have no value at all. Returns how many."""
    asked: dict[str, Any] = {"day": business_date, "first": first_loan_id, "last": last_loan_id, "live": list(LIVE)}
    settings, own = settings_in_force(), get_bank().currency
    rules = settings.rules
    by_calendar = {
        "kinds": [rule.kind for rule in rules],
        "sizes": [rule.from_value for rule in rules],
        "bounds": [settings.bound_of(rule, own, own) for rule in rules],
        "bounds_in": json.dumps({currency: str(bound) for currency, bound in settings.two_from_in.items()}),
        "own": own,
        "days": [rule.valid_days for rule in rules],
        "shortest": min(rule.valid_days for rule in rules),
        "homes": list(HOMES),
        "again": TOLD_AGAIN_DAYS,
    }
    with by_keys(), connection.cursor() as cursor:
        cursor.execute(DUE, asked)
        due = cursor.fetchall()
        if due:
            cursor.execute(EXPIRE, {"assets": [row[0] for row in due], "day": business_date})
        cursor.execute(OVERTAKEN, asked | by_calendar)
        overtaken = cursor.fetchall()
        cursor.execute(ENDED, asked | {"again": TOLD_AGAIN_DAYS})
        ended = cursor.fetchall()
        cursor.execute(WITHOUT, asked | {"again": TOLD_AGAIN_DAYS})
        told = {row[0] for row in due}
        without = [row for row in cursor.fetchall() if row[0] not in told]
    publish_all([*_events(due, "EXPIRED"), *_events(overtaken, "CALENDAR"), *_events(ended, "FOUND"), *_events(without, "NONE")])
    return len(due) + len(overtaken) + len(ended) + len(without)


def _events(rows: Iterable[tuple[UUID, int, date]], reason: str) -> list[RevaluationDue]:
    return [RevaluationDue(asset_id=str(asset), loan_id=loan, expired_date=day.isoformat(), reason=reason) for asset, loan, day in rows]
