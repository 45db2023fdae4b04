"""Use of funds: what the statements show after the payout, against what the loan was for.

Thin on purpose: gambling, securities and cash drawn within the window after the payout, as a share of it. Purposes that are
paid in cash by their nature are not told apart yet, so the limit is high.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from loans.models import Loan
from monitoring.models import Alert
from monitoring.services.alerts import raise_alert

WINDOW_DAYS = 60
LIMIT_SHARE = Decimal("0.30")
DIVERTED = ["GAMBLING", "SECURITIES", "CASH_OUT"]

SUSPECT = """
SELECT l.id, l.principal, -sum(s.amount) AS diverted, min(s.date) AS since,
       string_agg(DISTINCT lower(COALESCE(told.category, s.category)), ', ') AS kinds
FROM loans_loan l
JOIN loans_bankaccount a ON a.borrower_id = l.borrower_id
JOIN loans_statementline s ON s.account_id = a.id AND s.amount < 0
     AND NOT EXISTS (SELECT FROM loans_statementimport f WHERE f.id = s.statement_id AND f.aside <> '')
     AND s.date >= l.disbursed_date AND s.date < l.disbursed_date + %(window)s AND s.date <= %(day)s
LEFT JOIN LATERAL (
    SELECT r.category FROM loans_retoldline r JOIN loans_statementimport f ON f.id = r.statement_id AND f.aside = ''
    WHERE r.line_id = s.id ORDER BY r.id DESC LIMIT 1
) told ON true
WHERE COALESCE(told.category, s.category) = ANY(%(kinds)s)
  AND l.id BETWEEN %(first)s AND %(last)s AND l.state = 'ACTIVE' AND l.disbursed_date > %(day)s - %(window)s
  AND NOT EXISTS (SELECT 1 FROM monitoring_alert x WHERE x.kind = 'FUND_USE' AND x.subject = 'loan:' || l.id)
GROUP BY l.id, l.principal
HAVING -sum(s.amount) > l.principal * %(share)s
"""


def check_fund_use(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Raise an alert for each loan of the range whose payout went elsewhere. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            SUSPECT,
            {
                "day": business_date,
                "first": first_loan_id,
                "last": last_loan_id,
                "window": WINDOW_DAYS,
                "share": LIMIT_SHARE,
                "kinds": DIVERTED,
            },
        )
        found = cursor.fetchall()
    for loan_id, principal, diverted, since, kinds in found:
        loan = Loan.objects.select_related("borrower").get(pk=loan_id)
        share = diverted / principal
        raise_alert(
            kind=Alert.Kind.FUND_USE,
            level=3,
            subject=f"loan:{loan.pk}",
            title=f"{share:.0%} of the payout of {loan.reference} went to {kinds}",
            details={"diverted": diverted, "principal": principal, "since": since, "kinds": kinds, "limit_share": LIMIT_SHARE},
            loan=loan,
            borrower=loan.borrower,
            branch_id=loan.branch_id,
            business_date=business_date,
            due_date=business_date + timedelta(days=2),
        )
    return len(found)
