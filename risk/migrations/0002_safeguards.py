"""Facts, scores, evaluations, votes and decisions are only ever added to."""

from django.db import migrations

from core.append_only import AppendOnly

KEPT = (
    "fact",
    "score",
    "policyevaluation",
    "decision",
    "annualaccounts",
    "fieldrecord",
    "explanation",
    "committeevote",
    "exposuresignature",
    "registeredaddress",
    "investigationstep",
    "auditlot",
)


class Migration(migrations.Migration):
    replaces = [("risk", "0002_guards")]

    dependencies = [("risk", "0001_foundation"), ("core", "0002_safeguards")]

    operations = [AppendOnly(f"risk_{table}") for table in KEPT]
