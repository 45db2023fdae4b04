"""Penalties: each day that something stays overdue beyond the product's days of tolerance costs its share of the yearly rate.

The exact sum is kept beside the billed one, so that cents never get lost in daily rounding; days of a moratorium cost nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from loans.domain.charges import PENALTY_YEAR
from loans.ledger import chart
from loans.services.due_items import LIVE
from loans.services.minor_units import minor_units_json

LATE = """
    FROM loans_instalment i
    JOIN loans_loan l ON l.id = i.loan_id
    JOIN loans_productversion v ON v.id = l.product_version_id
    WHERE i.loan_id BETWEEN %(first)s AND %(last)s AND i.due_booked AND i.paid_principal < i.principal
      AND i.due_date + v.tolerance_days <= %(day)s AND v.penalty_rate > 0 AND l.state = ANY(%(live)s) AND l.written_off_date IS NULL
      AND (i.penalty_date IS NULL OR i.penalty_date < %(day)s)
      AND NOT EXISTS (SELECT 1 FROM loans_moratorium m WHERE m.loan_id = l.id AND m.start_date <= %(day)s AND m.end_date > %(day)s)
"""

# Loans first and in the order of ids, as everybody who writes instalments does.
HOLD = f"SELECT id FROM loans_loan WHERE id IN (SELECT i.loan_id {LATE}) ORDER BY id FOR NO KEY UPDATE"

CHARGE = f"""
WITH base AS (
    SELECT i.id, i.loan_id, i.number, l.reference, l.currency, l.tolerance_amount, v.penalty_rate, i.penalty_exact AS before,
           i.principal - i.paid_principal + CASE WHEN v.penalty_base = 'instalment' THEN i.interest - i.paid_interest ELSE 0 END AS owed,
           coalesce((%(units)s::jsonb ->> l.currency)::int, 2) AS units
    {LATE}
), charged AS (
    SELECT *, before + owed * penalty_rate / %(year)s AS after, sum(owed) OVER (PARTITION BY loan_id) AS overdue FROM base
), due AS (
    UPDATE loans_instalment i
    SET penalty_exact = c.after, penalty_date = %(day)s, penalty = i.penalty + round(c.after, c.units) - round(c.before, c.units)
    FROM charged c
    WHERE c.id = i.id AND c.overdue > c.tolerance_amount
    RETURNING i.id, c.loan_id, c.number, c.reference, c.currency, round(c.after, c.units) - round(c.before, c.units) AS amount
), entries AS (
    INSERT INTO ledger_entry (booking_date, value_date, text, source_type, source_id, event, loan_id, created_at)
    SELECT %(day)s, %(day)s, 'Penalty on instalment ' || number || ' of ' || reference, 'instalment', id::text, 'penalty', loan_id, now()
    FROM due WHERE amount <> 0
    RETURNING id, source_id
), postings AS (
    INSERT INTO ledger_posting (entry_id, account_id, amount, currency, loan_id)
    SELECT e.id, a.id, line.amount, d.currency, d.loan_id
    FROM entries e
    JOIN due d ON d.id = e.source_id::bigint
    CROSS JOIN LATERAL (VALUES (%(receivable)s, d.amount), (%(income)s, -d.amount)) AS line(code, amount)
    JOIN ledger_account a ON a.code = line.code
)
SELECT count(*) FROM due
"""


def charge_penalties(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Charge one day of delay for a loan-id range (inclusive). Returns how many instalments; run again it charges nothing."""
    values: dict[str, Any] = {
        "day": business_date,
        "first": first_loan_id,
        "last": last_loan_id,
        "live": list(LIVE),
        "units": minor_units_json(),
        "year": PENALTY_YEAR,
        "receivable": chart.PENALTY_RECEIVABLE,
        "income": chart.PENALTY_INCOME,
    }
    with connection.cursor() as cursor:
        cursor.execute(HOLD, values)
        if not cursor.fetchall():
            return 0
        cursor.execute(CHARGE, values)
        row = cursor.fetchone()
    return int(row[0]) if row else 0
