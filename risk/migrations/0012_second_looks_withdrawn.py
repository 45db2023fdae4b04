"""The record of a request for a second look may be withdrawn, after which another stands; monitoring is told once of one that waits."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0009_days_of_statements"),
        ("risk", "0011_cover_given_up"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="secondlook",
            name="second_look_once_per_decision",
        ),
        migrations.AddField(
            model_name="secondlook",
            name="told_late_date",
            field=models.DateField(help_text="When monitoring was told that it has not been answered in time", null=True),
        ),
        migrations.AlterField(
            model_name="secondlook",
            name="state",
            field=models.CharField(
                choices=[
                    ("OPEN", "Waits"),
                    ("UPHELD", "Decision upheld"),
                    ("TAKEN_UP", "Taken up again"),
                    ("WITHDRAWN", "Recorded by mistake"),
                ],
                default="OPEN",
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="secondlook",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "WITHDRAWN"), _negated=True), fields=("decision",), name="second_look_once_per_decision"
            ),
        ),
    ]
