"""The letter that a decision owes: written once, kept as it was."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids

# What was written stays as it was sent. (Keys may be changed: that seals the same words anew.)
KEEP = """
CREATE FUNCTION risk_keep_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.decision_id, OLD.due_date) IS DISTINCT FROM (NEW.decision_id, NEW.due_date) OR (
        OLD.written_date IS NOT NULL AND (OLD.written_date, OLD.written_at, OLD.written_by_id, OLD.sha256)
            IS DISTINCT FROM (NEW.written_date, NEW.written_at, NEW.written_by_id, NEW.sha256)
    ) THEN
        RAISE EXCEPTION 'a letter is kept as it was written' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER letter_kept BEFORE UPDATE OR DELETE ON risk_decisionletter FOR EACH ROW EXECUTE FUNCTION risk_keep_letter();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0016_impact_of_scorecards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DecisionLetter",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                ("due_date", models.DateField(help_text="Last day on which it may be written")),
                ("told_due_date", models.DateField(help_text="When monitoring was told that it has not been written", null=True)),
                ("written_date", models.DateField(null=True)),
                ("written_at", models.DateTimeField(null=True)),
                ("words", core.fields.EncryptedTextField()),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("decision", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="letter", to="risk.decision")),
                (
                    "written_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("written_date", None)), fields=["due_date", "id"], name="decision_letter_owed")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sha256", ""), ("written_at", None), ("written_by", None), ("written_date", None)),
                            models.Q(
                                ("written_at__isnull", False),
                                ("written_by__isnull", False),
                                ("written_date__isnull", False),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="decision_letter_written_whole",
                    )
                ],
            },
        ),
        migrations.RunSQL(KEEP, "DROP TRIGGER letter_kept ON risk_decisionletter; DROP FUNCTION risk_keep_letter()"),
    ]
