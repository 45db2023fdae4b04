"""What falls due becomes a receivable: interest and fees of instalments due, set-based, each exactly once."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from loans.domain.states import LoanState
from loans.ledger import chart
from loans.services.minor_units import minor_units_json

# States in which a loan falls due, is paid and is measured.
LIVE = tuple(s.value for s in (LoanState.ACTIVE, LoanState.MATURED_UNPAID, LoanState.CALLED, LoanState.ENFORCEMENT))

# Instalments are only written under the lock of their loan (services/locks.py), in the order of ids.
HOLD = """
SELECT id FROM loans_loan
WHERE state = ANY(%(live)s) AND id IN (
    SELECT loan_id FROM loans_instalment WHERE loan_id BETWEEN %(first)s AND %(last)s AND NOT due_booked AND due_date <= %(day)s)
ORDER BY id FOR NO KEY UPDATE
"""

BOOK = """
WITH due AS (
    UPDATE loans_instalment i SET due_booked = true
    FROM loans_loan l
    WHERE l.id = i.loan_id AND i.loan_id = ANY(%(loans)s) AND NOT i.due_booked AND i.due_date <= %(day)s
    RETURNING i.id, i.number, i.due_date, i.loan_id, i.interest, i.fee, l.reference, l.currency, l.recognised_share
), accrued AS (
    -- What ran up day by day belongs to the first instalment that falls due.
    SELECT p.loan_id, sum(p.amount) AS amount
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id AND a.code = %(accrued_interest)s
    WHERE p.loan_id = ANY(%(loans)s) GROUP BY p.loan_id
), due_parts AS (
    SELECT d.*, coalesce(CASE WHEN row_number() OVER (PARTITION BY d.loan_id ORDER BY d.number) = 1 THEN a.amount END, 0) AS accrued
    FROM (SELECT * FROM due WHERE interest > 0 OR fee > 0) d LEFT JOIN accrued a ON a.loan_id = d.loan_id
), lines AS (
    SELECT *, interest - accrued AS late, round((interest - accrued) * recognised_share, coalesce((%(units)s::jsonb ->> currency)::int, 2)) AS recognised
    FROM due_parts
), entries AS (
    INSERT INTO ledger_entry (booking_date, value_date, text, source_type, source_id, event, loan_id, created_at)
    SELECT %(day)s, due_date, 'Instalment ' || number || ' of ' || reference || ' falls due', 'instalment', id::text, 'due', loan_id, now()
    FROM due WHERE interest > 0 OR fee > 0
    RETURNING id, source_id
), postings AS (
    INSERT INTO ledger_posting (entry_id, account_id, amount, currency, loan_id)
    SELECT e.id, a.id, line.amount, d.currency, d.loan_id
    FROM entries e
    JOIN lines d ON d.id = e.source_id::bigint
    CROSS JOIN LATERAL (VALUES (%(interest_receivable)s, d.interest), (%(accrued_interest)s, -d.accrued),
                               (%(interest_income)s, -d.recognised), (%(unrecognised_interest)s, d.recognised - d.late),
                               (%(fees_receivable)s, d.fee), (%(fee_income)s, -d.fee)) AS line(code, amount)
    JOIN ledger_account a ON a.code = line.code
    WHERE line.amount <> 0
)
SELECT count(*) FROM due
"""


def book_due(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Book interest and fees of the instalments of a loan-id range (inclusive) due up to `business_date`. Returns how many instalments.

    Idempotent: what is booked is marked, and the ledger's unique source key stands behind the mark.
    """
    bounds: dict[str, Any] = {"first": first_loan_id, "last": last_loan_id, "day": business_date}
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {**bounds, "live": list(LIVE)})
        loans = [row[0] for row in cursor.fetchall()]
        if not loans:
            return 0
        cursor.execute(
            BOOK,
            {
                "loans": loans,
                "day": business_date,
                "interest_receivable": chart.INTEREST_RECEIVABLE,
                "units": minor_units_json(),
                "accrued_interest": chart.ACCRUED_INTEREST,
                "unrecognised_interest": chart.UNRECOGNISED_INTEREST,
                "interest_income": chart.INTEREST_INCOME,
                "fees_receivable": chart.FEES_RECEIVABLE,
                "fee_income": chart.FEE_INCOME,
            },
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
