"""Receivables that a red flag told of since they count in part for being overdue."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0030_pledge_states")]

    operations = [
        migrations.AddField(
            model_name="receivable",
            name="told_late",
            field=models.BooleanField(
                db_default=False, default=False, help_text="A red flag told of it since it counts in part for being overdue"
            ),
        ),
        migrations.AddIndex(
            model_name="receivable",
            index=models.Index(
                condition=models.Q(("settled_date", None), ("told_late", False)), fields=["due_date"], name="receivable_untold"
            ),
        ),
    ]
