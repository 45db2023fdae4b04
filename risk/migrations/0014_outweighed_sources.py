"""A difference may be explained by a source that is left out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0013_first_day_of_accounts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="explanation",
            name="code",
            field=models.CharField(
                blank=True,
                choices=[
                    ("MISSTATED", "Stated wrongly; what was seen counts"),
                    ("PERIOD", "Another period than was stated"),
                    ("ELSEWHERE", "The rest is shown elsewhere in the file"),
                    ("CHANGED", "Changed since it was seen"),
                    ("SHARED", "Shared with somebody else"),
                    ("SPELLING", "The same, written otherwise"),
                    ("NEWER", "The figure that counts is newer and better shown"),
                    ("OUTWEIGHED", "Left out, as another source of the account holds"),
                    ("UNRESOLVED", "Could not be explained"),
                ],
                help_text="Empty where it was written before there were codes",
                max_length=10,
            ),
        ),
    ]
