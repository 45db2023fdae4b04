"""Files are held for a value or an insurance that ran out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0007_loans_called"),
    ]

    operations = [
        migrations.AlterField(
            model_name="applicationhold",
            name="reason",
            field=models.CharField(
                choices=[
                    ("SCREENING", "Screening hit to be decided"),
                    ("BLACKLIST", "Active blacklist entry"),
                    ("FRAUD", "Fraud signal"),
                    ("DISPUTE", "Dispute"),
                    ("COLLATERAL", "Red flag against what is pledged"),
                    ("LAPSED", "Value or insurance of what is pledged has run out"),
                ],
                max_length=10,
            ),
        ),
    ]
