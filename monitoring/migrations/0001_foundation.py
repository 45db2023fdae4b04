"""The tables of monitoring: sweeps and alerts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.uuids
from core.tables_together import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("monitoring", "0001_initial"),
        ("monitoring", "0002_failed_runs"),
        ("monitoring", "0003_matured_alerts"),
        ("monitoring", "0004_margin_calls"),
        ("monitoring", "0005_drift_alerts"),
        ("monitoring", "0006_inspections"),
        ("monitoring", "0007_late_valuations"),
        ("monitoring", "0002_insurance_alerts"),
        ("monitoring", "0003_flag_reviews"),
        ("monitoring", "0004_audit_findings"),
        ("monitoring", "0005_silent_registries"),
        ("monitoring", "0006_late_audits"),
    ]

    dependencies = [
        ("collateral", "0001_foundation"),
        ("core", "0001_foundation"),
        ("loans", "0001_foundation"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="SweepRun",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("kind", models.CharField(default="close_day", max_length=12)),
                        ("business_date", models.DateField()),
                        ("next_date", models.DateField(help_text="The business date once the day is closed")),
                        (
                            "state",
                            models.CharField(
                                choices=[("RUNNING", "Running"), ("DONE", "Done"), ("FAILED", "Failed")], default="RUNNING", max_length=7
                            ),
                        ),
                        (
                            "started_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("started_by_name", models.CharField(max_length=60)),
                        ("started_at", models.DateTimeField(auto_now_add=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("loans", models.PositiveIntegerField(default=0)),
                        ("totals", models.JSONField(default=dict)),
                        ("turn_attempts", models.PositiveSmallIntegerField(default=0, help_text="How often turning the day failed")),
                        ("error", models.TextField(blank=True, help_text="Why turning the day failed last")),
                    ],
                    options={
                        "ordering": ["-business_date"],
                        "constraints": [models.UniqueConstraint(fields=("kind", "business_date"), name="sweep_once_per_day")],
                    },
                ),
                migrations.CreateModel(
                    name="SweepChunk",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "run",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="chunks", to="monitoring.sweeprun"),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("first_loan_id", models.BigIntegerField()),
                        ("last_loan_id", models.BigIntegerField(help_text="Inclusive")),
                        (
                            "state",
                            models.CharField(
                                choices=[("READY", "Ready"), ("DONE", "Done"), ("SPLIT", "Split"), ("SET_ASIDE", "Set aside")],
                                default="READY",
                                max_length=9,
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("loans", models.PositiveIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ["run", "number"],
                        "indexes": [
                            models.Index(condition=models.Q(("state", "READY")), fields=["run", "number"], name="sweep_chunk_ready")
                        ],
                        "constraints": [models.UniqueConstraint(fields=("run", "number"), name="sweep_chunk_number_once")],
                    },
                ),
                migrations.CreateModel(
                    name="SetAside",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="set_aside", to="monitoring.sweeprun"
                            ),
                        ),
                        ("loan", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.loan")),
                        ("reason", models.TextField()),
                        ("resolved_at", models.DateTimeField(null=True)),
                        ("resolved_by_name", models.CharField(blank=True, max_length=120)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("run", "loan"), name="set_aside_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=20, unique=True)),
                        (
                            "branch",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("OVERDUE", "Overdue"),
                                    ("DEFAULTED", "More than 90 days past due"),
                                    ("MATURED", "Unpaid at maturity"),
                                    ("BLACKLISTED", "Live exposure to a blacklisted borrower"),
                                    ("FUND_USE", "Funds used otherwise than agreed"),
                                    ("REVALUATION", "Revaluation due"),
                                    ("VALUE_LATE", "Valuation not handed in"),
                                    ("INSURE_ENDS", "Insurance ends soon"),
                                    ("INSURE_LAPSE", "Insurance has lapsed"),
                                    ("LIENS", "Liens beyond the value"),
                                    ("MARGIN_CALL", "Margin call"),
                                    ("MARGIN_LATE", "Margin call not answered"),
                                    ("INSPECTION", "Inspection found something"),
                                    ("ROUND_LATE", "Inspection round overdue"),
                                    ("REVIEW_LATE", "Review of a red flag overdue"),
                                    ("REGISTRY", "Registry has not answered"),
                                    ("MODEL_DRIFT", "Applications unlike the scorecard's sample"),
                                    ("AUDIT", "Faults found by an audit"),
                                    ("AUDIT_LATE", "Audit has not reported"),
                                    ("SCREENING", "Screening hit on a live borrower"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("level", models.PositiveSmallIntegerField(default=1, help_text="1 watch, 2 act, 3 act today")),
                        (
                            "subject",
                            models.CharField(
                                help_text="loan:<id>, asset:<id>, borrower:<id>, model:<id>, round:<id>, pledge:<id>, audit:<id>",
                                max_length=60,
                            ),
                        ),
                        (
                            "loan",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="alerts", to="loans.loan"
                            ),
                        ),
                        (
                            "borrower",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="alerts", to="loans.borrower"
                            ),
                        ),
                        (
                            "asset",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="alerts", to="collateral.asset"
                            ),
                        ),
                        ("title", models.CharField(max_length=160)),
                        ("details", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("OPEN", "Open"),
                                    ("ACKNOWLEDGED", "Acknowledged"),
                                    ("ACTION_PLANNED", "Action planned"),
                                    ("RESOLVED", "Resolved"),
                                ],
                                default="OPEN",
                                max_length=14,
                            ),
                        ),
                        ("raised_date", models.DateField()),
                        ("due_date", models.DateField()),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("plan", models.TextField(blank=True)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True, choices=[("TRUE", "True warning"), ("USEFUL", "Useful"), ("FALSE", "False")], max_length=6
                            ),
                        ),
                        (
                            "resolved_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("resolved_date", models.DateField(null=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["state", "due_date"], name="alert_queue")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "RESOLVED"), _negated=True), fields=("kind", "subject"), name="alert_open_once"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
