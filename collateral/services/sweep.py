"""Set-based step of the nightly sweep: valuations that ran out under live loans."""

from __future__ import annotations

from datetime import date

from django.db import connection

from collateral.events import RevaluationDue
from core.events import publish_all

DUE = """
SELECT DISTINCT ON (p.asset_id) p.asset_id, l.id, v.expires_date
FROM loans_loan l
JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state IN ('PERFECTED', 'PARTLY_RELEASED')
JOIN collateral_valuation v ON v.asset_id = p.asset_id AND v.state = 'ACCEPTED' AND v.expires_date <= %(day)s
WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = 'ACTIVE'
ORDER BY p.asset_id, l.id
"""

EXPIRE = """
UPDATE collateral_valuation SET state = 'EXPIRED' WHERE state = 'ACCEPTED' AND asset_id = ANY(%(assets)s) AND expires_date <= %(day)s
"""


def mark_revaluations_due(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Expire accepted valuations that ran out for the loans of a range, and tell the world once per asset. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"day": business_date, "first": first_loan_id, "last": last_loan_id})
        due = cursor.fetchall()
        if due:
            cursor.execute(EXPIRE, {"assets": [row[0] for row in due], "day": business_date})
    publish_all([RevaluationDue(asset_id=str(asset), loan_id=loan, expired_date=expired.isoformat()) for asset, loan, expired in due])
    return len(due)
