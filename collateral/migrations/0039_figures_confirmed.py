"""Which prices and points two people stand for, and by which file a point came. Figures on record were there before anybody's steps were added up."""

import django.db.models.deletion
from django.db import migrations, models

PRICES = "UPDATE collateral_securityprice SET confirmed = true"
POINTS = "UPDATE collateral_indexpoint SET confirmed = true"
FLAG = models.BooleanField(db_default=False, default=False, help_text="Two people stand for it: the next ones are measured by it")


class Migration(migrations.Migration):
    dependencies = [("collateral", "0038_owners_stated")]

    operations = [
        migrations.AddField("indexpoint", "confirmed", FLAG),
        migrations.AddField("securityprice", "confirmed", FLAG),
        migrations.RunSQL(f"{PRICES}; {POINTS}", migrations.RunSQL.noop),
        migrations.AddField(
            "indexpoint",
            "source",
            models.ForeignKey(
                help_text="None: from before files were kept with it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="points",
                to="collateral.valuefile",
            ),
        ),
    ]
