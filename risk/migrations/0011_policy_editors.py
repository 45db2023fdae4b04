from django.conf import settings
from django.db import migrations, models

# Who wrote in earlier versions: the last one stands in the row, the others in the audit trail.
FILL = """
INSERT INTO risk_policyversion_editors (policyversion_id, user_id)
SELECT id, drafted_by_id FROM risk_policyversion WHERE drafted_by_id IS NOT NULL
UNION
SELECT version.id, entry.actor_id FROM core_auditentry entry JOIN risk_policyversion version ON version.id::text = entry.target_id
WHERE entry.action IN ('policy.drafted', 'policy.edited', 'policy.examples_saved') AND entry.actor_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("risk", "0010_fraud_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="policyversion",
            name="editors",
            field=models.ManyToManyField(
                help_text="Everybody who wrote in the draft: none of them puts it in force", related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
