"""What secured files that were granted before that was kept, where money of them may still leave.

The last decision froze how far the collateral covered what was asked for; at most what is registered or to be registered of it counts. Where
something was given back since, or nothing was frozen, what the night measured of the running loan stands for it.
"""

from django.db import migrations

FILL = """
INSERT INTO collateral_decidedcover (application_id, available, exposure, decided_date)
SELECT a.id, found.available, o.amount, o.decided_date
FROM loans_application a
CROSS JOIN LATERAL (
  SELECT amount, decided_date FROM loans_applicationoutcome WHERE application_id = a.id AND amount IS NOT NULL ORDER BY id DESC LIMIT 1
) o
CROSS JOIN LATERAL (
  SELECT sum(amount) FILTER (WHERE state NOT IN ('WITHDRAWN', 'RELEASED', 'SUBSTITUTED', 'ENFORCED')) AS registered,
         bool_or(state IN ('RELEASED', 'PARTLY_RELEASED', 'SUBSTITUTED')) AS given_back
  FROM collateral_pledge WHERE application_id = a.id
) p
LEFT JOIN LATERAL (
  SELECT (evidence #>> '{evaluation,facts,collateral_coverage,value}')::numeric * (evidence #>> '{application,amount}')::numeric AS available
  FROM risk_decision WHERE application_id = a.id AND amount IS NOT NULL ORDER BY id DESC LIMIT 1
) f ON NOT p.given_back
LEFT JOIN LATERAL (
  SELECT max(c.available) AS available FROM collateral_cover c JOIN loans_loan l ON l.id = c.loan_id WHERE l.application_id = a.id
) c ON true
CROSS JOIN LATERAL (
  SELECT round(CASE WHEN f.available IS NULL THEN c.available ELSE least(f.available, p.registered) END, 4) AS available
) found
WHERE a.state IN ('OFFERED', 'ACCEPTED', 'CONTRACTED') AND p.registered > 0 AND found.available IS NOT NULL AND (
    NOT EXISTS (SELECT FROM loans_loan l WHERE l.application_id = a.id)
    OR EXISTS (SELECT FROM loans_loan l WHERE l.application_id = a.id AND l.undrawn > 0 AND l.state IN ('SIGNED', 'ACTIVE'))
    OR EXISTS (SELECT FROM loans_facility y WHERE y.application_id = a.id AND y.revolving AND y.state NOT IN ('EXPIRED', 'CANCELLED'))
  )
ON CONFLICT (application_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0015_signed_for_what_turned"),
        ("collateral", "0027_waiting_prices"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
