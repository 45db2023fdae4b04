"""An asset's country is what was said, or the country the bank works in by then: the table itself takes none for granted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0004_cover_runs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="asset",
            name="country",
            field=models.CharField(max_length=2),
        ),
    ]
