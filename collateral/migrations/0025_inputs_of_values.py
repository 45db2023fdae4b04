"""What a value was worked out from stands with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0024_figures_that_wait"),
    ]

    operations = [
        migrations.AddField(
            model_name="valuation",
            name="inputs",
            field=models.JSONField(
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text="What it was worked out from by its method (domain.value_inputs), figures as strings",
            ),
        ),
    ]
