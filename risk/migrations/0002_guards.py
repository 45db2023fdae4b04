"""Facts, scores, evaluations and decisions are only ever added to."""

from django.db import migrations

from core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("risk", "0001_initial"), ("core", "0002_guards")]

    operations = [
        AppendOnly("risk_fact"),
        AppendOnly("risk_score"),
        AppendOnly("risk_policyevaluation"),
        AppendOnly("risk_decision"),
    ]
