"""The tables of core: people, roles, four eyes, the audit log, events and settings."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids
from core.tables_together import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("core", "0001_initial"),
    ]

    dependencies = []

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="BankState",
                    fields=[
                        ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                        ("name", models.CharField(default="Credence Bank", max_length=80)),
                        ("currency", models.CharField(default="EUR", max_length=3)),
                        ("business_date", models.DateField()),
                        ("swept_date", models.DateField(blank=True, null=True)),
                        ("swept_at", models.DateTimeField(blank=True, null=True)),
                        ("sweep_failed", models.BooleanField(default=False)),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="bank_state_single_row")],
                    },
                ),
                migrations.CreateModel(
                    name="Heartbeat",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=40, unique=True)),
                        ("at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Branch",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(max_length=12, unique=True)),
                        ("name", models.CharField(max_length=80)),
                        ("region", models.CharField(blank=True, max_length=80)),
                    ],
                    options={
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="OutboxEvent",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=80)),
                        ("payload", models.JSONField()),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("delivered_at", models.DateTimeField(null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("last_error", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(condition=models.Q(("delivered_at__isnull", True)), fields=["id"], name="outbox_pending")],
                    },
                ),
                migrations.CreateModel(
                    name="EventDelivery",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="core.outboxevent"
                            ),
                        ),
                        ("handler", models.CharField(max_length=120)),
                        ("delivered_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("event", "handler"), name="event_handled_once")],
                    },
                ),
                migrations.CreateModel(
                    name="PartnerClient",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=120)),
                        ("client_id", models.CharField(max_length=100, unique=True)),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                        ("is_active", models.BooleanField(default=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="IdempotencyKey",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("client_id", models.CharField(max_length=100)),
                        ("key", models.CharField(max_length=255)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("body", core.fields.EncryptedTextField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("client_id", "key"), name="idempotency_key_once")],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        ("username", models.CharField(max_length=60, unique=True)),
                        ("full_name", models.CharField(max_length=120)),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "theme",
                            models.CharField(blank=True, choices=[("", "System"), ("light", "Light"), ("dark", "Dark")], max_length=6),
                        ),
                        ("joined_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ["full_name"],
                    },
                ),
                migrations.CreateModel(
                    name="UserBranch",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="branch_rows", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("user", "branch"), name="user_branch_once")],
                    },
                ),
                migrations.CreateModel(
                    name="UserRole",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="role_rows", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("OFFICER", "Loan officer"),
                                    ("INVESTIGATOR", "Credit investigator"),
                                    ("APPRAISER", "Appraiser"),
                                    ("APPROVER", "Approver"),
                                    ("RISK_MANAGER", "Risk manager"),
                                    ("COLLECTIONS", "Collections officer"),
                                    ("COMPLIANCE", "Compliance officer"),
                                    ("AUDITOR", "Internal auditor"),
                                    ("VALIDATOR", "Model validator"),
                                    ("ADMINISTRATOR", "Administrator"),
                                ],
                                max_length=16,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "role"), name="user_role_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "role__in",
                                        [
                                            "OFFICER",
                                            "INVESTIGATOR",
                                            "APPRAISER",
                                            "APPROVER",
                                            "RISK_MANAGER",
                                            "COLLECTIONS",
                                            "COMPLIANCE",
                                            "AUDITOR",
                                            "VALIDATOR",
                                            "ADMINISTRATOR",
                                        ],
                                    )
                                ),
                                name="user_role_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                        ("business_date", models.DateField()),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("actor_name", models.CharField(max_length=120)),
                        ("action", models.CharField(db_index=True, max_length=60)),
                        ("target_type", models.CharField(max_length=40)),
                        ("target_id", models.CharField(max_length=60)),
                        ("target_label", models.CharField(blank=True, max_length=120)),
                        (
                            "branch",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch"),
                        ),
                        ("details", models.JSONField(default=dict)),
                        ("request_id", models.CharField(blank=True, max_length=64)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["target_type", "target_id", "-id"], name="audit_target")],
                    },
                ),
                migrations.CreateModel(
                    name="Proposal",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("kind", models.CharField(db_index=True, max_length=40)),
                        ("target_type", models.CharField(max_length=40)),
                        ("target_id", models.CharField(max_length=60)),
                        ("title", models.CharField(max_length=200)),
                        ("path", models.CharField(blank=True, max_length=200)),
                        (
                            "branch",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch"),
                        ),
                        ("content", models.JSONField(default=dict)),
                        ("content_hash", models.CharField(max_length=64)),
                        ("roles", models.JSONField(default=list)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("OPEN", "Waiting for a second person"),
                                    ("CONFIRMED", "Confirmed"),
                                    ("REJECTED", "Rejected"),
                                    ("VOIDED", "Voided"),
                                ],
                                default="OPEN",
                                max_length=10,
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("proposed_at", models.DateTimeField(auto_now_add=True)),
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
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["target_type", "target_id"], name="proposal_target")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "CONFIRMED"), _negated=True),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        models.Q(
                                            ("proposed_by__isnull", True),
                                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="proposal_four_eyes",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "OPEN")), fields=("kind", "target_type", "target_id"), name="proposal_one_open"
                            ),
                        ],
                    },
                ),
            ]
        ),
        migrations.AddField(
            model_name="User",
            name="branches",
            field=models.ManyToManyField(through="core.UserBranch", to="core.branch"),
        ),
    ]
