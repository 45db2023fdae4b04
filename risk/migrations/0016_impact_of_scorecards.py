"""What scorecards do to the ages of who applies, by month."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0015_industries_by_code"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelImpact",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("month", models.DateField(help_text="Its first day")),
                ("found", models.JSONField()),
                (
                    "model_version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="impacts", to="risk.modelversion"),
                ),
            ],
            options={
                "ordering": ["month"],
                "constraints": [
                    models.UniqueConstraint(fields=("model_version", "month"), name="model_impact_once"),
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="model_impact_month_starts"),
                ],
            },
        ),
    ]
