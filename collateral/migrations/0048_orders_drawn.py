"""Why another firm was asked for a value, and where nobody else could have been drawn."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("collateral", "0047_capped_values")]

    operations = [
        migrations.AddField(
            "valuation",
            "outside_reason",
            models.CharField(
                max_length=12,
                choices=[
                    ("CONNECTED", "The bank's own appraisers are connected to it"),
                    ("SPECIAL", "None of the bank's own knows such assets"),
                    ("FAR", "It lies too far away for the bank's own"),
                    ("INDEPENDENT", "An independent valuer is prescribed"),
                    ("DOUBT", "A value before it is in doubt"),
                ],
                blank=True,
                default="",
                db_default="",
                help_text="Why another firm was asked",
            ),
        ),
        migrations.AddField(
            "valuation",
            "drawn_alone",
            models.BooleanField(default=False, db_default=False, help_text="Nobody else was eligible when it was drawn"),
        ),
        migrations.AddConstraint(
            "valuation",
            models.CheckConstraint(
                name="valuation_outside_reason_known",
                condition=Q(outside_reason__in=["", "CONNECTED", "SPECIAL", "FAR", "INDEPENDENT", "DOUBT"]),
            ),
        ),
    ]
