"""The cover that a decision stood on, held against what stands in the registry before money leaves."""

import django.db.models.deletion
from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0019_methods_and_seals"),
        ("loans", "0009_conditions_shown"),
    ]

    operations = [
        migrations.CreateModel(
            name="DecidedCover",
            fields=[
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="decided_cover",
                        serialize=False,
                        to="loans.application",
                    ),
                ),
                ("available", core.fields.MoneyField()),
                ("exposure", core.fields.MoneyField()),
                ("decided_date", models.DateField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("exposure__gte", 0), ("available__gte", 0)), name="decided_cover_not_negative"
                    )
                ],
            },
        ),
    ]
