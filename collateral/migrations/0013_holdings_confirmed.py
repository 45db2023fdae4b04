"""Of pledged securities counts what a second person confirmed; what is on file today counts as it did."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0012_flags_revised")]

    operations = [
        migrations.AddField(
            "securityholding",
            "confirmed_isin",
            models.CharField(blank=True, db_default="", default="", help_text="The paper that values are made of", max_length=12),
        ),
        migrations.AddField(
            "securityholding",
            "confirmed_quantity",
            models.DecimalField(
                decimal_places=4,
                help_text="How many of it values are made of; none before somebody confirmed a first one",
                max_digits=18,
                null=True,
            ),
        ),
        migrations.RunSQL(
            "UPDATE collateral_securityholding SET confirmed_isin = isin, confirmed_quantity = quantity",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            "securityholding",
            models.CheckConstraint(
                condition=models.Q(confirmed_isin="", confirmed_quantity__isnull=True)
                | ~models.Q(confirmed_isin="") & models.Q(confirmed_quantity__gt=0),
                name="holding_confirmed_whole",
            ),
        ),
    ]
