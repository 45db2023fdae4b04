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
           coalesce(sum(p.amount) FILTER (WHERE a.code = %(suspense)s), 0) AS suspense
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
    WHERE p.loan_id IS NOT NULL GROUP BY p.loan_id
), schedule AS (
    SELECT loan_id,
           sum(principal) AS principal,
           sum(principal - paid_principal) AS unpaid,
           sum(interest) FILTER (WHERE due_booked) - sum(paid_interest) AS interest,
           sum(fee) FILTER (WHERE due_booked) - sum(paid_fee) AS fees
    FROM loans_instalment GROUP BY loan_id
), payouts AS (
    SELECT loan_id, sum(amount) AS total FROM loans_disbursement WHERE state IN ('CONFIRMED', 'SENT', 'PAID') GROUP BY loan_id
), received AS (
    SELECT p.loan_id,
           coalesce(sum(x.amount) FILTER (WHERE x.component = 'principal'), 0) AS repaid,
           coalesce(sum(x.amount) FILTER (WHERE x.component = 'suspense'), 0) AS suspense
    FROM loans_paymentallocation x JOIN loans_payment p ON p.id = x.payment_id AND p.reversed_at IS NULL
    GROUP BY p.loan_id
), checks AS (
    SELECT l.id, l.reference, v.what, v.ledger, v.other
    FROM loans_loan l
    LEFT JOIN books b ON b.loan_id = l.id
    LEFT JOIN schedule s ON s.loan_id = l.id
    LEFT JOIN payouts o ON o.loan_id = l.id
    LEFT JOIN received r ON r.loan_id = l.id
    CROSS JOIN LATERAL (VALUES
        ('principal in the ledger and principal paid out less repaid', coalesce(b.principal, 0), coalesce(o.total, 0) - coalesce(r.repaid, 0)),
        ('principal in the ledger and unpaid principal of the schedule', coalesce(b.principal, 0), coalesce(s.unpaid, 0) - l.undrawn),
        ('principal in the ledger and outstanding principal of the loan', coalesce(b.principal, 0), l.outstanding_principal),
        ('principal of the loan and principal of the schedule', l.principal, coalesce(s.principal, 0)),
        ('interest receivable and interest due and not paid', coalesce(b.interest, 0), coalesce(s.interest, 0)),
        ('fees receivable and fees due and not paid', coalesce(b.fees, 0), coalesce(s.fees, 0)),
        ('suspense in the ledger and payments that wait', -coalesce(b.suspense, 0), coalesce(r.suspense, 0))
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
        "suspense": chart.SUSPENSE,
    }
    with connection.cursor() as cursor:
        for statement in (ENTRIES, PAYMENTS, COMPARE):
            cursor.execute(statement, codes)
            row = cursor.fetchone()
            if row is not None:
                return Difference(*row)
    return None
