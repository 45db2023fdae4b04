"""A red flag about one value leaves room for the same one about another value of the asset."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0002_safeguards")]

    operations = [
        migrations.RemoveConstraint("redflag", "red_flag_open_once"),
        migrations.AddConstraint(
            "redflag",
            models.UniqueConstraint(
                condition=models.Q(state="OPEN"), fields=("asset", "code", "valuation"), name="red_flag_open_once", nulls_distinct=False
            ),
        ),
    ]
