"""A method for what is worth the amount written on it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0015_lien_end_document"),
    ]

    operations = [
        migrations.AlterField(
            model_name="valuation",
            name="method",
            field=models.CharField(
                blank=True,
                choices=[
                    ("COMPARISON", "Comparison"),
                    ("INCOME", "Income"),
                    ("COST", "Cost"),
                    ("INDEX", "Index"),
                    ("MARKET_QUOTE", "Market quote"),
                    ("NOMINAL", "Nominal amount"),
                ],
                max_length=12,
            ),
        ),
    ]
