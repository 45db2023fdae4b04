"""A signature for a payout may be against a loan that went bad since, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0002_safeguards"),
    ]

    operations = [
        migrations.AlterField(
            model_name="exposuresignature",
            name="turned",
            field=models.CharField(
                blank=True, db_default="", help_text="What had turned since the approval: FACTS, DELAY, DEFAULT", max_length=8
            ),
        ),
        migrations.AlterField(
            model_name="exposuresignature",
            name="turned_days",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="How late the borrower had been by then, of a delay; of defaults, how many"
            ),
        ),
    ]
