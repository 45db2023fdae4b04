"""Set-based step of the nightly sweep: what each loan's collateral is worth to it. The same statement serves one loan after a change."""

from __future__ import annotations

from datetime import date

from django.db import connection

from collateral.selectors.allotment import MEASURED, parameters
from core.by_keys import by_keys
from loans.selectors.write_offs import CHARGES_OF_LOAN

# Only loans whose figures changed are written. One that ended, or whose last pledge was given back, is covered by nothing any more.
REFRESH = (
    MEASURED
    + """
, kept AS (
    SELECT * FROM collateral_cover WHERE loan_id BETWEEN %(first)s AND %(last)s AND (pledges > 0 OR exposure > 0)
), now AS (
    SELECT coalesce(m.loan_id, c.loan_id) AS loan_id, c.loan_id IS NULL AS new,
           CASE WHEN m.loan_id IS NOT NULL THEN m.exposure ELSE coalesce((
             SELECT l.outstanding_principal + l.undrawn + """
    + CHARGES_OF_LOAN.format(loan="l", day="%(day)s")
    + """ FROM loans_loan l WHERE l.id = c.loan_id AND l.state = ANY(%(live)s)), 0) END AS exposure,
           coalesce(m.market_value, 0) AS market_value, coalesce(m.lending_value, 0) AS lending_value,
           coalesce(m.claims_before, 0) AS claims_before, coalesce(m.available, 0) AS available, coalesce(m.overhang, 0) AS overhang,
           coalesce(m.pledges, 0::smallint) AS pledges, coalesce(m.unvalued, 0::smallint) AS unvalued,
           c.exposure AS was_exposure, c.market_value AS was_market, c.lending_value AS was_lending, c.claims_before AS was_before,
           c.available AS was_available, c.overhang AS was_overhang, c.pledges AS was_pledges, c.unvalued AS was_unvalued
    FROM measured m FULL JOIN kept c ON c.loan_id = m.loan_id
)
INSERT INTO collateral_cover AS t
  (loan_id, exposure, market_value, lending_value, claims_before, available, overhang, pledges, unvalued, status_date)
SELECT loan_id, exposure, market_value, lending_value, claims_before, available, overhang, pledges, unvalued, %(day)s::date
FROM now
WHERE new OR (exposure, market_value, lending_value, claims_before, available, overhang, pledges, unvalued)
  IS DISTINCT FROM (was_exposure, was_market, was_lending, was_before, was_available, was_overhang, was_pledges, was_unvalued)
ON CONFLICT (loan_id) DO UPDATE SET
  exposure = excluded.exposure, market_value = excluded.market_value, lending_value = excluded.lending_value,
  claims_before = excluded.claims_before, available = excluded.available, overhang = excluded.overhang,
  pledges = excluded.pledges, unvalued = excluded.unvalued, status_date = excluded.status_date
"""
)


def refresh_covers(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Measure the collateral of the running loans of an inclusive range of ids. Returns how many loans' figures were written."""
    asked = parameters(business_date, first_loan_id, last_loan_id)
    with by_keys(), connection.cursor() as cursor:
        cursor.execute(REFRESH, asked)
        return int(cursor.rowcount)
