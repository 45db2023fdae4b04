"""A file may be held because a customer record was amended after it was decided."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0002_safeguards"),
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
                    ("AMENDED", "Customer record amended since the decision"),
                ],
                max_length=10,
            ),
        ),
    ]
