"""Set-based step of the nightly sweep: insurance of what stands behind running loans, as it begins, comes to its end and lapses."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from collateral.domain.insurance import AGAIN_DAYS, RISEN
from collateral.domain.red_flags import Finding
from collateral.events import InsuranceEnds
from collateral.models import Pledge
from collateral.selectors.insurance import INSURED_FOR, UNTIL
from collateral.selectors.lapses import INSURED_KINDS
from collateral.selectors.value_settings import settings_in_force
from collateral.services.insured_sums import SHORT, raise_short
from collateral.services.nightly_flags import raise_everywhere
from core.bulk_rows import in_batches
from core.by_keys import by_keys
from core.events import publish_all
from loans.selectors.loans import LIVE

# Whoever records a policy writes at once how long the asset is insured, so that only what ends within the notice can change or be told of.
# That, and what is insured for less than it is worth, is found in one pass over the range.
FOUND = f"""
WITH pledged AS (
  SELECT p.asset_id, min(l.id) AS loan_id FROM loans_loan l
  JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state = ANY(%(standing)s)
  WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(live)s)
  GROUP BY p.asset_id
)
SELECT a.id, d.loan_id, found.ends, found.short, k.total, v.market_value
FROM pledged d JOIN collateral_asset a ON a.id = d.asset_id AND a.state = 'REGISTERED' AND a.kind = ANY(%(kinds)s)
CROSS JOIN LATERAL ({INSURED_FOR}) k
LEFT JOIN LATERAL (
  SELECT market_value FROM collateral_valuation WHERE asset_id = a.id AND state = 'ACCEPTED' ORDER BY valued_date DESC, id DESC LIMIT 1
) v ON true
CROSS JOIN LATERAL (
  SELECT a.insured_until IS NULL OR a.insured_until <= %(day)s::date + %(notice)s AS ends, {SHORT} AS short
) found
WHERE found.ends OR found.short
"""
# A lapse is flagged once: a flag raised since then, whatever was decided about it, is the flag of this lapse.
ENDING = f"""
WITH near AS MATERIALIZED (
  SELECT a.id, d.loan_id, a.insured_until AS was
  FROM unnest(%(assets)s::uuid[], %(loans)s::bigint[]) AS d(asset_id, loan_id) JOIN collateral_asset a ON a.id = d.asset_id
  WHERE a.state = 'REGISTERED' AND (a.insured_until IS NULL OR a.insured_until <= %(day)s::date + %(notice)s)
  ORDER BY a.id FOR UPDATE OF a
), now AS (
  SELECT a.id, a.loan_id, a.was, coalesce(k.until, a.was) AS until FROM near a CROSS JOIN LATERAL ({UNTIL}) k
), written AS (
  UPDATE collateral_asset t SET insured_until = now.until FROM now WHERE t.id = now.id AND now.until IS DISTINCT FROM now.was
)
SELECT id, loan_id, until, until IS NULL OR until < %(day)s AS lapsed FROM now
WHERE CASE
  WHEN until IS NULL OR until < %(day)s THEN NOT EXISTS (
    SELECT FROM collateral_redflag f
    WHERE f.asset_id = now.id AND f.code = 'insurance_lapsed' AND (f.state = 'OPEN' OR until IS NULL OR f.raised_date > until)
  )
  ELSE until <= %(day)s::date + %(notice)s AND (until - %(day)s::date) %% %(again)s = 0
END
"""


def watch_insurance(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Take up policies that have begun, tell of insurance that ends soon, and flag what has lapsed, or insures for less than what the asset
    is worth by now, behind the running loans of a range: batch by batch, each with the same few statements. Returns how many assets were
    told of.
    """
    asked: dict[str, Any] = {
        "day": business_date,
        "first": first_loan_id,
        "last": last_loan_id,
        "live": list(LIVE),
        "standing": [state.value for state in Pledge.STANDING],
        "kinds": [kind.value for kind in INSURED_KINDS],
        "notice": settings_in_force().notice_days,
        "again": AGAIN_DAYS,
        "risen": RISEN,
    }
    told: list[tuple[Any, ...]] = []
    with by_keys(), connection.cursor() as cursor:
        cursor.execute(FOUND, asked)
        found = cursor.fetchall()
        if ending := [(asset, loan) for asset, loan, ends, *_ in found if ends]:
            cursor.execute(ENDING, asked | {"assets": [asset for asset, _ in ending], "loans": [loan for _, loan in ending]})
            told = cursor.fetchall()
    for batch in in_batches(told):
        lapsed = {asset: _lapsed(until) for asset, _, until, over in batch if over}
        raise_everywhere(lapsed, business_date=business_date)
        publish_all(
            [
                InsuranceEnds(asset_id=str(asset), loan_id=loan, until_date=until.isoformat() if until else "", lapsed=over)
                for asset, loan, until, over in batch
            ]
        )
    raise_short([(asset, total, worth) for asset, _, _, short, total, worth in found if short], business_date=business_date)
    return len(told)


def _lapsed(until: date | None) -> Finding:
    text = f"The insurance ran out on {until:%-d %b %Y}." if until else "No insurance is on file."
    return Finding("insurance_lapsed", text, {"insured_until": until.isoformat() if until else "none"})
