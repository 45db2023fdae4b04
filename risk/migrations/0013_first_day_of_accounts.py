"""The first day of a financial year, which may have more or fewer months than twelve."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0012_second_looks_withdrawn"),
    ]

    operations = [
        migrations.AddField(
            model_name="annualaccounts",
            name="first_day",
            field=models.DateField(help_text="Of the financial year; none in what was kept before it was asked: twelve months", null=True),
        ),
    ]
