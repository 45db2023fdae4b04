"""A customer's country is what was said, or the country the bank works in by then: the table itself takes none for granted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0003_amended_files_held"),
    ]

    operations = [
        migrations.AlterField(
            model_name="borrower",
            name="country",
            field=models.CharField(max_length=2),
        ),
    ]
