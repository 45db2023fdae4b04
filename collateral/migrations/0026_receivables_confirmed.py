"""Receivables that were added once others counted on the assignment, until a second person saw them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0025_inputs_of_values")]

    operations = [
        migrations.AddField(
            model_name="receivable",
            name="unconfirmed",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Added once others counted on the assignment; nothing counts more for it before a second person saw it",
            ),
        ),
    ]
