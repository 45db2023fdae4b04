"""Claims of others as declared stand beside what is worked out of the register; pledges that were proposed can be withdrawn."""

from django.conf import settings
from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0003_flags_of_each_value"),
        ("loans", "0002_safeguards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="pledge",
            name="pledge_once",
        ),
        migrations.RemoveConstraint(
            model_name="pledge",
            name="pledge_stated_once",
        ),
        migrations.RemoveConstraint(
            model_name="pledge",
            name="pledge_amount_positive",
        ),
        migrations.AddField(
            model_name="pledge",
            name="declared_claims",
            field=core.fields.MoneyField(db_default=0, default=0, help_text="Claims of others before ours as they were declared"),
        ),
        migrations.AlterField(
            model_name="pledge",
            name="prior_claims",
            field=core.fields.MoneyField(default=0, help_text="Claims of others before ours, as services.ranks works them out"),
        ),
        migrations.AlterField(
            model_name="pledge",
            name="state",
            field=models.CharField(
                choices=[
                    ("PROPOSED", "Proposed"),
                    ("REGISTRATION_PENDING", "Registration pending"),
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
        migrations.AddConstraint(
            model_name="pledge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "WITHDRAWN"), _negated=True), fields=("asset", "application"), name="pledge_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="pledge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stated_number__isnull", False), models.Q(("state", "WITHDRAWN"), _negated=True)),
                fields=("application", "stated_number"),
                name="pledge_stated_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="pledge",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("prior_claims__gte", 0), ("declared_claims__gte", 0)), name="pledge_amount_positive"
            ),
        ),
        migrations.RunSQL("UPDATE collateral_pledge SET declared_claims = prior_claims WHERE prior_claims > 0", migrations.RunSQL.noop),
    ]
