"""A pledge is proposed until it stands in the registry: nothing was ever in the state between, which is taken out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0029_computed_values_decided")]

    operations = [
        migrations.RunSQL("UPDATE collateral_pledge SET state = 'PROPOSED' WHERE state = 'REGISTRATION_PENDING'", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="pledge",
            name="state",
            field=models.CharField(
                choices=[
                    ("PROPOSED", "Proposed"),
                    ("PERFECTED", "Perfected"),
                    ("PARTLY_RELEASED", "Partly released"),
                    ("SUBSTITUTED", "Substituted"),
                    ("RELEASED", "Released"),
                    ("ENFORCED", "Enforced"),
                    ("WITHDRAWN", "Withdrawn"),
                ],
                default="PROPOSED",
                max_length=20,
            ),
        ),
    ]
