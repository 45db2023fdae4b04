"""Returned files of before: their letters named thirty days from the decision, which hold. While a letter is owed, none run."""

from django.db import migrations

NAMED = """
UPDATE loans_application AS a SET complete_by = a.decided_date + 30
WHERE a.state = 'RETURNED' AND NOT EXISTS (
    SELECT FROM risk_decisionletter l JOIN risk_decision d ON d.id = l.decision_id
    WHERE d.application_id = a.id AND d.outcome = 'RETURNED' AND d.decided_date = a.decided_date AND l.written_date IS NULL
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0017_decision_letters"),
        ("loans", "0013_complete_by"),
    ]

    operations = [
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
    ]
