"""A value that the bank holds no sales, curve or price against says why, of machines, vehicles and securities too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0042_debtors_left"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="valuation",
            name="valuation_no_evidence_known",
        ),
        migrations.AlterField(
            model_name="valuation",
            name="no_evidence",
            field=models.CharField(
                blank=True,
                choices=[
                    ("NO_MARKET", "No sales are on file of where it stands"),
                    ("UNLIKE", "No home like it is sold there"),
                    ("OTHER_USE", "It is no home: its rent or its cost decides"),
                    ("NO_MODEL", "No price model of where it stands is in force"),
                    ("NO_NEW_PRICE", "What it cost when new cannot be found out"),
                    ("ONE_OF_KIND", "It was built to order: no curve says how it ages"),
                    ("UNTRADED", "It is traded nowhere: no price is quoted"),
                    ("SUSPENDED", "Its trading is suspended"),
                ],
                db_default="",
                default="",
                help_text="Why nothing can be held against it",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="valuation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "no_evidence__in",
                        ["", "NO_MARKET", "UNLIKE", "OTHER_USE", "NO_MODEL", "NO_NEW_PRICE", "ONE_OF_KIND", "UNTRADED", "SUSPENDED"],
                    )
                ),
                name="valuation_no_evidence_known",
            ),
        ),
    ]
