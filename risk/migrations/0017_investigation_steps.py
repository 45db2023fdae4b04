import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.uuids
from core.append_only import AppendOnly

# Who did what before the steps were kept: the audit trail names everybody, on the business date.
FROM_AUDIT = """
INSERT INTO risk_investigationstep (id, application_id, did, person_id, done_date)
SELECT gen_random_uuid(), application_id, did, person_id, min(business_date) FROM (
    SELECT i.application_id, e.actor_id AS person_id, e.business_date,
           CASE e.action WHEN 'investigation.taken' THEN 'TAKEN' WHEN 'investigation.item_completed' THEN 'ANSWERED'
           WHEN 'investigation.submitted' THEN 'PUT_UP' ELSE 'SIGNED' END AS did
    FROM core_auditentry e JOIN risk_investigation i ON i.id::text = e.target_id
    WHERE e.target_type = 'risk.investigation' AND e.actor_id IS NOT NULL
      AND e.action IN ('investigation.taken', 'investigation.item_completed', 'investigation.submitted', 'investigation.signed_off')
) told
GROUP BY application_id, did, person_id
ON CONFLICT DO NOTHING
"""
# What the rows themselves say and the trail does not, on the day of the clock.
FROM_ROWS = """
INSERT INTO risk_investigationstep (id, application_id, did, person_id, done_date)
SELECT gen_random_uuid(), application_id, did, person_id, coalesce(min(at)::date, current_date) FROM (
    SELECT application_id, 'TAKEN' AS did, investigator_id AS person_id, submitted_at AS at FROM risk_investigation
    UNION ALL SELECT application_id, 'SIGNED', signed_by_id, signed_at FROM risk_investigation
    UNION ALL SELECT i.application_id, 'ANSWERED', c.done_by_id, c.done_at
    FROM risk_checklistitem c JOIN risk_investigation i ON i.id = c.investigation_id
) said
WHERE person_id IS NOT NULL
GROUP BY application_id, did, person_id
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("risk", "0016_decided_covers_of_before"),
    ]

    operations = [
        migrations.CreateModel(
            name="InvestigationStep",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                (
                    "did",
                    models.CharField(
                        choices=[
                            ("TAKEN", "Took the investigation"),
                            ("ANSWERED", "Answered a check"),
                            ("PUT_UP", "Put it up for sign-off"),
                            ("SIGNED", "Signed it off"),
                        ],
                        max_length=8,
                    ),
                ),
                ("done_date", models.DateField(help_text="Business date on which the person did it first")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="investigation_steps", to="loans.application"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("application", "did", "person"), name="investigation_step_once")],
            },
        ),
        migrations.RunSQL([FROM_AUDIT, FROM_ROWS], migrations.RunSQL.noop),
        AppendOnly("risk_investigationstep"),
    ]
