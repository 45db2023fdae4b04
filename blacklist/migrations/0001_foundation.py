"""The tables of blacklist: entries, watch lists, screenings and hits."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids
from core.tables_together import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("blacklist", "0001_initial"),
        ("blacklist", "0003_watch_lists"),
        ("blacklist", "0004_runs_thresholds_and_batches"),
        ("blacklist", "0005_watch_list_uploads"),
        ("blacklist", "0006_batches_in_pieces"),
    ]

    dependencies = [
        # Not needed by these tables, but far cheaper before them: each of its many steps has Django draw all models anew that hang on a
        # person.
        ("oauth2_provider", "__latest__"),
        ("mfa", "__latest__"),
        ("core", "0001_foundation"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="EntryBatch",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("file_name", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("PREVIEW", "Preview"),
                                    ("PROPOSED", "Waits for a second person"),
                                    ("ENTERING", "Being entered"),
                                    ("DONE", "In force"),
                                    ("REFUSED", "Refused"),
                                ],
                                default="PREVIEW",
                                max_length=8,
                            ),
                        ),
                        (
                            "uploaded_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("lines", models.PositiveIntegerField(default=0)),
                        ("faulty", models.PositiveIntegerField(default=0)),
                        ("reason", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("uploaded_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="entry_batch_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("ENTERING", "DONE")), _negated=True),
                                    ("confirmed_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="entry_batch_done_confirmed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BlacklistEntry",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=20, unique=True)),
                        ("subject_kind", models.CharField(choices=[("person", "Person"), ("company", "Company")], max_length=8)),
                        ("subject_key", models.CharField(blank=True, db_index=True, max_length=100)),
                        ("birth_date_text", core.fields.EncryptedTextField()),
                        ("country", models.CharField(blank=True, max_length=2)),
                        (
                            "reason_code",
                            models.CharField(
                                choices=[
                                    ("default", "Default"),
                                    ("maturity_unpaid", "Principal unpaid at maturity"),
                                    ("interest_unpaid", "Interest unpaid beyond the limit"),
                                    ("fraud", "Proven fraud"),
                                    ("diversion", "Proven diversion of funds"),
                                    ("court_listing", "Listed by a court"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("evidence_text", core.fields.EncryptedTextField()),
                        ("source", models.CharField(choices=[("rule", "Rule"), ("person", "Person")], max_length=8)),
                        ("source_reference", models.CharField(blank=True, max_length=100)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("PROPOSED", "Proposed"),
                                    ("ACTIVE", "Active"),
                                    ("APPEALED", "Active, under appeal"),
                                    ("LIFTED", "Lifted"),
                                    ("EXPIRED", "Expired"),
                                    ("REJECTED", "Rejected"),
                                ],
                                default="PROPOSED",
                                max_length=8,
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("proposed_date", models.DateField()),
                        ("proposed_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("valid_from", models.DateField(blank=True, null=True)),
                        ("valid_until", models.DateField(blank=True, null=True)),
                        ("content_version", models.PositiveIntegerField(default=1)),
                        ("list_version", models.BigIntegerField(db_index=True, default=0)),
                    ],
                    options={
                        "verbose_name_plural": "blacklist entries",
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["state", "-id"], name="blacklist_entry_state")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    ("proposed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="blacklist_entry_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["PROPOSED", "REJECTED"]), ("confirmed_by__isnull", False), _connector="OR"
                                ),
                                name="blacklist_entry_in_force_confirmed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", "rule"), ("proposed_by__isnull", False), _connector="OR"),
                                name="blacklist_entry_person_proposes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until__isnull", True), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="blacklist_entry_validity",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["PROPOSED", "ACTIVE", "APPEALED", "LIFTED", "EXPIRED", "REJECTED"])),
                                name="blacklist_entry_state_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ["PROPOSED", "ACTIVE", "APPEALED"]), models.Q(("subject_key", ""), _negated=True)
                                ),
                                fields=("subject_key", "reason_code", "source_reference"),
                                name="blacklist_entry_once_per_ground",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EntryBatchLine",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "batch",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="blacklist.entrybatch"),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("content", core.fields.EncryptedTextField()),
                        ("faults", models.JSONField(default=list)),
                        (
                            "entry",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="blacklist.blacklistentry",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["number"],
                        "constraints": [models.UniqueConstraint(fields=("batch", "number"), name="entry_batch_line_once")],
                    },
                ),
                migrations.CreateModel(
                    name="EntryName",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="names", to="blacklist.blacklistentry"
                            ),
                        ),
                        ("name", core.fields.EncryptedTextField()),
                        ("is_primary", models.BooleanField(default=False)),
                    ],
                    options={
                        "ordering": ["-is_primary", "id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_primary", True)), fields=("entry",), name="entry_name_one_primary"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EntryIdentifier",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="identifiers", to="blacklist.blacklistentry"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("national_id", "National id"),
                                    ("tax_id", "Tax id"),
                                    ("registration_number", "Registration number"),
                                    ("passport", "Passport"),
                                    ("iban", "Account number"),
                                    ("phone", "Phone"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("value", core.fields.EncryptedTextField()),
                        ("value_index", models.BinaryField(db_index=True)),
                    ],
                    options={
                        "ordering": ["kind", "id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("entry", "kind", "value_index"), name="entry_identifier_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["national_id", "tax_id", "registration_number", "passport", "iban", "phone"])
                                ),
                                name="entry_identifier_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EntryAddress",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="addresses", to="blacklist.blacklistentry"
                            ),
                        ),
                        ("address", core.fields.EncryptedTextField()),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="EntryAppeal",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="blacklist.blacklistentry"
                            ),
                        ),
                        ("grounds", core.fields.EncryptedTextField()),
                        (
                            "filed_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("filed_date", models.DateField()),
                        ("decide_by_date", models.DateField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("OPEN", "Open"),
                                    ("GRANTED", "Granted"),
                                    ("DISMISSED", "Dismissed"),
                                    ("MOOT", "Ended without a decision"),
                                ],
                                default="OPEN",
                                max_length=9,
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_date", models.DateField(blank=True, null=True)),
                        ("reason", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("outcome", "OPEN")), fields=("entry",), name="entry_appeal_one_open"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("filed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="entry_appeal_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EntryHistory",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="history", to="blacklist.blacklistentry"
                            ),
                        ),
                        ("at", models.DateTimeField(auto_now_add=True)),
                        ("business_date", models.DateField()),
                        ("from_state", models.CharField(blank=True, max_length=8)),
                        (
                            "to_state",
                            models.CharField(
                                choices=[
                                    ("PROPOSED", "Proposed"),
                                    ("ACTIVE", "Active"),
                                    ("APPEALED", "Active, under appeal"),
                                    ("LIFTED", "Lifted"),
                                    ("EXPIRED", "Expired"),
                                    ("REJECTED", "Rejected"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("actor_name", models.CharField(max_length=120)),
                        ("reason", models.TextField(blank=True)),
                    ],
                    options={
                        "verbose_name_plural": "entry history",
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="WatchList",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("code", models.SlugField(max_length=40, unique=True)),
                        ("title", models.CharField(max_length=120)),
                        (
                            "format",
                            models.CharField(
                                choices=[
                                    ("ofac", "OFAC (sdn, alt and add as CSV)"),
                                    ("un", "UN consolidated list (XML)"),
                                    ("plain", "CSV with a header"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("shrink_limit", models.DecimalField(decimal_places=3, default="0.100", max_digits=4)),
                    ],
                    options={
                        "ordering": ["title"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("shrink_limit__gt", 0), ("shrink_limit__lt", 1)), name="watch_list_shrink_limit_share"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WatchListVersion",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "watch_list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="blacklist.watchlist"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("IN_FORCE", "In force"),
                                    ("REPLACED", "Replaced"),
                                    ("UNCHANGED", "Nothing changed"),
                                    ("HELD", "Held back"),
                                    ("REFUSED", "Refused"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("files", models.CharField(max_length=300)),
                        ("sha256", models.CharField(max_length=64)),
                        ("records", models.PositiveIntegerField(default=0)),
                        ("added", models.PositiveIntegerField(default=0)),
                        ("changed", models.PositiveIntegerField(default=0)),
                        ("removed", models.PositiveIntegerField(default=0)),
                        ("note", models.TextField(blank=True)),
                        (
                            "imported_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("imported_by_name", models.CharField(max_length=120)),
                        ("imported_at", models.DateTimeField(auto_now_add=True)),
                        ("business_date", models.DateField()),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("watch_list", "number"), name="watch_list_version_number"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "IN_FORCE")), fields=("watch_list",), name="watch_list_one_in_force"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "HELD")), fields=("watch_list",), name="watch_list_one_held"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    ("imported_by__isnull", True),
                                    models.Q(("decided_by", models.F("imported_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="watch_list_version_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WatchListUpload",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "watch_list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="blacklist.watchlist"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("RECEIVED", "Waits to be read"),
                                    ("READING", "Being read"),
                                    ("DONE", "Read"),
                                    ("FAILED", "Not read"),
                                ],
                                default="RECEIVED",
                                max_length=8,
                            ),
                        ),
                        ("parts", models.JSONField(default=list)),
                        ("size", models.BigIntegerField(default=0)),
                        ("done", models.BigIntegerField(default=0)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("note", models.TextField(blank=True)),
                        (
                            "version",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="upload",
                                to="blacklist.watchlistversion",
                            ),
                        ),
                        (
                            "uploaded_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                        ("business_date", models.DateField()),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["RECEIVED", "READING"])),
                                fields=("watch_list",),
                                name="watch_list_upload_one_waits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("state", "DONE"), _negated=True), ("version__isnull", False), _connector="OR"),
                                name="watch_list_upload_done_version",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["RECEIVED", "READING", "DONE", "FAILED"])),
                                name="watch_list_upload_state_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WatchListRecord",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "watch_list",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="blacklist.watchlist"),
                        ),
                        ("uid", models.CharField(max_length=60)),
                        ("subject_kind", models.CharField(blank=True, max_length=8)),
                        ("names", models.JSONField(default=list)),
                        ("birth_dates", models.JSONField(default=list)),
                        ("identifiers", models.JSONField(default=list)),
                        ("addresses", models.JSONField(default=list)),
                        ("countries", models.JSONField(default=list)),
                        ("program", models.CharField(blank=True, max_length=200)),
                        ("remarks", models.TextField(blank=True)),
                        ("in_force", models.BooleanField(default=True)),
                        ("content_version", models.PositiveIntegerField(default=1)),
                        ("list_version", models.BigIntegerField(db_index=True, default=0)),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [models.UniqueConstraint(fields=("watch_list", "uid"), name="watch_list_record_once")],
                    },
                ),
                migrations.CreateModel(
                    name="WatchListChange",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="blacklist.watchlistversion"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(choices=[("added", "Added"), ("changed", "Changed"), ("removed", "Removed")], max_length=7),
                        ),
                        ("uid", models.CharField(max_length=60)),
                        ("name", models.CharField(max_length=500)),
                        ("before", models.JSONField(default=dict)),
                        ("after", models.JSONField(default=dict)),
                    ],
                    options={
                        "ordering": ["kind", "id"],
                        "constraints": [models.UniqueConstraint(fields=("version", "uid"), name="watch_list_change_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ListVersion",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField(auto_now_add=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="ScreeningRun",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("business_date", models.DateField()),
                        ("shard", models.CharField(blank=True, max_length=40)),
                        ("state", models.CharField(choices=[("RUNNING", "Running"), ("DONE", "Done")], default="DONE", max_length=7)),
                        (
                            "started_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("cursor", models.CharField(blank=True, max_length=60)),
                        ("list_version_from", models.BigIntegerField()),
                        ("list_version_to", models.BigIntegerField()),
                        ("subjects", models.PositiveIntegerField(default=0)),
                        ("changed", models.PositiveIntegerField(default=0)),
                        ("hits_opened", models.PositiveIntegerField(default=0)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("business_date", "shard"), name="screening_run_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ScreenedSubject",
                    fields=[
                        ("subject_key", models.CharField(max_length=100, primary_key=True, serialize=False)),
                        ("fingerprint", models.BinaryField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Screening",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("subject_key", models.CharField(db_index=True, max_length=100)),
                        ("subject_kind", models.CharField(blank=True, max_length=8)),
                        ("subject_fingerprint", models.BinaryField()),
                        ("snapshot", core.fields.EncryptedTextField()),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("submission", "Submission"),
                                    ("payout", "Payout"),
                                    ("nightly", "Nightly"),
                                    ("activation", "Entry activated"),
                                    ("api", "Partner request"),
                                    ("manual", "On demand"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("at", models.DateTimeField(auto_now_add=True)),
                        ("business_date", models.DateField()),
                        ("result", models.CharField(choices=[("CLEAR", "Clear"), ("REVIEW", "Review")], max_length=6)),
                        ("list_version", models.BigIntegerField()),
                        (
                            "asked_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="screenings",
                                to="blacklist.screeningrun",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="ScreeningHit",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "screening",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="hits", to="blacklist.screening"),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hits",
                                to="blacklist.blacklistentry",
                            ),
                        ),
                        (
                            "record",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hits",
                                to="blacklist.watchlistrecord",
                            ),
                        ),
                        ("entry_version", models.PositiveIntegerField()),
                        ("subject_key", models.CharField(db_index=True, max_length=100)),
                        ("subject_fingerprint", models.BinaryField()),
                        ("grade", models.CharField(choices=[("HIGH", "High"), ("MEDIUM", "Medium"), ("LOW", "Low")], max_length=6)),
                        ("score", models.DecimalField(decimal_places=4, max_digits=5)),
                        ("evidence", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("OPEN", "Open"),
                                    ("PROPOSED_FALSE", "Waits for a second person"),
                                    ("TRUE_MATCH", "True match"),
                                    ("FALSE_POSITIVE", "False positive"),
                                    ("ENDED", "Entry ended"),
                                ],
                                default="OPEN",
                                max_length=14,
                            ),
                        ),
                        ("opened_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.TextField(blank=True)),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("needs", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [
                            models.Index(fields=["entry", "subject_fingerprint"], name="screening_hit_pair"),
                            models.Index(fields=["record", "subject_fingerprint"], name="screening_hit_record_pair"),
                            models.Index(fields=["state", "grade", "id"], name="screening_hit_queue"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["OPEN", "PROPOSED_FALSE"])),
                                fields=("subject_key", "entry"),
                                name="screening_hit_one_open",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["OPEN", "PROPOSED_FALSE"])),
                                fields=("subject_key", "record"),
                                name="screening_hit_one_open_record",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("entry__isnull", True), ("record__isnull", True), _connector="XOR"),
                                name="screening_hit_one_side",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("score__gte", 0), ("score__lte", 1)), name="screening_hit_score_range"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["OPEN", "PROPOSED_FALSE", "TRUE_MATCH", "FALSE_POSITIVE", "ENDED"])),
                                name="screening_hit_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "FALSE_POSITIVE"), _negated=True), ("decided_by__isnull", False), _connector="OR"
                                ),
                                name="screening_hit_false_positive_by_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    ("decided_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("decided_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="screening_hit_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "FALSE_POSITIVE"), _negated=True),
                                    models.Q(("grade", "HIGH"), _negated=True),
                                    ("confirmed_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="screening_hit_high_false_by_two",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ThresholdSet",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("low", models.DecimalField(decimal_places=3, max_digits=4)),
                        ("medium", models.DecimalField(decimal_places=3, max_digits=4)),
                        ("high", models.DecimalField(decimal_places=3, max_digits=4)),
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
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "ACTIVE")), fields=("state",), name="threshold_set_one_active"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "PROPOSED")), fields=("state",), name="threshold_set_one_proposed"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("low__gte", "0.690"),
                                    ("medium__gt", models.F("low")),
                                    ("high__gt", models.F("medium")),
                                    ("high__lt", 1),
                                ),
                                name="threshold_set_rises",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="threshold_set_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["PROPOSED", "REJECTED"]), ("confirmed_by__isnull", False), _connector="OR"
                                ),
                                name="threshold_set_active_confirmed",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
