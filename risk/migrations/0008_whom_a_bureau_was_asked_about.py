"""Whom a bureau was asked about, as a fingerprint, kept with its report."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0007_parties_turned"),
    ]

    operations = [
        migrations.AddField(
            model_name="bureaureport",
            name="asked",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Fingerprint of whom the bureau was asked about, as on record then",
                max_length=64,
            ),
        ),
    ]
