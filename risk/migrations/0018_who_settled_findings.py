import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# The proposals tell who settled what was settled before. What they changed is checked now, so that the table may be altered after it.
FILL = """
UPDATE risk_fileaudit a SET answered_by_id = p.proposed_by_id, settled_by_id = p.decided_by_id
FROM core_proposal p
WHERE a.state = 'SETTLED' AND p.kind = 'risk.audit_settled' AND p.target_id = a.id::text AND p.state = 'CONFIRMED';
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("risk", "0017_investigation_steps"),
        ("core", "0002_safeguards"),
    ]

    operations = [
        migrations.AddField(
            model_name="fileaudit",
            name="answered_by",
            field=models.ForeignKey(
                help_text="Who said so",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="fileaudit",
            name="settled_by",
            field=models.ForeignKey(
                help_text="Who confirmed it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="fileaudit",
            constraint=models.CheckConstraint(
                condition=Q(("answered_by__isnull", False), ("settled_by__isnull", False), ("state", "SETTLED"))
                & ~Q(answered_by=F("settled_by"))
                | ~Q(state="SETTLED") & Q(answered_by__isnull=True, settled_by__isnull=True),
                name="file_audit_settled_by_two",
            ),
        ),
    ]
