"""What area a value is of, and why one was accepted without anything to hold against it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0017_void_counts_nothing")]

    operations = [
        migrations.AddField(
            model_name="valuation",
            name="valued_area",
            field=models.DecimalField(
                decimal_places=2, help_text="Square metres that it is of, as its appraiser found", max_digits=10, null=True
            ),
        ),
        migrations.AddField(
            model_name="valuation",
            name="no_evidence",
            field=models.CharField(
                blank=True,
                choices=[
                    ("NO_MARKET", "No sales are on file of where it stands"),
                    ("UNLIKE", "No home like it is sold there"),
                    ("OTHER_USE", "It is no home: its rent or its cost decides"),
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
                name="valuation_area_positive", condition=models.Q(valued_area__isnull=True) | models.Q(valued_area__gt=0)
            ),
        ),
        migrations.AddConstraint(
            model_name="valuation",
            constraint=models.CheckConstraint(
                name="valuation_no_evidence_known", condition=models.Q(no_evidence__in=["", "NO_MARKET", "UNLIKE", "OTHER_USE"])
            ),
        ),
    ]
