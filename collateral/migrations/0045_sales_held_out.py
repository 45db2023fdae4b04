"""Sales from which nothing is learnt: far from what homes fetch and seen by nobody else, or no sales at all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0044_covers_taken_over")]

    operations = [
        migrations.AddField(
            "sale",
            "held_out",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="Far from what the model in force says, or no sale at all: nothing is learnt from it",
            ),
        ),
    ]
