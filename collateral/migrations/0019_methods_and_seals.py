"""A method for what is worth the amount written on it; values that are sealed are found."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0018_evidence_of_values"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
        migrations.AddIndex(
            model_name="valuation",
            index=models.Index(condition=models.Q(("sealed", True)), fields=["round"], name="valuation_sealed"),
        ),
    ]
