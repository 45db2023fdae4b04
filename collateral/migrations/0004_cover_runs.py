"""Covers are measured anew in the background when the settings of values change."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import core.uuids

STATES = [
    ("WAITING", "Waiting"),
    ("RUNNING", "Running"),
    ("DONE", "Done"),
    ("FAILED", "Stopped"),
    ("OVERTAKEN", "Overtaken by other settings"),
]


class Migration(migrations.Migration):
    dependencies = [("collateral", "0003_works_above_the_cap")]

    operations = [
        migrations.CreateModel(
            "CoverRun",
            [
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                (
                    "settings",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cover_runs", to="collateral.valuesettings"
                    ),
                ),
                ("state", models.CharField(choices=STATES, default="WAITING", max_length=9)),
                ("total", models.PositiveIntegerField(default=0, help_text="Loans with collateral when it began")),
                ("done", models.PositiveIntegerField(default=0)),
                ("after", models.BigIntegerField(default=0, help_text="The last loan that is measured; the next range begins behind it")),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Ranges that failed in a row")),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "business_date",
                    models.DateField(help_text="The day on which the settings came in force; its night measures every loan in any case"),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(models.Value(1), name="cover_run_one_at_a_time", condition=Q(state__in=["WAITING", "RUNNING"]))
                ],
            },
        ),
    ]
