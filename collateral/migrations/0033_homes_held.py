"""What a home was compared by and which index it followed before, until a second person saw what is on file now."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0032_holding_counted_since")]

    operations = [
        migrations.AddField(
            model_name="asset",
            name="held_places",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="Places whose index it followed before and follows beside the one on file, until a second person saw that one",
            ),
        ),
        migrations.AddField(
            model_name="homefacts",
            name="held",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="Versions by which it would fetch less, compared beside what is on file, until a second person saw that",
            ),
        ),
    ]
