"""The figures a loan shows: outstanding principal, arrears, days past due, bucket, what is due next. Set-based, for a range or for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection

from loans.domain.delinquency import BUCKETS
from loans.domain.states import LoanState
from loans.models import Loan
from loans.services.due_items import LIVE

# Only rows whose figures change are written. `seen` is the version of the row that was measured: when a payment was committed
# meanwhile, the row has another version, is left alone, and shows what the payment measured after itself.
REFRESH = """
WITH unpaid AS (
    SELECT i.loan_id,
           sum(i.principal) AS principal,
           sum(i.amount) FILTER (WHERE i.due_date < %(day)s) AS arrears,
           min(i.due_date) FILTER (WHERE i.due_date < %(day)s) AS oldest,
           min(i.due_date) FILTER (WHERE i.due_date >= %(day)s) AS next_date,
           (array_agg(i.amount ORDER BY i.due_date, i.number) FILTER (WHERE i.due_date >= %(day)s))[1] AS next_amount
    FROM (
        SELECT loan_id, due_date, number, principal - paid_principal AS principal,
               principal + interest + fee + penalty - paid_principal - paid_interest - paid_fee - paid_penalty AS amount
        FROM loans_instalment
        WHERE loan_id BETWEEN %(first)s AND %(last)s
        OFFSET 0 -- a fence: what is left of an instalment is worked out once and not in each figure
    ) i
    WHERE i.amount > 0
    GROUP BY i.loan_id
), paused AS (
    SELECT m.loan_id, sum(greatest(0, least(m.end_date, %(day)s) - greatest(m.start_date, u.oldest))) AS days
    FROM loans_moratorium m JOIN unpaid u ON u.loan_id = m.loan_id
    WHERE m.loan_id BETWEEN %(first)s AND %(last)s GROUP BY m.loan_id
), measured AS (
    SELECT l.id, l.ctid AS seen,
           coalesce(u.principal, 0) - l.undrawn AS outstanding,
           coalesce(u.arrears, 0) AS arrears,
           u.oldest, u.next_date,
           coalesce(u.next_amount, 0) AS next_amount,
           CASE WHEN u.arrears > l.tolerance_amount THEN greatest(0, %(day)s - u.oldest - coalesce(z.days, 0)) ELSE 0 END AS days
    FROM loans_loan l
    LEFT JOIN unpaid u ON u.loan_id = l.id
    LEFT JOIN paused z ON z.loan_id = l.id
    WHERE l.id BETWEEN %(first)s AND %(last)s AND l.state = ANY(%(states)s)
), graded AS (
    SELECT *, (%(labels)s::text[])[width_bucket(days, %(firsts)s::int[])] AS bucket FROM measured
)
UPDATE loans_loan t
SET outstanding_principal = g.outstanding, arrears = g.arrears, oldest_due_date = g.oldest, days_past_due = g.days,
    bucket = g.bucket, next_due_date = g.next_date, next_due_amount = g.next_amount, status_date = %(day)s
FROM graded g
WHERE t.id = g.id AND t.ctid = g.seen
  AND (t.outstanding_principal, t.arrears, t.oldest_due_date, t.days_past_due, t.bucket, t.next_due_date, t.next_due_amount)
      IS DISTINCT FROM (g.outstanding, g.arrears, g.oldest, g.days, g.bucket, g.next_date, g.next_amount)
"""


def refresh_figures(*, business_date: date, first_loan_id: int, last_loan_id: int, states: Sequence[str] = LIVE) -> int:
    """Recompute the figures of a loan-id range (inclusive) as of `business_date`. Returns how many loans changed.

    An instalment is overdue from the day after its due date; days past due count from the oldest unpaid one, once arrears
    exceed the loan's tolerance. Buckets are those of `loans.domain.delinquency`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            REFRESH,
            {
                "day": business_date,
                "first": first_loan_id,
                "last": last_loan_id,
                "states": list(states),
                "labels": [label for label, _, _ in BUCKETS],
                "firsts": [first for _, first, _ in BUCKETS],
            },
        )
        return int(cursor.rowcount)


def refresh_loan(loan: Loan, *, business_date: date) -> None:
    """The same for one loan, whatever its state, and read back into the object."""
    refresh_figures(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk, states=[state.value for state in LoanState])
    loan.refresh_from_db(
        fields=[
            "outstanding_principal", "arrears", "oldest_due_date", "days_past_due", "bucket", "next_due_date", "next_due_amount",
            "status_date", "undrawn",
        ]
    )  # fmt: skip
