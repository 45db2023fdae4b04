"""The tables of risk: facts, signals, scorecards, policies and decisions."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids
from core.tables_together import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("risk", "0001_initial"),
        ("risk", "0003_fraud_signals"),
        ("risk", "0004_annual_accounts"),
        ("risk", "0005_bureau_reports"),
        ("risk", "0006_field_work"),
        ("risk", "0007_policy_models"),
        ("risk", "0008_policy_runs"),
        ("risk", "0009_scorecard_training"),
        ("risk", "0010_scorecard_drift"),
        ("risk", "0011_authority_and_appetite"),
        ("risk", "0012_past_cases"),
        ("risk", "0013_exposure_signatures"),
        ("risk", "0014_sample_retention"),
        ("risk", "0015_index_to_sign"),
        ("risk", "0003_bureau_taken_by"),
        ("risk", "0004_device_shared"),
        ("risk", "0005_registered_addresses"),
        ("risk", "0006_marks_of_an_evaluation"),
        ("risk", "0007_price_code"),
        ("risk", "0008_audit_findings"),
        ("risk", "0009_coded_explanations"),
        ("risk", "0010_fraud_rules"),
        ("risk", "0011_policy_editors"),
        ("risk", "0012_training_columns"),
        ("risk", "0013_drawers_of_bins"),
        ("risk", "0014_newer_explains"),
        ("risk", "0015_signed_for_what_turned"),
        ("risk", "0016_decided_covers_of_before"),
        ("risk", "0017_investigation_steps"),
        ("risk", "0018_who_settled_findings"),
        ("risk", "0019_parts_of_facts"),
        ("risk", "0020_fraud_trials"),
        ("risk", "0021_signed_for_amendments"),
        ("risk", "0022_earlier_rounds"),
        ("risk", "0023_fraud_trial_once"),
        ("risk", "0024_contradictions_by_figures"),
        ("risk", "0025_audit_lots"),
        ("risk", "0026_measured_places"),
    ]

    dependencies = [
        ("core", "0001_foundation"),
        ("loans", "0001_foundation"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="AnnualAccounts",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="loans.application"),
                        ),
                        ("borrower", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.borrower")),
                        ("industry", models.CharField(blank=True, max_length=60)),
                        ("currency", models.CharField(max_length=3)),
                        ("year_end", models.DateField()),
                        ("figures", models.JSONField()),
                        ("ratios", models.JSONField()),
                        (
                            "evidence",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.document"
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("author_name", models.CharField(max_length=120)),
                        ("recorded_at", models.DateTimeField(auto_now_add=True)),
                        ("recorded_date", models.DateField()),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["application", "year_end", "-id"], name="accounts_of_file"),
                            models.Index(fields=["industry", "year_end"], name="accounts_of_peers"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BureauReport",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="bureau_reports", to="loans.application"
                            ),
                        ),
                        ("borrower", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.borrower")),
                        ("adapter", models.CharField(max_length=40)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("WAITING", "Waiting for the bureau"),
                                    ("RECEIVED", "Received"),
                                    ("UNKNOWN", "Nobody known there"),
                                    ("UNUSABLE", "Answer unusable"),
                                    ("FAILED", "No answer"),
                                ],
                                default="WAITING",
                                max_length=8,
                            ),
                        ),
                        ("detail", models.CharField(blank=True, help_text="Why there is no report yet, or none at all", max_length=200)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_at", models.DateTimeField()),
                        (
                            "requested_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("requested_at", models.DateTimeField()),
                        ("requested_date", models.DateField()),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("number", models.CharField(blank=True, max_length=160)),
                        ("as_of_date", models.DateField(null=True)),
                        ("figures", models.JSONField(default=dict)),
                        ("answer", core.fields.EncryptedTextField()),
                        ("in_file_at", models.DateTimeField(help_text="When its figures became facts of the file", null=True)),
                        (
                            "taken_by",
                            models.ForeignKey(
                                help_text="Who put a late one into the file",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(condition=models.Q(("state", "WAITING")), fields=["next_at"], name="bureau_report_due")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "WAITING")),
                                fields=("application", "borrower"),
                                name="bureau_report_waits_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BureauCircuit",
                    fields=[
                        ("adapter", models.CharField(max_length=40, primary_key=True, serialize=False)),
                        ("failures", models.PositiveIntegerField(default=0, help_text="In a row")),
                        ("open_until", models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="Recommendation",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="recommendations", to="loans.application"
                            ),
                        ),
                        (
                            "proposal",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.proposal"),
                        ),
                        ("content", models.JSONField(help_text="Outcome, amount, term, rate, conditions, reasons, rationale")),
                        ("evidence_hash", models.CharField(max_length=64)),
                        ("level", models.PositiveSmallIntegerField(db_default=3, default=3, help_text="3 two people, 4 the committee")),
                        (
                            "made_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("made_at", models.DateTimeField(auto_now_add=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="CommitteeVote",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "recommendation",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="votes", to="risk.recommendation"),
                        ),
                        (
                            "member",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("member_name", models.CharField(max_length=120)),
                        ("by_manager", models.BooleanField(help_text="Whether the member voted as a risk manager")),
                        ("in_favour", models.BooleanField()),
                        ("reason", models.CharField(blank=True, max_length=400)),
                        ("voted_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("recommendation", "member"), name="committee_vote_once"),
                            models.CheckConstraint(
                                condition=models.Q(("in_favour", True), models.Q(("reason", ""), _negated=True), _connector="OR"),
                                name="committee_vote_against_has_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Decision",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="loans.application"
                            ),
                        ),
                        ("outcome", models.CharField(max_length=24)),
                        ("amount", core.fields.MoneyField(null=True)),
                        ("term_months", models.PositiveSmallIntegerField(null=True)),
                        ("annual_rate", core.fields.RateField(null=True)),
                        ("conditions", models.JSONField(default=list)),
                        ("reasons", models.JSONField(default=list, help_text="Internal: [{code, text}]")),
                        ("rationale", models.TextField()),
                        (
                            "override_code",
                            models.CharField(blank=True, help_text="Why the decision leaves the recommendation", max_length=40),
                        ),
                        ("system_recommendation", models.CharField(max_length=8)),
                        ("authority_level", models.PositiveSmallIntegerField()),
                        (
                            "authority",
                            models.JSONField(
                                db_default={},
                                default=dict,
                                help_text="The matrix it was taken by, the row, and limits of appetite it passes",
                            ),
                        ),
                        (
                            "votes",
                            models.JSONField(
                                db_default=[],
                                default=list,
                                help_text="[{name, by_manager, in_favour, reason}], `carried` where it is of an earlier round",
                            ),
                        ),
                        ("exposure_after", core.fields.MoneyField()),
                        ("evidence", models.JSONField()),
                        ("evidence_hash", models.CharField(max_length=64)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("decided_by_name", models.CharField(max_length=120)),
                        (
                            "second_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("decided_at", models.DateTimeField(auto_now_add=True)),
                        ("decided_date", models.DateField()),
                        (
                            "price_code",
                            models.CharField(
                                blank=True, db_default="", help_text="Why the rate is not the price of the grade", max_length=40
                            ),
                        ),
                        (
                            "earlier",
                            models.JSONField(
                                db_default=[], default=list, help_text="What was put up before and came to nothing, with its votes"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("second_by__isnull", True),
                                    models.Q(("second_by", models.F("decided_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="decision_four_eyes",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExposureSignature",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="exposure_signatures", to="loans.application"
                            ),
                        ),
                        ("exposure", core.fields.MoneyField()),
                        (
                            "person",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("person_name", models.CharField(max_length=120)),
                        ("by_manager", models.BooleanField(help_text="Whether the person signed as a risk manager")),
                        ("reason", models.CharField(max_length=400)),
                        ("signed_at", models.DateTimeField(auto_now_add=True)),
                        ("signed_date", models.DateField()),
                        (
                            "turned",
                            models.CharField(
                                blank=True, db_default="", help_text="What had turned since the approval: FACTS, DELAY", max_length=8
                            ),
                        ),
                        (
                            "turned_days",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="How late the borrower had been by then, of a delay"
                            ),
                        ),
                        (
                            "amended",
                            models.PositiveIntegerField(
                                db_default=0,
                                default=0,
                                help_text="How many amendments of its parties' records had come after the file was signed off",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="exposure_signature_has_reason"),
                            models.UniqueConstraint(
                                fields=("application", "person", "exposure", "turned", "turned_days", "amended"),
                                name="exposure_signed_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FieldRecord",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="field_records", to="loans.application"
                            ),
                        ),
                        ("kind", models.CharField(choices=[("VISIT", "Site visit"), ("INTERVIEW", "Interview")], max_length=9)),
                        ("seen_date", models.DateField()),
                        ("people", models.CharField(max_length=200)),
                        ("findings", models.TextField()),
                        (
                            "address",
                            models.CharField(
                                choices=[("AGREES", "As on file"), ("DIFFERS", "Another one"), ("NOT_SEEN", "Not seen")],
                                default="NOT_SEEN",
                                max_length=8,
                            ),
                        ),
                        ("address_seen", core.fields.EncryptedTextField()),
                        ("latitude", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                        ("longitude", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                        ("accuracy", models.PositiveIntegerField(null=True)),
                        (
                            "recorded_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("recorded_at", models.DateTimeField(auto_now_add=True)),
                        ("recorded_date", models.DateField()),
                        ("photos", models.ManyToManyField(related_name="+", to="loans.document")),
                        (
                            "is_measured",
                            models.BooleanField(help_text="Whether a device told the place; empty where nobody said so yet", null=True),
                        ),
                        (
                            "why_without",
                            models.CharField(
                                blank=True, help_text="Why a photo, a measured place or the address is missing", max_length=300
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                                    models.Q(
                                        ("latitude__gte", -90), ("latitude__lte", 90), ("longitude__gte", -180), ("longitude__lte", 180)
                                    ),
                                    _connector="OR",
                                ),
                                name="field_record_place_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_measured__isnull", True),
                                    ("is_measured", False),
                                    models.Q(("accuracy__isnull", False), ("latitude__isnull", False)),
                                    _connector="OR",
                                ),
                                name="field_record_measured_a_place",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Explanation",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="explanations", to="loans.application"
                            ),
                        ),
                        ("check_code", models.CharField(max_length=30)),
                        (
                            "figures",
                            models.CharField(
                                help_text="Fingerprint of both sides as they stood; others want another explanation", max_length=64
                            ),
                        ),
                        ("reason", models.TextField()),
                        (
                            "author",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("recorded_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "code",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("MISSTATED", "Stated wrongly; what was seen counts"),
                                    ("PERIOD", "Another period than was stated"),
                                    ("ELSEWHERE", "The rest is shown elsewhere in the file"),
                                    ("CHANGED", "Changed since it was seen"),
                                    ("SHARED", "Shared with somebody else"),
                                    ("SPELLING", "The same, written otherwise"),
                                    ("NEWER", "The figure that counts is newer and better shown"),
                                    ("UNRESOLVED", "Could not be explained"),
                                ],
                                help_text="Empty where it was written before there were codes",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="AuditLot",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("seed", models.CharField(help_text="Drawn by the system when the lot was ordered", max_length=32)),
                        ("since", models.DateField(help_text="Files decided on this day or later")),
                        ("until", models.DateField(help_text="Files decided before this day")),
                        ("size", models.PositiveSmallIntegerField(help_text="How many were asked for")),
                        ("auditor", models.CharField(max_length=120)),
                        ("population", models.PositiveIntegerField(help_text="How many files it was drawn of")),
                        ("population_sha256", models.CharField(help_text="Of their references in order, a line each", max_length=64)),
                        ("ordered_date", models.DateField()),
                        ("drawn_at", models.DateTimeField(help_text="What had reported or stood in a lot by then was left out")),
                        (
                            "ordered_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("population__gte", 1),
                                    ("since__lt", models.F("until")),
                                    ("size__gte", 1),
                                    ("size__lte", 200),
                                    models.Q(("seed", ""), _negated=True),
                                ),
                                name="audit_lot_drawn_of_something",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FileAudit",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="audits", to="loans.application"),
                        ),
                        ("auditor", models.CharField(max_length=120)),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "sample",
                            models.CharField(
                                blank=True, help_text="Typed seed, size and period of a lot from before lots were kept", max_length=60
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("ORDERED", "Ordered"),
                                    ("CLEAN", "Nothing found"),
                                    ("FINDINGS", "Findings"),
                                    ("SETTLED", "Findings settled"),
                                ],
                                default="ORDERED",
                                max_length=8,
                            ),
                        ),
                        ("result", models.TextField(blank=True)),
                        (
                            "report",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.document"
                            ),
                        ),
                        (
                            "ordered_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("ordered_date", models.DateField()),
                        (
                            "reported_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("reported_date", models.DateField(null=True)),
                        ("answer", models.TextField(blank=True, help_text="What was done about the findings")),
                        ("settled_date", models.DateField(null=True)),
                        (
                            "answered_by",
                            models.ForeignKey(
                                help_text="Who said so",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "settled_by",
                            models.ForeignKey(
                                help_text="Who confirmed it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reported_at", models.DateTimeField(help_text="Empty where it reported before lots were kept", null=True)),
                        (
                            "told_late_date",
                            models.DateField(help_text="When monitoring was told that it has not reported in time", null=True),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                help_text="The lot that drew its file",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="audits",
                                to="risk.auditlot",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "ORDERED")), fields=("application",), name="file_audit_open_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "ORDERED"),
                                    models.Q(("reported_by__isnull", False), models.Q(("result", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="file_audit_reported_with_words",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("settled_date__isnull", False), ("state", "SETTLED"), models.Q(("answer", ""), _negated=True)
                                    ),
                                    models.Q(models.Q(("state", "SETTLED"), _negated=True), ("answer", ""), ("settled_date__isnull", True)),
                                    _connector="OR",
                                ),
                                name="file_audit_settled_with_answer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answered_by__isnull", False),
                                        ("settled_by__isnull", False),
                                        ("state", "SETTLED"),
                                        models.Q(("answered_by", models.F("settled_by")), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "SETTLED"), _negated=True),
                                        ("answered_by__isnull", True),
                                        ("settled_by__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="file_audit_settled_by_two",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationTrace",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="traces", to="loans.application"),
                        ),
                        ("borrower", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="loans.borrower")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("PARTY", "Party"),
                                    ("PHONE", "Phone"),
                                    ("ADDRESS", "Address"),
                                    ("PAYEE", "Payee account"),
                                    ("EMPLOYER", "Employer"),
                                    ("NAME", "Name"),
                                    ("DEVICE", "Device"),
                                    ("NETWORK", "Internet address"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("key", models.BinaryField()),
                        ("subject", models.BinaryField()),
                        ("submitted_date", models.DateField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["key", "submitted_date"], name="trace_meets")],
                        "constraints": [
                            models.UniqueConstraint(fields=("application", "borrower", "kind", "key"), name="application_trace_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FraudSignal",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="fraud_signals", to="loans.application"
                            ),
                        ),
                        (
                            "rule",
                            models.CharField(
                                choices=[
                                    ("PHONE", "Phone number shared"),
                                    ("ADDRESS", "Address shared"),
                                    ("DEVICE", "Device shared"),
                                    ("PAYEE", "Account of the payee shared"),
                                    ("EMPLOYER", "Many applicants from one employer"),
                                    ("DOCUMENT", "The same file handed in twice"),
                                    ("NETWORK", "Many applicants from one internet address"),
                                    ("NAME", "Nearly the same name"),
                                    ("VELOCITY", "Many applications in a short time"),
                                    ("IMPOSSIBLE", "Statements that cannot both be true"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "finding",
                            models.CharField(help_text="Fingerprint of what was found: the rule and the thing shared", max_length=64),
                        ),
                        ("evidence", models.JSONField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("OPEN", "Open"), ("EXPLAINED", "Explained"), ("CONFIRMED", "Fraud confirmed")],
                                default="OPEN",
                                max_length=9,
                            ),
                        ),
                        ("raised_at", models.DateTimeField(auto_now_add=True)),
                        ("raised_date", models.DateField()),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("reason", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(condition=models.Q(("state", "OPEN")), fields=["id"], name="fraud_signal_open")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "OPEN")), fields=("application", "finding"), name="fraud_signal_open_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_by__isnull", True), ("state", "OPEN")),
                                    models.Q(("decided_by__isnull", False), models.Q(("reason", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="fraud_signal_decided_with_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Investigation",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="investigation", to="loans.application"
                            ),
                        ),
                        (
                            "investigator",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("OPEN", "Open"), ("SUBMITTED", "Waiting for sign-off"), ("SIGNED_OFF", "Signed off")],
                                default="OPEN",
                                max_length=10,
                            ),
                        ),
                        ("summary", models.TextField(blank=True)),
                        ("submitted_at", models.DateTimeField(null=True)),
                        (
                            "signed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("signed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("state", "SUBMITTED")), fields=["application"], name="investigation_to_sign")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("signed_by__isnull", True),
                                    models.Q(("signed_by", models.F("investigator")), _negated=True),
                                    _connector="OR",
                                ),
                                name="investigation_four_eyes",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChecklistItem",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "investigation",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="items", to="risk.investigation"),
                        ),
                        ("code", models.CharField(max_length=40)),
                        ("title", models.CharField(max_length=160)),
                        ("required", models.BooleanField(default=True)),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        (
                            "state",
                            models.CharField(
                                choices=[("OPEN", "Open"), ("DONE", "Done"), ("FAILED", "Not in order")], default="OPEN", max_length=6
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        (
                            "evidence",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.document"
                            ),
                        ),
                        (
                            "done_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("done_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ["position", "id"],
                        "constraints": [models.UniqueConstraint(fields=("investigation", "code"), name="checklist_item_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Fact",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="facts", to="loans.application"),
                        ),
                        ("code", models.CharField(max_length=40)),
                        ("value", models.CharField(max_length=80)),
                        ("source", models.CharField(max_length=80)),
                        (
                            "authenticity",
                            models.CharField(
                                choices=[
                                    ("UNVERIFIED", "Unverified"),
                                    ("DOCUMENT", "Document"),
                                    ("THIRD_PARTY", "Third party"),
                                    ("CONFLICTING", "Conflicting"),
                                ],
                                default="UNVERIFIED",
                                max_length=11,
                            ),
                        ),
                        (
                            "evidence",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.document"
                            ),
                        ),
                        ("as_of_date", models.DateField(help_text="The day the fact was true: its valid-from")),
                        ("known_from", models.DateTimeField(auto_now_add=True)),
                        ("recorded_date", models.DateField(help_text="Business date on which we learnt it")),
                        (
                            "author",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("author_name", models.CharField(max_length=120)),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["application", "code", "-id"], name="fact_by_code")],
                    },
                ),
                migrations.CreateModel(
                    name="LimitSettings",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("PROPOSED", "Proposed"),
                                    ("ACTIVE", "In force"),
                                    ("RETIRED", "Replaced"),
                                    ("REJECTED", "Refused"),
                                ],
                                default="PROPOSED",
                                max_length=8,
                            ),
                        ),
                        ("reason", models.TextField()),
                        (
                            "proposed_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("proposed_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(null=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("AUTHORITY", "Authority matrix"), ("APPETITE", "Risk appetite"), ("FRAUD", "Fraud rules")],
                                max_length=9,
                            ),
                        ),
                        (
                            "document",
                            models.JSONField(
                                help_text="As risk.domain.authority, risk.domain.limits or risk.domain.fraud_settings reads it"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["kind", "-number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("kind", "number"), name="limit_settings_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "ACTIVE")), fields=("kind",), name="limit_settings_one_active"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "PROPOSED")), fields=("kind",), name="limit_settings_one_proposed"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="limit_settings_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["PROPOSED", "REJECTED"]), ("confirmed_by__isnull", False), _connector="OR"
                                ),
                                name="limit_settings_confirmed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PortfolioFigure",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("business_date", models.DateField()),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                        ("dimension", models.CharField(max_length=20)),
                        ("key", models.CharField(max_length=40)),
                        ("count", models.PositiveIntegerField(default=0)),
                        ("amount", core.fields.MoneyField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("business_date", "branch", "dimension", "key"), name="portfolio_figure_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ModelVersion",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("name", models.CharField(help_text="Which population: retail, business", max_length=40)),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("DRAFT", "Draft"), ("TESTED", "Tested"), ("ACTIVE", "Active"), ("RETIRED", "Retired")],
                                default="DRAFT",
                                max_length=7,
                            ),
                        ),
                        ("definition", models.JSONField()),
                        ("metrics", models.JSONField(default=dict)),
                        (
                            "development",
                            models.JSONField(default=dict, help_text="How it came about, as risk.domain.development writes it"),
                        ),
                        (
                            "classing",
                            models.JSONField(
                                default=dict, help_text="Bins drawn by hand for the next scorecard: {factor: edges or lists of categories}"
                            ),
                        ),
                        ("features", models.JSONField(default=list)),
                        ("data_rows", models.PositiveIntegerField(default=0)),
                        ("data_fingerprint", models.CharField(max_length=64)),
                        (
                            "trained_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("trained_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "activated_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("activated_date", models.DateField(null=True)),
                        ("retired_date", models.DateField(null=True)),
                        (
                            "drawers",
                            models.ManyToManyField(
                                help_text="Everybody who drew bins on it or on what it was trained from: none of them puts it in force",
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "-number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("name", "number"), name="model_version_once"),
                            models.UniqueConstraint(condition=models.Q(("state", "ACTIVE")), fields=("name",), name="model_one_active"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("activated_by__isnull", True),
                                    ("trained_by__isnull", True),
                                    models.Q(("activated_by", models.F("trained_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="model_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ModelDrift",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "model_version",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="drift", to="risk.modelversion"),
                        ),
                        ("month", models.DateField(help_text="Its first day")),
                        ("factor", models.CharField(blank=True, max_length=60)),
                        ("rows", models.PositiveIntegerField()),
                        ("index", models.DecimalField(decimal_places=6, max_digits=9)),
                        (
                            "noise_limit",
                            models.DecimalField(
                                decimal_places=6, help_text="What chance alone shows in samples of this size", max_digits=9
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(choices=[("STABLE", "Stable"), ("WATCH", "Watch"), ("SHIFTED", "Shifted")], max_length=7),
                        ),
                        ("base", models.JSONField()),
                        ("counts", models.JSONField()),
                    ],
                    options={
                        "ordering": ["month", "factor"],
                        "constraints": [
                            models.UniqueConstraint(fields=("model_version", "month", "factor"), name="model_drift_once"),
                            models.CheckConstraint(condition=models.Q(("month__day", 1)), name="model_drift_month_starts"),
                            models.CheckConstraint(
                                condition=models.Q(("verdict__in", ["STABLE", "WATCH", "SHIFTED"])), name="model_drift_verdict_known"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PastCase",
                    fields=[
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="loans.application",
                            ),
                        ),
                        ("decision", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="risk.decision")),
                        ("decided_date", models.DateField()),
                        (
                            "model_version",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="risk.modelversion"
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="loans.product"
                            ),
                        ),
                        ("borrower_kind", models.CharField(max_length=20)),
                        ("key_0", models.CharField(db_collation="C", max_length=160)),
                        ("key_1", models.CharField(db_collation="C", max_length=160)),
                        ("key_2", models.CharField(db_collation="C", max_length=160)),
                        ("key_3", models.CharField(db_collation="C", max_length=160)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["model_version", "product", "borrower_kind", "key_0"], name="past_case_key_0"),
                            models.Index(fields=["model_version", "product", "borrower_kind", "key_1"], name="past_case_key_1"),
                            models.Index(fields=["model_version", "product", "borrower_kind", "key_2"], name="past_case_key_2"),
                            models.Index(fields=["model_version", "product", "borrower_kind", "key_3"], name="past_case_key_3"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Score",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="scores", to="loans.application"),
                        ),
                        (
                            "model_version",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="risk.modelversion"),
                        ),
                        ("points", models.SmallIntegerField()),
                        ("pd", models.DecimalField(decimal_places=6, max_digits=8)),
                        ("grade", models.CharField(max_length=1)),
                        ("contributions", models.JSONField(help_text='[{"factor", "title", "value", "bin", "points", "lost"}]')),
                        ("reasons", models.JSONField(help_text='[{"code", "text"}], at most four')),
                        ("facts", models.JSONField()),
                        ("scored_at", models.DateTimeField(auto_now_add=True)),
                        ("business_date", models.DateField()),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyVersion",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("number", models.PositiveIntegerField(unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("DRAFT", "Draft"), ("TESTED", "Tested"), ("ACTIVE", "Active"), ("RETIRED", "Retired")],
                                default="DRAFT",
                                max_length=7,
                            ),
                        ),
                        ("rules", models.JSONField(help_text="Rows as risk.domain.policy reads them")),
                        (
                            "jdm",
                            models.JSONField(
                                help_text="The decision model of the rules, which the engine evaluates; made when the table is saved"
                            ),
                        ),
                        ("examples", models.JSONField(default=list, help_text="Examples as risk.domain.policy_examples reads them")),
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("drafted_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "activated_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("activated_date", models.DateField(null=True)),
                        (
                            "editors",
                            models.ManyToManyField(
                                help_text="Everybody who wrote in the draft: none of them puts it in force",
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-number"],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state", "ACTIVE")), fields=("state",), name="policy_one_active"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("activated_by__isnull", True),
                                    ("drafted_by__isnull", True),
                                    models.Q(("activated_by", models.F("drafted_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="policy_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyEvaluation",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="evaluations", to="loans.application"
                            ),
                        ),
                        (
                            "policy_version",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="risk.policyversion"),
                        ),
                        (
                            "score",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="risk.score"),
                        ),
                        ("facts", models.JSONField()),
                        ("rows", models.JSONField()),
                        ("outcome", models.CharField(help_text="APPROVE, REFER, DECLINE", max_length=8)),
                        ("evaluated_at", models.DateTimeField(auto_now_add=True)),
                        ("business_date", models.DateField()),
                        (
                            "marks",
                            models.JSONField(
                                default=list,
                                help_text="What the application was: person or company, secured; empty where it was not kept yet",
                            ),
                        ),
                        (
                            "parts",
                            models.JSONField(
                                db_default={},
                                default=dict,
                                help_text="What the computed facts were worked out from, as risk.services.fact_parts writes it; empty of old",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyRun",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "policy_version",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="risk.policyversion"),
                        ),
                        (
                            "base_version",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="risk.policyversion"),
                        ),
                        ("rules", models.JSONField(help_text="The table that is tried, as it was when the run was asked for")),
                        ("jdm", models.JSONField(help_text="Its decision model")),
                        (
                            "state",
                            models.CharField(
                                choices=[("WAITING", "Waiting"), ("RUNNING", "Running"), ("DONE", "Done"), ("FAILED", "Failed")],
                                default="WAITING",
                                max_length=7,
                            ),
                        ),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("done", models.PositiveIntegerField(default=0)),
                        (
                            "after",
                            models.UUIDField(help_text="The last application that is counted; the next batch begins behind it", null=True),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Batches that failed in a row")),
                        ("result", models.JSONField(default=dict, help_text="As risk.domain.policy_trial.Totals adds up")),
                        ("currency", models.CharField(max_length=3)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "asked_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("asked_at", models.DateTimeField(auto_now_add=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("business_date", models.DateField()),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["WAITING", "RUNNING"])),
                                fields=("policy_version",),
                                name="policy_run_one_at_a_time",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyRunChange",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "run",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="risk.policyrun"),
                        ),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.application"),
                        ),
                        ("before", models.CharField(help_text="APPROVE, REFER, DECLINE", max_length=8)),
                        ("after", models.CharField(max_length=8)),
                        ("amount", core.fields.MoneyField()),
                        ("is_bad", models.BooleanField(help_text="Empty where no money was paid out", null=True)),
                        ("codes", models.JSONField(help_text="Rules that came out otherwise")),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["run", "before", "after"], name="policy_run_change_kind")],
                        "constraints": [models.UniqueConstraint(fields=("run", "application"), name="policy_run_change_once")],
                    },
                ),
                migrations.CreateModel(
                    name="TrainingRun",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("population", models.CharField(max_length=40)),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("OWN_BOOK", "Loans of this bank"),
                                    ("FILE", "A file"),
                                    ("EARLIER", "The sample of an earlier version"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("file_name", models.CharField(blank=True, max_length=120)),
                        ("options", models.JSONField(default=dict)),
                        ("sample", models.JSONField(default=dict)),
                        (
                            "based_on",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="refits", to="risk.modelversion"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("CHOICE", "Columns to be chosen"),
                                    ("WAITING", "Waiting"),
                                    ("RUNNING", "Training"),
                                    ("DONE", "Trained"),
                                    ("FAILED", "Not trained"),
                                ],
                                default="WAITING",
                                max_length=7,
                            ),
                        ),
                        ("step", models.CharField(blank=True, max_length=120)),
                        ("done", models.PositiveSmallIntegerField(default=0)),
                        ("steps", models.PositiveSmallIntegerField(default=0)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("note", models.TextField(blank=True)),
                        (
                            "version",
                            models.OneToOneField(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="training", to="risk.modelversion"
                            ),
                        ),
                        ("forgotten_date", models.DateField(help_text="The business date on which its kept sample was deleted", null=True)),
                        (
                            "ordered_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("ordered_at", models.DateTimeField(auto_now_add=True)),
                        ("business_date", models.DateField()),
                        (
                            "columns",
                            models.JSONField(
                                default=list, help_text="What the columns of a file hold, as risk.domain.training_file says it"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(condition=models.Q(("state__in", ["WAITING", "RUNNING"])), fields=["id"], name="training_waits")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("state", "DONE"), _negated=True), ("version__isnull", False), _connector="OR"),
                                name="training_done_has_version",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["CHOICE", "WAITING", "RUNNING", "DONE", "FAILED"])),
                                name="training_state_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RegisteredAddress",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "register",
                            models.CharField(
                                choices=[
                                    ("COMPANY", "Company register"),
                                    ("RESIDENTS", "Residents' register"),
                                    ("BUREAU", "Bureau report"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("number", models.CharField(help_text="Number of the extract or of the report", max_length=60)),
                        ("as_of_date", models.DateField(help_text="The day of the extract")),
                        ("line", core.fields.EncryptedTextField()),
                        ("postcode", core.fields.EncryptedTextField()),
                        ("city", core.fields.EncryptedTextField()),
                        ("country", models.CharField(max_length=2)),
                        ("recorded_at", models.DateTimeField(auto_now_add=True)),
                        ("recorded_date", models.DateField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="registered_addresses", to="loans.application"
                            ),
                        ),
                        (
                            "document",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.document"
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="risk.bureaureport"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("register", "BUREAU"), ("report__isnull", False)),
                                    models.Q(
                                        models.Q(("register", "BUREAU"), _negated=True),
                                        ("document__isnull", False),
                                        ("recorded_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="registered_address_shown",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvestigationStep",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "did",
                            models.CharField(
                                choices=[
                                    ("TAKEN", "Took the investigation"),
                                    ("ANSWERED", "Answered a check"),
                                    ("PUT_UP", "Put it up for sign-off"),
                                    ("SIGNED", "Signed it off"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("done_date", models.DateField(help_text="Business date on which the person did it first")),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="investigation_steps", to="loans.application"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("application", "did", "person"), name="investigation_step_once")],
                    },
                ),
                migrations.CreateModel(
                    name="FraudTrial",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("document", models.JSONField(help_text="The rules that are tried, as risk.domain.fraud_settings reads them")),
                        ("base", models.JSONField(help_text="Those that were in force when it was asked for")),
                        ("base_name", models.CharField(max_length=40)),
                        ("reason", models.TextField(help_text="Why they should change, for the proposal")),
                        (
                            "state",
                            models.CharField(
                                choices=[("WAITING", "Waiting"), ("RUNNING", "Running"), ("DONE", "Done"), ("FAILED", "Stopped")],
                                default="WAITING",
                                max_length=7,
                            ),
                        ),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("done", models.PositiveIntegerField(default=0)),
                        (
                            "after",
                            models.UUIDField(help_text="The last file that was looked at; the next batch begins behind it", null=True),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Batches that failed in a row")),
                        ("found", models.JSONField(default=dict, help_text="{rule: [raised by the rules in force, by those tried]}")),
                        ("note", models.CharField(blank=True, max_length=200)),
                        ("asked_at", models.DateTimeField(auto_now_add=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("business_date", models.DateField()),
                        (
                            "asked_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(condition=models.Q(("state__in", ["WAITING", "RUNNING"])), fields=["id"], name="fraud_trial_open")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["WAITING", "RUNNING"])),
                                fields=("document",),
                                name="fraud_trial_once_at_a_time",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FraudTrialChange",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "rule",
                            models.CharField(
                                choices=[
                                    ("PHONE", "Phone number shared"),
                                    ("ADDRESS", "Address shared"),
                                    ("DEVICE", "Device shared"),
                                    ("PAYEE", "Account of the payee shared"),
                                    ("EMPLOYER", "Many applicants from one employer"),
                                    ("DOCUMENT", "The same file handed in twice"),
                                    ("NETWORK", "Many applicants from one internet address"),
                                    ("NAME", "Nearly the same name"),
                                    ("VELOCITY", "Many applications in a short time"),
                                    ("IMPOSSIBLE", "Statements that cannot both be true"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("is_more", models.BooleanField(help_text="Whether the tried rules raise it")),
                        ("words", models.CharField(max_length=400)),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="loans.application"),
                        ),
                        (
                            "trial",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="risk.fraudtrial"),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["trial", "is_more", "id"], name="fraud_trial_kind")],
                    },
                ),
            ]
        ),
    ]
