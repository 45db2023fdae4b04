"""What held before counts beside what one person recorded, until a second one saw it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0021_flags_settled_by_facts"),
    ]

    operations = [
        migrations.AddField(
            model_name="depositfacts",
            name="held",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
            ),
        ),
        migrations.AddField(
            model_name="equipmentfacts",
            name="held",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="What held before and counts beside it, the lowest of all, until a second person saw what is recorded now; null: nothing did",
            ),
        ),
        migrations.AddField(
            model_name="landfacts",
            name="held",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
            ),
        ),
        migrations.AddField(
            model_name="machinefacts",
            name="held",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
            ),
        ),
        migrations.AddField(
            model_name="propertyfacts",
            name="held",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
            ),
        ),
        migrations.AddField(
            model_name="receivable",
            name="undisputed_date",
            field=models.DateField(help_text="When the dispute is said to have ended, before a second person confirmed it", null=True),
        ),
        migrations.AddField(
            model_name="vehiclefacts",
            name="held",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
            ),
        ),
    ]
