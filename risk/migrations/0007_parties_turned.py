"""A signature for a payout is kept against what befell co-borrowers and guarantors with us, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0006_second_looks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="exposuresignature",
            name="exposure_signed_once",
        ),
        migrations.AddField(
            model_name="exposuresignature",
            name="parties_defaults",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="How many loans of co-borrowers and guarantors with us had gone bad by then, where that turned it",
            ),
        ),
        migrations.AddField(
            model_name="exposuresignature",
            name="parties_late",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="How late a co-borrower or guarantor had been with us by then, where that turned it"
            ),
        ),
        migrations.AddConstraint(
            model_name="exposuresignature",
            constraint=models.UniqueConstraint(
                fields=(
                    "application",
                    "person",
                    "exposure",
                    "days_late",
                    "defaults",
                    "outdated",
                    "amended",
                    "parties_late",
                    "parties_defaults",
                ),
                name="exposure_signed_once",
            ),
        ),
    ]
