"""The last day on which a returned file may be completed, which its letter gives."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0012_industries_by_code"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="complete_by",
            field=models.DateField(help_text="The last day a letter gave to complete a returned file; none while it is owed", null=True),
        ),
    ]
