"""An applicant may ask that somebody else looks at a decline: until when, and what came of it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids

# Decisions are never updated. The column is laid anew, with the days that every product has until somebody changes them.
PROMISED = """
ALTER TABLE risk_decision
    ALTER COLUMN second_look_until TYPE date USING CASE WHEN outcome = 'DECLINED' THEN decided_date + 30 END
"""
# What was asked stays as it came in, what was answered as it was answered. (Keys may be changed: that seals the same words anew.)
KEEP = """
CREATE FUNCTION risk_keep_second_look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (
        OLD.application_id, OLD.decision_id, OLD.asked_date, OLD.due_date, OLD.recorded_by_id, OLD.recorded_at, OLD.recorded_date
    ) IS DISTINCT FROM (
        NEW.application_id, NEW.decision_id, NEW.asked_date, NEW.due_date, NEW.recorded_by_id, NEW.recorded_at, NEW.recorded_date
    ) OR (OLD.state <> 'OPEN' AND (
        OLD.state, OLD.rationale, OLD.told, OLD.answered_by_id, OLD.answered_at, OLD.answered_date
    ) IS DISTINCT FROM (
        NEW.state, NEW.rationale, NEW.told, NEW.answered_by_id, NEW.answered_at, NEW.answered_date
    )) THEN
        RAISE EXCEPTION 'a second look is kept as it was asked for and answered' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER second_look_kept BEFORE UPDATE OR DELETE ON risk_secondlook FOR EACH ROW EXECUTE FUNCTION risk_keep_second_look();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0008_second_look_days"),
        ("risk", "0005_one_person_behind_strangers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="second_look_until",
            field=models.DateField(help_text="Last day on which the applicant may ask for a second look at a decline", null=True),
        ),
        migrations.RunSQL(PROMISED, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SecondLook",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("OPEN", "Waits"), ("UPHELD", "Decision upheld"), ("TAKEN_UP", "Taken up again")],
                        default="OPEN",
                        max_length=8,
                    ),
                ),
                ("asked_date", models.DateField(help_text="Day on which the request arrived")),
                ("words", core.fields.EncryptedTextField()),
                ("due_date", models.DateField(help_text="Last day of the answer")),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("recorded_date", models.DateField()),
                ("rationale", models.TextField(blank=True)),
                ("told", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_date", models.DateField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="second_looks", to="loans.application"),
                ),
                (
                    "decision",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="second_looks", to="risk.decision"),
                ),
                ("papers", models.ManyToManyField(related_name="+", to="loans.document")),
                (
                    "recorded_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(condition=models.Q(("state", "OPEN")), fields=["due_date", "id"], name="second_look_waits")],
                "constraints": [
                    models.UniqueConstraint(fields=("decision",), name="second_look_once_per_decision"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_by__isnull", True),
                            models.Q(("answered_by", models.F("recorded_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="second_look_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answered_at", None),
                                ("answered_by", None),
                                ("answered_date", None),
                                ("rationale", ""),
                                ("state", "OPEN"),
                                ("told", ""),
                            ),
                            models.Q(
                                models.Q(("state", "OPEN"), _negated=True),
                                models.Q(("rationale", ""), _negated=True),
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                ("answered_date__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="second_look_answered_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "UPHELD"), _negated=True), models.Q(("told", ""), _negated=True), _connector="OR"
                        ),
                        name="second_look_upheld_is_told",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEEP, "DROP TRIGGER second_look_kept ON risk_secondlook; DROP FUNCTION risk_keep_second_look()"),
    ]
