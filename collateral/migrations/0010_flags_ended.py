"""A red flag about a value ends with that value, without anybody having decided it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0009_flag_reviews")]

    operations = [
        migrations.AlterField(
            "redflag",
            "state",
            models.CharField(
                choices=[
                    ("OPEN", "Open"),
                    ("CLEARED", "Cleared"),
                    ("UPHELD", "Upheld"),
                    ("LIFTED", "Lifted"),
                    ("ENDED", "Ended"),
                ],
                default="OPEN",
                max_length=8,
            ),
        ),
    ]
