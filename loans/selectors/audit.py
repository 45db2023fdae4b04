"""The books against the loans: every figure a loan shows, recomputed from what stands in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from loans.ledger import chart

# Per loan: principal in the ledger; paid out less repaid; unpaid in the schedule; the figure on the loan. All four are one number.
# And the other receivables against what is booked as due and not paid, and suspense against the allocations that wait.
COMPARE = """
WITH books AS (
    SELECT p.loan_id,
           coalesce(sum(p.amount) FILTER (WHERE a.code = %(principal)s), 0) AS principal,
           coalesce(sum(p.amount) FILTER (WHERE a.code = %(interest)s), 0) AS interest,
           coalesce(sum(p.amount) FILTER (WHERE a.code = %(fees)s), 0) AS fees,
           coalesce(sum(p.amount) FILTER (WHERE a.code = %(penalty)s), 0) AS penalty,
           coalesce(sum(p.amount) FILTER (WHERE a.code = %(accrued)s), 0) AS accrued,
           coalesce(sum(p.amount) FILTER (WHERE a.code = %(unrecognised)s), 0) AS unrecognised,
           coalesce(sum(p.amount) FILTER (WHERE a.code = %(suspense)s), 0) AS suspense,
           coalesce(sum(p.amount) FILTER (WHERE a.code = %(written_off)s), 0) AS written_off
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
    WHERE p.loan_id IS NOT NULL GROUP BY p.loan_id
), schedule AS (
    SELECT loan_id,
           sum(principal) AS principal,
           sum(principal - paid_principal) AS unpaid,
           sum(interest) FILTER (WHERE due_booked) - sum(paid_interest) AS interest,
           sum(fee) FILTER (WHERE due_booked) - sum(paid_fee) AS fees,
           sum(penalty) - sum(paid_penalty) AS penalty,
           max(interest) FILTER (WHERE NOT due_booked) AS ahead
    FROM loans_instalment GROUP BY loan_id
), payouts AS (
    SELECT loan_id, sum(amount) AS total FROM loans_disbursement WHERE state IN ('CONFIRMED', 'SENT', 'PAID') GROUP BY loan_id
), adjusted AS (
    SELECT a.loan_id, sum(p.amount) FILTER (WHERE p.component = 'principal') AS principal,
           sum(p.amount) FILTER (WHERE a.kind = 'WRITE_OFF') AS lost
    FROM loans_adjustment a JOIN loans_adjustmentpart p ON p.adjustment_id = a.id
    WHERE a.reversed_at IS NULL GROUP BY a.loan_id
), moved AS (
    SELECT n.id AS loan_id, sum(a.amount) AS total
    FROM loans_loan n JOIN loans_adjustment a ON a.loan_id = n.restructured_from_id AND a.kind = 'TRANSFER' AND a.reversed_at IS NULL
    GROUP BY n.id
), received AS (
    SELECT p.loan_id,
           coalesce(sum(x.amount) FILTER (WHERE x.component = 'principal'), 0) AS repaid,
           coalesce(sum(x.amount) FILTER (WHERE x.component = 'suspense'), 0) AS suspense,
           coalesce(sum(x.amount) FILTER (WHERE x.component = 'recovery'), 0) AS recovered
    FROM loans_paymentallocation x JOIN loans_payment p ON p.id = x.payment_id AND p.reversed_at IS NULL
    GROUP BY p.loan_id
), checks AS (
    SELECT l.id, l.reference, v.what, v.ledger, v.other
    FROM loans_loan l
    LEFT JOIN books b ON b.loan_id = l.id
    LEFT JOIN schedule s ON s.loan_id = l.id
    LEFT JOIN payouts o ON o.loan_id = l.id
    LEFT JOIN received r ON r.loan_id = l.id
    LEFT JOIN adjusted j ON j.loan_id = l.id
    LEFT JOIN moved m ON m.loan_id = l.id
    CROSS JOIN LATERAL (VALUES
        ('principal in the ledger and principal paid out or taken over less repaid, written off and moved', coalesce(b.principal, 0),
            coalesce(o.total, 0) + coalesce(m.total, 0) - coalesce(r.repaid, 0) - coalesce(j.principal, 0)),
        ('principal in the ledger and unpaid principal of the schedule', coalesce(b.principal, 0), coalesce(s.unpaid, 0) - l.undrawn),
        ('principal in the ledger and outstanding principal of the loan', coalesce(b.principal, 0), l.outstanding_principal),
        ('principal of the loan and principal of the schedule', l.principal, coalesce(s.principal, 0)),
        ('interest receivable and interest due and not paid', coalesce(b.interest, 0), coalesce(s.interest, 0)),
        ('fees receivable and fees due and not paid', coalesce(b.fees, 0), coalesce(s.fees, 0)),
        ('penalties receivable and penalties charged and not paid', coalesce(b.penalty, 0), coalesce(s.penalty, 0)),
        ('interest accrued and what an instalment ahead asks for', coalesce(b.accrued, 0),
            greatest(0, least(coalesce(b.accrued, 0), coalesce(s.ahead, 0)))),
        ('unrecognised interest and none below zero', -coalesce(b.unrecognised, 0), greatest(0, -coalesce(b.unrecognised, 0))),
        ('suspense in the ledger and payments that wait', -coalesce(b.suspense, 0), coalesce(r.suspense, 0)),
        ('claims followed off balance and what was written off less recovered', coalesce(b.written_off, 0),
            coalesce(j.lost, 0) - coalesce(r.recovered, 0))
    ) AS v(what, ledger, other)
)
SELECT id, reference, what, ledger, other FROM checks WHERE ledger <> other ORDER BY id LIMIT 1
"""

PAYMENTS = """
SELECT l.id, p.reference, 'payment and its allocation', p.amount, coalesce(sum(x.amount), 0)
FROM loans_payment p JOIN loans_loan l ON l.id = p.loan_id LEFT JOIN loans_paymentallocation x ON x.payment_id = p.id
GROUP BY l.id, p.id HAVING p.amount <> coalesce(sum(x.amount), 0) ORDER BY p.id LIMIT 1
"""

ENTRIES = """
SELECT e.loan_id, 'entry ' || e.id, 'debits and credits of an entry in ' || p.currency,
       sum(p.amount) FILTER (WHERE p.amount > 0), -sum(p.amount) FILTER (WHERE p.amount < 0)
FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
GROUP BY e.id, e.loan_id, p.currency HAVING sum(p.amount) <> 0 ORDER BY e.id LIMIT 1
"""


EMPTY = """
SELECT e.loan_id, 'entry ' || e.id, 'an entry and its lines', 0, 2
FROM ledger_entry e WHERE NOT EXISTS (SELECT 1 FROM ledger_posting p WHERE p.entry_id = e.id) ORDER BY e.id LIMIT 1
"""

REVERSALS = """
WITH lines AS (
    SELECT r.id, r.loan_id, p.account_id, p.currency,
           coalesce(sum(p.amount) FILTER (WHERE p.entry_id = r.id), 0) AS back,
           coalesce(sum(p.amount) FILTER (WHERE p.entry_id = r.reversal_of_id), 0) AS original
    FROM ledger_entry r JOIN ledger_posting p ON p.entry_id IN (r.id, r.reversal_of_id)
    WHERE r.reversal_of_id IS NOT NULL GROUP BY r.id, r.loan_id, p.account_id, p.currency
)
SELECT loan_id, 'entry ' || id, 'a reversal and the opposite of its original', back, -original
FROM lines WHERE back <> -original ORDER BY id LIMIT 1
"""

CLEARING = """
SELECT NULL::bigint, 'account ' || a.code, 'what was moved out of loans and taken over by others in ' || p.currency, sum(p.amount), 0
FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id AND a.code IN (%(restructuring)s, %(set_offs)s)
GROUP BY a.code, p.currency HAVING sum(p.amount) <> 0 LIMIT 1
"""

ADJUSTMENTS = """
SELECT a.loan_id, 'adjustment ' || a.id, 'an adjustment and its parts', a.amount, coalesce(sum(p.amount), 0)
FROM loans_adjustment a LEFT JOIN loans_adjustmentpart p ON p.adjustment_id = a.id
GROUP BY a.id HAVING a.amount <> coalesce(sum(p.amount), 0) ORDER BY a.id LIMIT 1
"""

FACILITIES = """
SELECT NULL::bigint, 'facility ' || f.id, 'drawn and what its open loans owe or are about to be paid', f.drawn, coalesce(sum(l.outstanding_principal + l.undrawn), 0)
FROM loans_facility f LEFT JOIN loans_loan l ON l.facility_id = f.id AND l.state NOT IN ('CLOSED', 'SETTLED', 'SOLD')
WHERE f.revolving GROUP BY f.id HAVING f.drawn <> coalesce(sum(l.outstanding_principal + l.undrawn), 0) ORDER BY f.id LIMIT 1
"""


@dataclass(frozen=True)
class Difference:
    """Two figures that should be one."""

    loan_id: int | None
    reference: str
    what: str
    first: Decimal
    second: Decimal

    def __str__(self) -> str:
        return f"{self.reference}: {self.what} differ: {self.first} and {self.second}"


def first_difference() -> Difference | None:
    """Recompute every entry, payment and loan, and give the first difference; None when the books are clean."""
    codes = {
        "principal": chart.PRINCIPAL,
        "interest": chart.INTEREST_RECEIVABLE,
        "fees": chart.FEES_RECEIVABLE,
        "penalty": chart.PENALTY_RECEIVABLE,
        "accrued": chart.ACCRUED_INTEREST,
        "unrecognised": chart.UNRECOGNISED_INTEREST,
        "suspense": chart.SUSPENSE,
        "written_off": chart.CLAIMS_WRITTEN_OFF,
        "restructuring": chart.RESTRUCTURING,
        "set_offs": chart.SET_OFFS,
    }
    with connection.cursor() as cursor:
        for statement in (ENTRIES, EMPTY, REVERSALS, CLEARING, PAYMENTS, ADJUSTMENTS, FACILITIES, COMPARE):
            cursor.execute(statement, codes)
            row = cursor.fetchone()
            if row is not None:
                return Difference(*row)
    return None
