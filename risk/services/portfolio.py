"""Prepared aggregates: one set-based statement per dimension and day, so that dashboards never read the book."""

from __future__ import annotations

from datetime import date

from django.db import connection

from loans.selectors.granted import GRANTED, granted_parameters
from risk.selectors.book import SECTION

CLEAR = "DELETE FROM risk_portfoliofigure WHERE business_date = %(day)s"

# Non-performing: more than 90 days past due (EBA definition's day count; materiality comes with the tolerance of the product).
FIGURES = f"""
WITH live AS (
    SELECT l.branch_id, l.bucket, l.days_past_due, l.outstanding_principal, l.arrears, p.code AS product,
           {SECTION} AS industry
    FROM loans_loan l
    JOIN loans_productversion v ON v.id = l.product_version_id
    JOIN loans_product p ON p.id = v.product_id
    JOIN loans_borrower b ON b.id = l.borrower_id
    WHERE l.state IN ('ACTIVE', 'MATURED_UNPAID', 'CALLED', 'ENFORCEMENT')
), granted AS MATERIALIZED ({GRANTED}
), promised AS (
    SELECT a.branch_id, p.code AS product, {SECTION} AS industry, granted.amount
    FROM granted
    JOIN loans_application a ON a.id = granted.application_id
    JOIN loans_productversion v ON v.id = a.product_version_id
    JOIN loans_product p ON p.id = v.product_id
    JOIN loans_borrower b ON b.id = a.borrower_id
), figures AS (
    SELECT branch_id, 'bucket' AS dimension, bucket AS key, count(*) AS n, sum(outstanding_principal) AS amount FROM live GROUP BY 1, 3
    UNION ALL
    SELECT branch_id, 'product', product, count(*), sum(outstanding_principal) FROM live GROUP BY 1, 3
    UNION ALL
    SELECT branch_id, 'product_npl', product, count(*), sum(outstanding_principal) FROM live WHERE days_past_due > 90 GROUP BY 1, 3
    UNION ALL
    SELECT branch_id, 'industry', industry, count(*), sum(outstanding_principal) FROM live WHERE industry <> '' GROUP BY 1, 3
    UNION ALL
    SELECT branch_id, 'granted_product', product, count(*), sum(amount) FROM promised GROUP BY 1, 3
    UNION ALL
    SELECT branch_id, 'granted_industry', industry, count(*), sum(amount) FROM promised WHERE industry <> '' GROUP BY 1, 3
    UNION ALL
    SELECT branch_id, 'total', 'granted', count(*), sum(amount) FROM promised GROUP BY 1
    UNION ALL
    -- Every branch has a total, so that a branch without loans is known to have none.
    SELECT b.id, 'total', 'outstanding', count(live.branch_id), coalesce(sum(live.outstanding_principal), 0)
    FROM core_branch b LEFT JOIN live ON live.branch_id = b.id GROUP BY 1
    UNION ALL
    SELECT branch_id, 'total', 'non_performing', count(*), coalesce(sum(outstanding_principal), 0)
    FROM live WHERE days_past_due > 90 GROUP BY 1
    UNION ALL
    SELECT branch_id, 'total', 'arrears', count(*), coalesce(sum(arrears), 0) FROM live WHERE arrears > 0 GROUP BY 1
    UNION ALL
    SELECT branch_id, 'state', state, count(*), coalesce(sum(amount), 0) FROM loans_application GROUP BY 1, 3
    UNION ALL
    SELECT branch_id, 'submitted', 'day', count(*), coalesce(sum(amount), 0)
    FROM loans_application WHERE submitted_date = %(day)s GROUP BY 1
    UNION ALL
    SELECT l.branch_id, 'disbursed', 'day', count(*), coalesce(sum(d.amount), 0)
    FROM loans_disbursement d JOIN loans_loan l ON l.id = d.loan_id WHERE d.value_date = %(day)s AND d.state = 'PAID' GROUP BY 1
)
INSERT INTO risk_portfoliofigure (business_date, branch_id, dimension, key, count, amount)
SELECT %(day)s, branch_id, dimension, key, n, amount FROM figures
"""


def take_snapshot(*, business_date: date) -> int:
    """Write the figures of one business date, replacing what stood for it. Returns the number of figures."""
    with connection.cursor() as cursor:
        cursor.execute(CLEAR, {"day": business_date})
        cursor.execute(FIGURES, {"day": business_date} | granted_parameters())
        return int(cursor.rowcount)
