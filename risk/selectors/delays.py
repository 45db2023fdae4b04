"""How late the instalments of loans ever were, as SQL that others put before their own question."""

from __future__ import annotations

# Needs a table `chosen` of (id, ends): a loan and the day up to which is asked. Gives `delays` of (id, worst): the worst delay in days of
# any instalment due before that day, paid late or not at all by then. What was written off or moved to another contract was not paid, but
# is late no longer than to that day.
DELAYS = """
settled AS (
    SELECT id, max(day) AS day FROM (
        SELECT i.id, p.value_date AS day
        FROM chosen c
        JOIN loans_instalment i ON i.loan_id = c.id
        JOIN loans_paymentallocation a ON a.instalment_id = i.id AND a.component IN ('principal', 'interest', 'fee')
        JOIN loans_payment p ON p.id = a.payment_id AND p.reversed_at IS NULL
        UNION ALL
        SELECT i.id, w.booking_date
        FROM chosen c
        JOIN loans_adjustment w ON w.loan_id = c.id AND w.kind IN ('WRITE_OFF', 'TRANSFER') AND w.reversed_at IS NULL
        JOIN loans_adjustmentpart part ON part.adjustment_id = w.id AND part.component IN ('principal', 'interest', 'fee')
        JOIN loans_instalment i ON i.id = part.instalment_id
    ) part GROUP BY id
), delays AS (
    SELECT c.id, max(
        CASE
            WHEN i.paid_principal >= i.principal AND i.paid_interest >= i.interest AND i.paid_fee >= i.fee
                THEN least(coalesce(s.day, i.due_date), c.ends)
            ELSE c.ends
        END - i.due_date) AS worst
    FROM chosen c JOIN loans_instalment i ON i.loan_id = c.id AND i.due_date < c.ends LEFT JOIN settled s ON s.id = i.id
    GROUP BY c.id
)
"""
