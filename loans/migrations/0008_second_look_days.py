"""How long who was declined may ask for a second look, by product."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0007_how_far_lines_are_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="productversion",
            name="second_look_days",
            field=models.PositiveSmallIntegerField(
                db_default=30, default=30, help_text="How long after a decline the applicant may ask for a second look"
            ),
        ),
    ]
