import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.uuids


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0005_declared_interests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MissingRequest",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                ("text", models.TextField(blank=True, help_text="What the applicant is told besides")),
                ("until", models.DateField(help_text="The last day of the answer")),
                (
                    "days_left",
                    models.PositiveSmallIntegerField(help_text="Business days the bank had left to decide when its clock was stopped"),
                ),
                ("asked_date", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Waiting"),
                            ("CAME", "All came"),
                            ("ENOUGH", "Enough came"),
                            ("RAN_OUT", "Not answered"),
                            ("ENDED", "Application withdrawn"),
                        ],
                        default="OPEN",
                        max_length=7,
                    ),
                ),
                ("closed_date", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, help_text="Why enough came", max_length=400)),
                (
                    "application",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="missing_requests", to="loans.application"),
                ),
                ("asked_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MissingItem",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("document", "Document"), ("fact", "Answer")], max_length=8)),
                ("code", models.CharField(max_length=40)),
                ("title", models.CharField(max_length=160)),
                (
                    "document",
                    models.ForeignKey(
                        help_text="What brought it",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loans.document",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="items", to="loans.missingrequest"),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="missingrequest",
            index=models.Index(condition=models.Q(("state", "OPEN")), fields=["until"], name="missing_request_runs_out"),
        ),
        migrations.AddConstraint(
            model_name="missingrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "OPEN")), fields=("application",), name="missing_request_open_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="missingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_date__isnull", True), ("state", "OPEN")),
                    models.Q(models.Q(("state", "OPEN"), _negated=True), ("closed_date__isnull", False)),
                    _connector="OR",
                ),
                name="missing_request_closed_on_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="missingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "ENOUGH"), _negated=True), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="missing_request_enough_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="missingitem",
            constraint=models.UniqueConstraint(fields=("request", "code"), name="missing_item_once"),
        ),
    ]
