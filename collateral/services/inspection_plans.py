"""Set-based step of the nightly sweep: when each asset that backs a running loan has to be seen next, by class and risk."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from collateral.models import Pledge
from collateral.selectors.inspection_settings import inspection_rules_in_force
from core.by_keys import by_keys
from loans.selectors.loans import LIVE

# Whoever lent saw what was pledged by then. What came after the money had left, and nobody has seen since, is seen soon.
# An asset that backs loans of several shards belongs to that of the first of them, so that it is planned once. What is planned in a range
# and backs nothing there any more is forgotten on the way; where it moved to an earlier loan, that loan's range plans it.
PLAN = """
WITH touched AS (
    SELECT DISTINCT p.asset_id
    FROM loans_loan l JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state = ANY(%(standing)s)
    WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
), backing AS (
    SELECT t.asset_id, min(l.id) AS loan_id, max(l.days_past_due) AS dpd, bool_or(l.state <> 'ACTIVE') AS ended,
           max(p.perfected_date) FILTER (WHERE p.perfected_date > l.disbursed_date) AS added_date
    FROM touched t
    JOIN collateral_pledge p ON p.asset_id = t.asset_id AND p.state = ANY(%(standing)s)
    JOIN loans_loan l ON l.application_id = p.application_id AND l.state = ANY(%(live)s)
    GROUP BY t.asset_id
    HAVING min(l.id) BETWEEN %(first)s AND %(last)s
), known AS (
    SELECT b.asset_id, b.loan_id, CASE WHEN seen.seen_date < b.added_date IS NOT FALSE THEN b.added_date END AS added_date, a.kind, a.registered_date, seen.seen_date,
           CASE WHEN last.presence = 'SHUT' THEN last.seen_date + %(again)s END AS again_date,
           coalesce(v.market_value, a.stated_value) >= %(large)s AS large,
           b.dpd >= %(raised_dpd)s AND b.dpd < %(high_dpd)s AS late,
           b.dpd >= %(high_dpd)s OR b.ended AS bad,
           coalesce(nullif(seen.use, '') = 'IDLE', NOT a.in_use) AS idle,
           EXISTS (SELECT 1 FROM collateral_redflag f WHERE f.asset_id = a.id AND f.state = 'OPEN') AS flagged,
           coalesce(jsonb_array_length(last.faults) > 0, false) AS faulty
    FROM backing b
    JOIN collateral_asset a ON a.id = b.asset_id AND a.state = 'REGISTERED'
    LEFT JOIN LATERAL (
        SELECT market_value FROM collateral_valuation WHERE asset_id = a.id AND state = 'ACCEPTED' ORDER BY valued_date DESC, id DESC LIMIT 1
    ) v ON true
    LEFT JOIN LATERAL (
        SELECT presence, seen_date, use, faults FROM collateral_inspection WHERE asset_id = a.id ORDER BY id DESC LIMIT 1
    ) last ON true
    -- Only where nobody opened the last time somebody looks further back.
    LEFT JOIN LATERAL (
        SELECT last.seen_date, last.use WHERE last.presence <> 'SHUT'
        UNION ALL
        (SELECT seen_date, use FROM collateral_inspection
         WHERE last.presence = 'SHUT' AND asset_id = a.id AND presence <> 'SHUT' ORDER BY id DESC LIMIT 1)
    ) seen ON true
), planned AS (
    SELECT k.*, CASE WHEN bad OR idle OR flagged OR faulty THEN 'HIGH' WHEN late OR large THEN 'RAISED' ELSE 'ORDINARY' END AS level,
           to_jsonb(array_remove(ARRAY[
             CASE WHEN added_date IS NOT NULL THEN 'added' END, CASE WHEN flagged THEN 'flagged' END, CASE WHEN faulty THEN 'faulty' END, CASE WHEN idle THEN 'idle' END,
             CASE WHEN bad THEN 'bad' END, CASE WHEN late THEN 'late' END, CASE WHEN large THEN 'large' END], NULL)) AS grounds
    FROM known k
), now AS MATERIALIZED (
    SELECT p.asset_id, p.loan_id, p.level, p.grounds, p.seen_date,
           greatest(least(coalesce(p.seen_date, p.registered_date)
             + CASE p.level WHEN 'HIGH' THEN i.high WHEN 'RAISED' THEN i.raised ELSE i.ordinary END, p.added_date + %(added)s),
             p.again_date) AS due_date
    FROM planned p
    JOIN unnest(%(kinds)s::text[], %(ordinary)s::int[], %(raised)s::int[], %(high)s::int[]) AS i(kind, ordinary, raised, high)
      ON i.kind = p.kind AND i.ordinary > 0
), gone AS (
    DELETE FROM collateral_inspectionplan
    WHERE loan_id BETWEEN %(first)s AND %(last)s AND asset_id NOT IN (SELECT asset_id FROM now)
    RETURNING 1
), written AS (
    INSERT INTO collateral_inspectionplan AS t (asset_id, loan_id, level, grounds, seen_date, due_date, status_date)
    SELECT n.asset_id, n.loan_id, n.level, n.grounds, n.seen_date, n.due_date, %(day)s::date
    FROM now n LEFT JOIN collateral_inspectionplan k ON k.asset_id = n.asset_id
    -- What stays as it was is not touched: a conflict without a change would lock each of its rows all the same.
    WHERE k.asset_id IS NULL
      OR (k.loan_id, k.level, k.grounds, k.seen_date, k.due_date) IS DISTINCT FROM (n.loan_id, n.level, n.grounds, n.seen_date, n.due_date)
    ON CONFLICT (asset_id) DO UPDATE SET loan_id = excluded.loan_id, level = excluded.level, grounds = excluded.grounds,
      seen_date = excluded.seen_date, due_date = excluded.due_date, status_date = excluded.status_date
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written)
"""


def plan_inspections(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Say anew when the assets behind the running loans of an inclusive range of ids are due. Returns how many changed."""
    rules = inspection_rules_in_force()
    asked: dict[str, Any] = {
        "day": business_date,
        "first": first_loan_id,
        "last": last_loan_id,
        "standing": [state.value for state in Pledge.STANDING],
        "live": list(LIVE),
        "large": rules.large_from,
        "raised_dpd": rules.raised_dpd,
        "high_dpd": rules.high_dpd,
        "again": rules.again_days,
        "added": rules.added_days,
        "kinds": [one.kind for one in rules.intervals],
        **{name: [getattr(one, name) for one in rules.intervals] for name in ("ordinary", "raised", "high")},
    }
    with by_keys(), connection.cursor() as cursor:
        cursor.execute(PLAN, asked)
        return int(cursor.fetchone()[0])
