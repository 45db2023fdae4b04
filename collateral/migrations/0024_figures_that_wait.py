"""Market figures that wait for a second person, and splits of papers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0023_buyers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="valuefile",
            name="held",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="Figures that wait, or waited, for a second person, each beside what is on record",
            ),
        ),
        migrations.CreateModel(
            name="SecuritySplit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("isin", models.CharField(max_length=12)),
                ("split_date", models.DateField()),
                ("new", models.PositiveIntegerField()),
                ("old", models.PositiveIntegerField()),
                ("recorded_date", models.DateField()),
                (
                    "confirmed_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-split_date", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("isin", "split_date"), name="security_split_once"),
                    models.CheckConstraint(
                        condition=models.Q(("new__gt", 0), ("old__gt", 0), models.Q(("new", models.F("old")), _negated=True)),
                        name="security_split_is_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recorded_by__isnull", True),
                            models.Q(("recorded_by", models.F("confirmed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="security_split_by_two",
                    ),
                ],
            },
        ),
    ]
