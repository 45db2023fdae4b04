"""What of a loan is not drawn yet, which milestones of days past due were announced, and references of partners used once."""

from django.conf import settings
from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_guards"),
        ("loans", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="loan",
            name="announced_days",
            field=models.PositiveSmallIntegerField(default=0, help_text="The highest milestone of days past due the world was told of"),
        ),
        migrations.AddField(
            model_name="loan",
            name="undrawn",
            field=core.fields.MoneyField(default=0, help_text="Part of the principal not yet on its way out"),
        ),
        migrations.AlterField(
            model_name="loan",
            name="status_date",
            field=models.DateField(help_text="The business date on which these figures last changed", null=True),
        ),
        migrations.AddIndex(
            model_name="loan",
            index=models.Index(condition=models.Q(("announced_days__gt", 0)), fields=["id"], name="loan_announced"),
        ),
        migrations.AddIndex(
            model_name="paymentallocation",
            index=models.Index(condition=models.Q(("component", "suspense")), fields=["payment"], name="allocation_in_suspense"),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.CheckConstraint(
                condition=models.Q(("undrawn__gte", 0), ("undrawn__lte", models.F("principal"))), name="loan_undrawn_within_principal"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("partner__isnull", False), ("external_reference__isnull", False)),
                fields=("partner", "external_reference"),
                name="payment_partner_reference_once",
            ),
        ),
    ]
