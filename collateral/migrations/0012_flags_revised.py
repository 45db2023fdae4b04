"""A red flag counts how often what it says changed, so that nobody decides what they did not read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0011_sent_back_by")]

    operations = [
        migrations.AddField(
            "redflag",
            "revision",
            models.PositiveSmallIntegerField(
                db_default=1, default=1, help_text="Goes up whenever what it says changes; a decision is about the one that was read"
            ),
        ),
    ]
