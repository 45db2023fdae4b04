"""The tables of loans: borrowers, products, applications, loans and payments."""

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
        ("loans", "0001_initial"),
        ("loans", "0003_undrawn_and_milestones"),
        ("loans", "0004_standing_orders"),
        ("loans", "0005_accruals_and_changes"),
        ("loans", "0006_recoveries"),
        ("loans", "0007_statement_imports_and_webhooks"),
        ("loans", "0008_work_queue"),
        ("loans", "0009_overdue_by_oldest_day"),
        ("loans", "0010_row_security"),
        ("loans", "0011_product_drafts"),
        ("loans", "0012_payment_files"),
        ("loans", "0013_plain_row_security"),
        ("loans", "0014_set_offs"),
        ("loans", "0015_revolving_facilities"),
        ("loans", "0016_files_in_hand"),
        ("loans", "0017_carried_exposure"),
        ("loans", "0018_pledgors"),
        ("loans", "0003_holds_for_collateral"),
        ("loans", "0004_device_of_the_applicant"),
        ("loans", "0005_declared_interests"),
        ("loans", "0006_missing_requests"),
        ("loans", "0007_loans_called"),
        ("loans", "0008_holds_for_lapses"),
        ("loans", "0009_conditions_shown"),
        ("loans", "0010_voters"),
        ("loans", "0011_sent_by"),
        ("loans", "0012_stated_of_parties"),
        ("loans", "0013_product_editors"),
        ("loans", "0014_customer_amendments"),
        ("loans", "0015_ends_of_offers"),
        ("loans", "0016_lapse_letters"),
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
                    name="Borrower",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=20, unique=True)),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                        ("kind", models.CharField(choices=[("PERSON", "Person"), ("COMPANY", "Company")], max_length=7)),
                        ("name", models.CharField(db_index=True, max_length=160)),
                        ("birth_date", models.DateField(blank=True, null=True)),
                        ("industry", models.CharField(blank=True, max_length=60)),
                        ("city", models.CharField(blank=True, max_length=80)),
                        ("country", models.CharField(default="DE", max_length=2)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("national_id", core.fields.EncryptedTextField()),
                        (
                            "national_id_index",
                            core.fields.BlindIndexField(db_index=True, kind="national_id", null=True, source="national_id"),
                        ),
                        ("tax_id", core.fields.EncryptedTextField()),
                        ("tax_id_index", core.fields.BlindIndexField(db_index=True, kind="tax_id", null=True, source="tax_id")),
                        ("registration_number", core.fields.EncryptedTextField()),
                        (
                            "registration_number_index",
                            core.fields.BlindIndexField(db_index=True, kind="registration_number", null=True, source="registration_number"),
                        ),
                        ("phone", core.fields.EncryptedTextField()),
                        ("phone_index", core.fields.BlindIndexField(db_index=True, kind="phone", null=True, source="phone")),
                        ("email", core.fields.EncryptedTextField()),
                        ("address_line", core.fields.EncryptedTextField()),
                        ("postcode", core.fields.EncryptedTextField()),
                    ],
                    options={
                        "ordering": ["name", "id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind", "PERSON"), ("birth_date__isnull", True), _connector="OR"),
                                name="borrower_company_has_no_birth_date",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankAccount",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "borrower",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="loans.borrower"),
                        ),
                        ("iban", core.fields.EncryptedTextField()),
                        ("iban_index", core.fields.BlindIndexField(db_index=True, kind="iban", null=True, source="iban")),
                        ("bank_name", models.CharField(blank=True, max_length=80)),
                        ("opened_date", models.DateField(null=True)),
                        ("is_ours", models.BooleanField(default=False)),
                    ],
                ),
                migrations.CreateModel(
                    name="StateChange",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("target_type", models.CharField(max_length=40)),
                        ("target_id", models.CharField(max_length=60)),
                        ("old_state", models.CharField(blank=True, max_length=24)),
                        ("new_state", models.CharField(max_length=24)),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("actor_name", models.CharField(max_length=120)),
                        ("reason", models.TextField(blank=True)),
                        ("business_date", models.DateField()),
                        ("at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["target_type", "target_id", "id"], name="state_change_target")],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentFile",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                        ("file_name", models.CharField(max_length=200)),
                        ("sha256", models.CharField(max_length=64, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("RECEIVED", "Being read"),
                                    ("READ", "Read"),
                                    ("POSTING", "Being booked"),
                                    ("DONE", "Booked"),
                                    ("REFUSED", "Refused"),
                                ],
                                default="RECEIVED",
                                max_length=8,
                            ),
                        ),
                        (
                            "stored_as",
                            models.CharField(blank=True, help_text="Where the encrypted file waits; empty once it was read", max_length=60),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("faults", models.JSONField(default=list, help_text='[{"line", "detail"}]')),
                        (
                            "uploaded_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "posted_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["RECEIVED", "POSTING"])), fields=["id"], name="payment_file_waiting"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Product",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(max_length=30, unique=True)),
                        ("name", models.CharField(max_length=80)),
                        ("description", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="ProductVersion",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "product",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="loans.product"),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("DRAFT", "Draft"), ("ACTIVE", "Active"), ("RETIRED", "Retired")], default="DRAFT", max_length=8
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("borrower_kinds", models.JSONField(default=list, help_text="PERSON, COMPANY")),
                        ("min_amount", core.fields.MoneyField()),
                        ("max_amount", core.fields.MoneyField()),
                        ("min_term_months", models.PositiveSmallIntegerField()),
                        ("max_term_months", models.PositiveSmallIntegerField()),
                        ("annual_rate", core.fields.RateField()),
                        (
                            "rate_by_grade",
                            models.JSONField(default=dict, help_text='{"A": "0.0490", …}; a grade not named takes annual_rate'),
                        ),
                        ("revolving", models.BooleanField(default=False, help_text="A limit that is drawn, repaid and drawn again")),
                        ("method", models.CharField(default="annuity", max_length=16)),
                        ("frequency_unit", models.CharField(default="month", max_length=5)),
                        ("frequency_every", models.PositiveSmallIntegerField(default=1)),
                        ("day_count", models.CharField(default="30/360", max_length=10)),
                        ("interest_period", models.CharField(default="per_instalment", max_length=16)),
                        ("month_end", models.CharField(default="keep", max_length=12)),
                        ("rounding_mode", models.CharField(default="half_even", max_length=10)),
                        ("fees", models.JSONField(default=list, help_text="As `fees` of POST /quotes")),
                        ("penalty_rate", core.fields.RateField(default=0)),
                        (
                            "penalty_base",
                            models.CharField(default="principal", help_text="principal, or instalment (with its interest)", max_length=10),
                        ),
                        ("tolerance_amount", core.fields.MoneyField(default=0)),
                        ("tolerance_days", models.PositiveSmallIntegerField(default=0)),
                        (
                            "non_accrual_days",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Days past due from which interest is no income; 0 is never"
                            ),
                        ),
                        ("prepayment_fee_percent", core.fields.RateField(default=0, help_text="1.5 is 1.5% of the principal paid early")),
                        ("apr_rule", models.CharField(blank=True, help_text="regulation_z, or empty", max_length=14)),
                        ("allocation_order", models.JSONField(default=list, help_text="Component names; empty is the default order")),
                        ("purposes", models.JSONField(default=list, help_text='[{"code": "equipment", "title": "Equipment"}]')),
                        ("collateral_kinds", models.JSONField(default=list, help_text="Kinds that may secure it; empty is unsecured")),
                        ("collateral_required", models.BooleanField(default=False)),
                        (
                            "required_documents",
                            models.JSONField(default=list, help_text='[{"code": "payslips", "title": "Last three payslips"}]'),
                        ),
                        (
                            "checklist",
                            models.JSONField(
                                default=list, help_text='[{"code": "identity", "title": "Identity checked", "required": true}]'
                            ),
                        ),
                        ("offer_days", models.PositiveSmallIntegerField(default=30)),
                        ("decision_days", models.PositiveSmallIntegerField(default=5)),
                        ("note", models.CharField(blank=True, help_text="Why it was drafted", max_length=200)),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("activated_date", models.DateField(null=True)),
                        (
                            "editors",
                            models.ManyToManyField(
                                help_text="Everybody who wrote in the draft: none of them offers it",
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "contract_days",
                            models.PositiveSmallIntegerField(
                                db_default=30, default=30, help_text="An accepted offer that is no contract by then ends"
                            ),
                        ),
                        (
                            "draw_days",
                            models.PositiveSmallIntegerField(
                                db_default=120, default=120, help_text="A contract of which nothing was drawn by then ends"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["product", "-number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("product", "number"), name="product_version_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "ACTIVE")), fields=("product",), name="product_one_active_version"
                            ),
                            models.UniqueConstraint(condition=models.Q(("state", "DRAFT")), fields=("product",), name="product_one_draft"),
                            models.CheckConstraint(
                                condition=models.Q(("min_amount__gt", 0), ("max_amount__gte", models.F("min_amount"))),
                                name="product_amounts_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("min_term_months__gt", 0), ("max_term_months__gte", models.F("min_term_months"))),
                                name="product_terms_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Application",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=20, unique=True)),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                        (
                            "product_version",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.productversion"
                            ),
                        ),
                        (
                            "borrower",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="applications", to="loans.borrower"
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[("BRANCH", "Branch"), ("PARTNER", "Partner"), ("IMPORT", "Import")], default="BRANCH", max_length=8
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.partnerclient"
                            ),
                        ),
                        ("external_reference", models.CharField(blank=True, max_length=100, null=True)),
                        ("external_fingerprint", models.CharField(blank=True, max_length=64)),
                        (
                            "officer",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "assigned_to",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("snoozed_until", models.DateField(help_text="Out of the holder's way until this day", null=True)),
                        ("snooze_reason", models.CharField(blank=True, db_default="", default="", max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("DRAFT", "DRAFT"),
                                    ("SUBMITTED", "SUBMITTED"),
                                    ("INCOMPLETE", "INCOMPLETE"),
                                    ("INVESTIGATING", "INVESTIGATING"),
                                    ("REVIEW", "REVIEW"),
                                    ("REFERRED", "REFERRED"),
                                    ("APPROVED", "APPROVED"),
                                    ("COUNTER_OFFERED", "COUNTER_OFFERED"),
                                    ("DECLINED", "DECLINED"),
                                    ("RETURNED", "RETURNED"),
                                    ("OFFERED", "OFFERED"),
                                    ("ACCEPTED", "ACCEPTED"),
                                    ("OFFER_REFUSED", "OFFER_REFUSED"),
                                    ("OFFER_EXPIRED", "OFFER_EXPIRED"),
                                    ("CONTRACTED", "CONTRACTED"),
                                    ("WITHDRAWN_IN_COOLING_OFF", "WITHDRAWN_IN_COOLING_OFF"),
                                    ("WITHDRAWN", "WITHDRAWN"),
                                ],
                                default="DRAFT",
                                max_length=24,
                            ),
                        ),
                        ("amount", core.fields.MoneyField(null=True)),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("term_months", models.PositiveSmallIntegerField(null=True)),
                        ("purpose_code", models.CharField(blank=True, max_length=30)),
                        ("purpose_text", models.CharField(blank=True, max_length=200)),
                        ("payee_name", models.CharField(blank=True, max_length=160)),
                        ("payee_iban", core.fields.EncryptedTextField()),
                        ("payee_iban_index", core.fields.BlindIndexField(db_index=True, kind="iban", null=True, source="payee_iban")),
                        ("stated", models.JSONField(default=dict)),
                        ("stated_collateral", models.JSONField(default=list)),
                        (
                            "stated_places",
                            core.fields.EncryptedTextField(help_text="What else was stated of each asset: address, owner, details; JSON"),
                        ),
                        ("consents", models.JSONField(default=list)),
                        ("draft", core.fields.EncryptedTextField()),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("grade", models.CharField(blank=True, max_length=1)),
                        ("score", models.SmallIntegerField(null=True)),
                        ("recommendation", models.CharField(blank=True, help_text="APPROVE, REFER or DECLINE", max_length=8)),
                        ("flags", models.JSONField(default=list, help_text="Short texts of failed checks")),
                        ("sampled_for_review", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("created_date", models.DateField()),
                        ("submitted_at", models.DateTimeField(null=True)),
                        ("submitted_date", models.DateField(null=True)),
                        ("due_date", models.DateField(null=True)),
                        ("decided_date", models.DateField(null=True)),
                        (
                            "device",
                            core.fields.EncryptedTextField(
                                help_text="The machine the applicant used, as the partner knows it; never the bank's own"
                            ),
                        ),
                        ("device_index", core.fields.BlindIndexField(db_index=True, kind="device", null=True, source="device")),
                        ("network", core.fields.EncryptedTextField(help_text="Where on the internet it stood")),
                        ("network_index", core.fields.BlindIndexField(db_index=True, kind="network", null=True, source="network")),
                        (
                            "contract_by",
                            models.DateField(help_text="The last day on which the accepted offer becomes a contract", null=True),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["branch", "state", "due_date"], name="application_queue"),
                            models.Index(fields=["state", "due_date", "id"], name="application_state"),
                            models.Index(
                                condition=models.Q(("state__in", ["INCOMPLETE", "INVESTIGATING", "REFERRED", "REVIEW", "SUBMITTED"])),
                                fields=["due_date", "id"],
                                name="application_work",
                            ),
                            models.Index(
                                condition=models.Q(("decided_date__isnull", False)), fields=["decided_date"], name="application_decided"
                            ),
                            models.Index(condition=models.Q(("state", "ACCEPTED")), fields=["contract_by"], name="application_contract_by"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__isnull", True), ("amount__gt", 0), _connector="OR"),
                                name="application_amount_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["DRAFT", "WITHDRAWN"]),
                                    models.Q(
                                        ("borrower__isnull", False),
                                        ("product_version__isnull", False),
                                        ("amount__isnull", False),
                                        ("term_months__isnull", False),
                                        ("submitted_date__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="application_submitted_is_complete",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("snoozed_until__isnull", True), ("assigned_to__isnull", False), _connector="OR"),
                                name="application_snoozed_by_its_holder",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("partner__isnull", False)),
                                fields=("partner", "external_reference"),
                                name="application_external_reference_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatementImport",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "account",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="imports", to="loans.bankaccount"
                            ),
                        ),
                        (
                            "application",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statement_imports",
                                to="loans.application",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.partnerclient"
                            ),
                        ),
                        ("given_account", core.fields.EncryptedTextField()),
                        (
                            "stored_as",
                            models.CharField(blank=True, help_text="Where the encrypted file waits; empty once it was read", max_length=60),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("source", models.CharField(max_length=60)),
                        ("sha256", models.CharField(max_length=64)),
                        ("state", models.CharField(default="RECEIVED", help_text="RECEIVED, READING, DONE, REFUSED", max_length=8)),
                        ("lines", models.PositiveIntegerField(default=0)),
                        ("accepted", models.PositiveIntegerField(default=0)),
                        ("duplicates", models.PositiveIntegerField(default=0)),
                        ("errors", models.JSONField(default=list, help_text='[{"line", "detail"}]')),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "sent_by",
                            models.ForeignKey(
                                help_text="Who of the bank sent it in",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["RECEIVED", "READING"])), fields=["id"], name="statement_waiting"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatementLine",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "account",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="loans.bankaccount"),
                        ),
                        (
                            "statement",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.statementimport"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=60)),
                        ("date", models.DateField()),
                        ("amount", core.fields.MoneyField()),
                        ("balance", core.fields.MoneyField(null=True)),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("SALARY", "Salary"),
                                    ("PENSION", "Pension"),
                                    ("INCOME", "Other income"),
                                    ("CASH_IN", "Cash paid in"),
                                    ("CASH_OUT", "Cash drawn"),
                                    ("CARD", "Card"),
                                    ("HOUSEHOLD", "Household"),
                                    ("INSURANCE", "Insurance"),
                                    ("LOAN", "Loan payment"),
                                    ("LEASING", "Leasing"),
                                    ("SUPPLIER", "Supplier"),
                                    ("TRANSFER_IN", "Transfer received"),
                                    ("TRANSFER_OUT", "Transfer sent"),
                                    ("INTEREST", "Interest received"),
                                    ("PENALTY", "Penalty interest"),
                                    ("FEE", "Fee"),
                                    ("RETURNED", "Returned item"),
                                    ("GAMBLING", "Gambling"),
                                    ("SECURITIES", "Securities"),
                                    ("OTHER", "Other"),
                                ],
                                default="OTHER",
                                max_length=12,
                            ),
                        ),
                        ("text", models.CharField(blank=True, max_length=140)),
                        ("counterparty_index", models.BinaryField(help_text="Blind index (kind iban) of the other account", null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["account", "date"], name="statement_line_day")],
                        "constraints": [models.UniqueConstraint(fields=("account", "external_id"), name="statement_line_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationParty",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="parties", to="loans.application"),
                        ),
                        (
                            "borrower",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="loans.borrower"),
                        ),
                        (
                            "part",
                            models.CharField(
                                choices=[
                                    ("APPLICANT", "Applicant"),
                                    ("CO_BORROWER", "Co-borrower"),
                                    ("GUARANTOR", "Guarantor"),
                                    ("OWNER", "Owner"),
                                    ("DIRECTOR", "Director"),
                                    ("SPOUSE", "Spouse"),
                                    ("PLEDGOR", "Owner of collateral"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("differing", models.JSONField(db_default=[], default=list)),
                        (
                            "stated",
                            core.fields.EncryptedTextField(
                                help_text="Name, identifiers, birth date, phone, e-mail and address as stated, JSON"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("application", "borrower", "part"), name="application_party_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationHold",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="holds", to="loans.application"),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("SCREENING", "Screening hit to be decided"),
                                    ("BLACKLIST", "Active blacklist entry"),
                                    ("FRAUD", "Fraud signal"),
                                    ("DISPUTE", "Dispute"),
                                    ("COLLATERAL", "Red flag against what is pledged"),
                                    ("LAPSED", "Value or insurance of what is pledged has run out"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("source", models.CharField(help_text="What put it on hold: hit:<id>, entry:<id>", max_length=60)),
                        ("opened_at", models.DateTimeField(auto_now_add=True)),
                        ("released_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("released_at__isnull", True)),
                                fields=("application", "reason", "source"),
                                name="application_hold_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationOutcome",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="outcomes", to="loans.application"),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                help_text="APPROVED, APPROVED_WITH_CONDITIONS, COUNTER_OFFERED, DECLINED, RETURNED", max_length=24
                            ),
                        ),
                        ("amount", core.fields.MoneyField(null=True)),
                        ("term_months", models.PositiveSmallIntegerField(null=True)),
                        ("annual_rate", core.fields.RateField(null=True)),
                        ("conditions", models.JSONField(default=list, help_text='[{"code", "text"}]')),
                        ("reasons", models.JSONField(default=list, help_text='[{"code", "text"}] in public wording')),
                        ("valid_until", models.DateField(null=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("decided_at", models.DateTimeField(auto_now_add=True)),
                        ("decided_date", models.DateField()),
                        (
                            "put_up_by",
                            models.ForeignKey(
                                help_text="Who put it up, where others decided with them",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "voters",
                            models.JSONField(
                                db_default=[], default=list, help_text="Ids of the members who voted, where a committee decided"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Document",
                    fields=[
                        ("name", models.CharField(max_length=160)),
                        ("content_type", models.CharField(max_length=80)),
                        ("size", models.PositiveIntegerField(help_text="bytes")),
                        ("sha256", models.CharField(db_index=True, max_length=64)),
                        ("stored_as", models.CharField(max_length=80, unique=True)),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("uploaded_by_name", models.CharField(max_length=120)),
                        ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="documents", to="loans.application"
                            ),
                        ),
                        ("kind", models.CharField(max_length=40)),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("kind__in", ["offer_ended", "contract_ended"]),
                                    ("uploaded_by__isnull", True),
                                    ("uploaded_by_name", "sweep"),
                                ),
                                fields=("application", "kind", "name"),
                                name="document_lapse_letter_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConditionPrecedent",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="conditions", to="loans.application"
                            ),
                        ),
                        (
                            "code",
                            models.CharField(help_text="collateral_perfected, contract_signed, or a code of the decision", max_length=40),
                        ),
                        ("title", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[("OPEN", "Open"), ("SATISFIED", "Satisfied"), ("WAIVED", "Waived")], default="OPEN", max_length=9
                            ),
                        ),
                        (
                            "settled_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("settled_by_name", models.CharField(blank=True, max_length=120)),
                        ("settled_at", models.DateTimeField(null=True)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "document",
                            models.ForeignKey(
                                help_text="What shows it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loans.document",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [models.UniqueConstraint(fields=("application", "code"), name="condition_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CarriedExposure",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="carried_exposures", to="loans.application"
                            ),
                        ),
                        ("most", core.fields.MoneyField(null=True)),
                        ("carried_by", models.CharField(help_text="Whose authority it is, in words", max_length=200)),
                        ("recorded_at", models.DateTimeField(auto_now_add=True)),
                        ("recorded_date", models.DateField()),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("most__isnull", True), ("most__gte", 0), _connector="OR"),
                                name="carried_exposure_not_negative",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Facility",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="facility", to="loans.application"
                            ),
                        ),
                        (
                            "borrower",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="facilities", to="loans.borrower"),
                        ),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                        ("limit_amount", core.fields.MoneyField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("COMMITTED", "Committed"),
                                    ("AVAILABLE", "Available"),
                                    ("SUSPENDED", "Suspended"),
                                    ("REDUCED", "Reduced"),
                                    ("EXPIRED", "Expired"),
                                    ("CANCELLED", "Cancelled"),
                                ],
                                default="COMMITTED",
                                max_length=10,
                            ),
                        ),
                        ("revolving", models.BooleanField(default=False)),
                        (
                            "drawn",
                            core.fields.MoneyField(
                                db_default=0,
                                default=0,
                                help_text="Of a revolving facility: outstanding or on its way out, kept by the database",
                            ),
                        ),
                        (
                            "end_date",
                            models.DateField(help_text="The last day on which anything drawn under a revolving facility is due", null=True),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("limit_amount__gt", 0)), name="facility_limit_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("drawn__gte", 0), ("drawn__lte", models.F("limit_amount"))),
                                name="facility_drawn_within_limit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("revolving", False), ("end_date__isnull", False), _connector="OR"),
                                name="facility_revolving_ends",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Loan",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("public_id", models.UUIDField(default=core.uuids.uuid7, unique=True)),
                        ("reference", models.CharField(max_length=20, unique=True)),
                        (
                            "facility",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="loans.facility"),
                        ),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="loans.application"),
                        ),
                        (
                            "borrower",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="loans.borrower"),
                        ),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                        (
                            "product_version",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.productversion"),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("principal", core.fields.MoneyField()),
                        ("annual_rate", core.fields.RateField()),
                        ("terms", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("SIGNED", "SIGNED"),
                                    ("ACTIVE", "ACTIVE"),
                                    ("CLOSED", "CLOSED"),
                                    ("MATURED_UNPAID", "MATURED_UNPAID"),
                                    ("CALLED", "CALLED"),
                                    ("ENFORCEMENT", "ENFORCEMENT"),
                                    ("SETTLED", "SETTLED"),
                                    ("SOLD", "SOLD"),
                                ],
                                default="SIGNED",
                                max_length=16,
                            ),
                        ),
                        ("signed_date", models.DateField()),
                        ("first_due_date", models.DateField(null=True)),
                        ("maturity_date", models.DateField(null=True)),
                        ("disbursed_date", models.DateField(null=True)),
                        ("closed_date", models.DateField(null=True)),
                        ("effective_annual_rate", core.fields.RateField(null=True)),
                        ("tolerance_amount", core.fields.MoneyField(default=0)),
                        ("undrawn", core.fields.MoneyField(default=0, help_text="Part of the principal not yet on its way out")),
                        (
                            "recognised_share",
                            core.fields.RateField(
                                db_default=1,
                                default=1,
                                help_text="Share of accruing interest that is income: 1, less in stage 3, 0 in non-accrual",
                            ),
                        ),
                        (
                            "restructured_from",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="restructured_into", to="loans.loan"
                            ),
                        ),
                        ("written_off_date", models.DateField(null=True)),
                        ("outstanding_principal", core.fields.MoneyField(default=0)),
                        ("arrears", core.fields.MoneyField(default=0)),
                        ("oldest_due_date", models.DateField(null=True)),
                        ("days_past_due", models.PositiveIntegerField(default=0)),
                        ("bucket", models.CharField(default="0", max_length=8)),
                        ("next_due_date", models.DateField(null=True)),
                        ("next_due_amount", core.fields.MoneyField(default=0)),
                        ("status_date", models.DateField(help_text="The business date on which these figures last changed", null=True)),
                        (
                            "announced_days",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="The highest milestone of days past due the world was told of"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("oldest_due_date__isnull", False)),
                                fields=["oldest_due_date", "id"],
                                name="loan_overdue",
                            ),
                            models.Index(condition=models.Q(("announced_days__gt", 0)), fields=["id"], name="loan_announced"),
                            models.Index(condition=models.Q(("state", "ACTIVE")), fields=["id"], name="loan_active"),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("principal__gt", 0)), name="loan_principal_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("recognised_share__gte", 0), ("recognised_share__lte", 1)), name="loan_recognised_share"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("outstanding_principal__gte", 0)), name="loan_outstanding_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("undrawn__gte", 0), ("undrawn__lte", models.F("principal"))),
                                name="loan_undrawn_within_principal",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Adjustment",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "loan",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="adjustments", to="loans.loan"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("WRITE_OFF", "Written off"), ("WAIVER", "Waived"), ("TRANSFER", "Moved to a new contract")],
                                max_length=9,
                            ),
                        ),
                        ("amount", core.fields.MoneyField(help_text="Sum of the parts, in the loan's currency")),
                        ("booking_date", models.DateField()),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("made_at", models.DateTimeField(auto_now_add=True)),
                        ("reversed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="adjustment_amount_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="adjustment_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Moratorium",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("loan", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="moratoria", to="loans.loan")),
                        ("start_date", models.DateField()),
                        ("end_date", models.DateField()),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "granted_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("granted_date", models.DateField()),
                    ],
                    options={
                        "ordering": ["start_date"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("end_date__gt", models.F("start_date"))), name="moratorium_dates_in_order"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Instalment",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "loan",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="instalments", to="loans.loan"),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("due_date", models.DateField()),
                        (
                            "period_start",
                            models.DateField(help_text="From here to the due date the interest of this instalment accrues", null=True),
                        ),
                        ("principal", core.fields.MoneyField()),
                        ("interest", core.fields.MoneyField()),
                        ("fee", core.fields.MoneyField(default=0)),
                        ("penalty", core.fields.MoneyField(default=0)),
                        ("balance", core.fields.MoneyField(help_text="Principal left after this instalment as planned")),
                        ("paid_principal", core.fields.MoneyField(default=0)),
                        ("paid_interest", core.fields.MoneyField(default=0)),
                        ("paid_fee", core.fields.MoneyField(default=0)),
                        ("paid_penalty", core.fields.MoneyField(default=0)),
                        (
                            "penalty_exact",
                            models.DecimalField(
                                db_default=0, decimal_places=8, default=0, help_text="The penalty before rounding", max_digits=20
                            ),
                        ),
                        ("penalty_date", models.DateField(help_text="The last day that was charged", null=True)),
                        (
                            "due_booked",
                            models.BooleanField(default=False, help_text="The interest and fees of this instalment stand in the ledger"),
                        ),
                    ],
                    options={
                        "ordering": ["number"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("paid_principal__lt", models.F("principal")),
                                    ("paid_interest__lt", models.F("interest")),
                                    ("paid_fee__lt", models.F("fee")),
                                    _connector="OR",
                                ),
                                fields=["loan", "due_date"],
                                name="instalment_unpaid",
                            ),
                            models.Index(
                                condition=models.Q(("due_booked", True), ("paid_principal__lt", models.F("principal"))),
                                fields=["loan"],
                                name="instalment_late",
                            ),
                            models.Index(condition=models.Q(("due_booked", False)), fields=["due_date", "loan"], name="instalment_to_book"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("loan", "number"), name="instalment_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("principal__gte", 0), ("interest__gte", 0), ("fee__gte", 0), ("penalty__gte", 0)),
                                name="instalment_no_negative_part",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("paid_principal__lte", models.F("principal")),
                                    ("paid_interest__lte", models.F("interest")),
                                    ("paid_fee__lte", models.F("fee")),
                                    ("paid_penalty__lte", models.F("penalty")),
                                    ("paid_principal__gte", 0),
                                    ("paid_interest__gte", 0),
                                    ("paid_fee__gte", 0),
                                    ("paid_penalty__gte", 0),
                                ),
                                name="instalment_not_overpaid",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdjustmentPart",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "adjustment",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="loans.adjustment"),
                        ),
                        (
                            "instalment",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.instalment"),
                        ),
                        ("component", models.CharField(max_length=10)),
                        ("amount", core.fields.MoneyField()),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="adjustment_part_positive")],
                    },
                ),
                migrations.CreateModel(
                    name="Disbursement",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=20, unique=True)),
                        (
                            "loan",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="disbursements", to="loans.loan"),
                        ),
                        ("amount", core.fields.MoneyField()),
                        ("payee_name", models.CharField(max_length=160)),
                        ("payee_iban", core.fields.EncryptedTextField()),
                        ("payee_iban_index", core.fields.BlindIndexField(db_index=True, kind="iban", null=True, source="payee_iban")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("REQUESTED", "REQUESTED"),
                                    ("CONFIRMED", "CONFIRMED"),
                                    ("SENT", "SENT"),
                                    ("PAID", "PAID"),
                                    ("RETURNED", "RETURNED"),
                                    ("REJECTED", "REJECTED"),
                                    ("CANCELLED", "CANCELLED"),
                                ],
                                default="REQUESTED",
                                max_length=10,
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("requested_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(null=True)),
                        ("value_date", models.DateField(null=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="disbursement_amount_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("requested_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="disbursement_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=20, unique=True)),
                        ("loan", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="loans.loan")),
                        ("amount", core.fields.MoneyField()),
                        ("currency", models.CharField(max_length=3)),
                        ("value_date", models.DateField()),
                        ("booking_date", models.DateField()),
                        (
                            "partner",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.partnerclient"
                            ),
                        ),
                        ("external_reference", models.CharField(blank=True, max_length=100, null=True)),
                        (
                            "source",
                            models.CharField(default="BROWSER", help_text="BROWSER, API, IMPORT, SIMULATION, SET_OFF", max_length=10),
                        ),
                        (
                            "posted_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("posted_at", models.DateTimeField(auto_now_add=True)),
                        ("reversed_at", models.DateTimeField(null=True)),
                        (
                            "reversed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("reversal_reason", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payment_amount_positive"),
                            models.UniqueConstraint(
                                condition=models.Q(("external_reference__isnull", False)),
                                fields=("loan", "external_reference"),
                                name="payment_external_reference_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("partner__isnull", False), ("external_reference__isnull", False)),
                                fields=("partner", "external_reference"),
                                name="payment_partner_reference_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScheduleChange",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "loan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="schedule_changes", to="loans.loan"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("PREPAYMENT", "Prepayment"),
                                    ("RESCHEDULING", "Rescheduling"),
                                    ("RATE", "Change of rate"),
                                    ("UNDONE", "Prepayment taken back"),
                                    ("WRITE_OFF", "Written off"),
                                    ("RESTRUCTURING", "Restructuring"),
                                    ("CALLED", "Called in"),
                                ],
                                max_length=13,
                            ),
                        ),
                        (
                            "payment",
                            models.OneToOneField(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="schedule_change", to="loans.payment"
                            ),
                        ),
                        ("business_date", models.DateField()),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        ("replaced", models.JSONField(default=list)),
                        ("made_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="SetOff",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "from_loan",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="credits_set_off", to="loans.loan"),
                        ),
                        (
                            "payment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="set_off_made", to="loans.payment"
                            ),
                        ),
                        ("amount", core.fields.MoneyField(help_text="In the currency of both loans")),
                        ("booking_date", models.DateField()),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("reversed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="set_off_amount_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="set_off_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentAllocation",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "payment",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="loans.payment"),
                        ),
                        (
                            "instalment",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.instalment"
                            ),
                        ),
                        (
                            "component",
                            models.CharField(
                                choices=[
                                    ("fee", "Fee"),
                                    ("penalty", "Penalty"),
                                    ("interest", "Interest"),
                                    ("principal", "Principal"),
                                    ("suspense", "Suspense"),
                                    ("recovery", "Recovery of what was written off"),
                                    ("set_off", "Set off against another loan"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("amount", core.fields.MoneyField()),
                        (
                            "set_off",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="taken_from", to="loans.setoff"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [
                            models.Index(condition=models.Q(("component", "suspense")), fields=["payment"], name="allocation_in_suspense")
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="allocation_amount_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("component__in", ["suspense", "set_off"]), ("instalment__isnull", False), _connector="OR"
                                ),
                                name="allocation_suspense_has_no_instalment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("component", "set_off"), ("set_off__isnull", False)),
                                    models.Q(models.Q(("component", "set_off"), _negated=True), ("set_off__isnull", True)),
                                    _connector="OR",
                                ),
                                name="allocation_names_its_set_off",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentLine",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "file",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="loans.paymentfile"),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("value_date", models.DateField()),
                        ("amount", core.fields.MoneyField()),
                        ("currency", models.CharField(max_length=3)),
                        ("text", core.fields.EncryptedTextField()),
                        ("key", models.CharField(max_length=48, null=True, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("MATCHED", "Matched"),
                                    ("UNMATCHED", "Not matched"),
                                    ("POSTED", "Booked"),
                                    ("SET_ASIDE", "Set aside"),
                                    ("DUPLICATE", "There before"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "loan",
                            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.loan"),
                        ),
                        (
                            "payment",
                            models.OneToOneField(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.payment"
                            ),
                        ),
                        ("note", models.CharField(blank=True, help_text="Why it is not matched, or was set aside", max_length=300)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["file", "number", "id"],
                        "indexes": [models.Index(condition=models.Q(("state", "UNMATCHED")), fields=["id"], name="payment_line_open")],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payment_line_amount_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("state", "POSTED"), ("payment__isnull", True), _connector="OR"),
                                name="payment_line_booked_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "POSTED"), _negated=True),
                                    models.Q(("loan__isnull", False), ("payment__isnull", False)),
                                    _connector="OR",
                                ),
                                name="payment_line_booked",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("state", "MATCHED"), _negated=True), ("loan__isnull", False), _connector="OR"),
                                name="payment_line_matched",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StandingOrder",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="standing_orders", to="loans.bankaccount"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=60)),
                        ("payee_account", core.fields.EncryptedTextField()),
                        ("payee_account_index", core.fields.BlindIndexField(db_index=True, kind="iban", null=True, source="payee_account")),
                        ("amount", core.fields.MoneyField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("SALARY", "Salary"),
                                    ("PENSION", "Pension"),
                                    ("INCOME", "Other income"),
                                    ("CASH_IN", "Cash paid in"),
                                    ("CASH_OUT", "Cash drawn"),
                                    ("CARD", "Card"),
                                    ("HOUSEHOLD", "Household"),
                                    ("INSURANCE", "Insurance"),
                                    ("LOAN", "Loan payment"),
                                    ("LEASING", "Leasing"),
                                    ("SUPPLIER", "Supplier"),
                                    ("TRANSFER_IN", "Transfer received"),
                                    ("TRANSFER_OUT", "Transfer sent"),
                                    ("INTEREST", "Interest received"),
                                    ("PENALTY", "Penalty interest"),
                                    ("FEE", "Fee"),
                                    ("RETURNED", "Returned item"),
                                    ("GAMBLING", "Gambling"),
                                    ("SECURITIES", "Securities"),
                                    ("OTHER", "Other"),
                                ],
                                default="OTHER",
                                max_length=12,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "external_id"), name="standing_order_once"),
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="standing_order_amount_positive"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookEndpoint",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "partner",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.partnerclient"),
                        ),
                        ("url", models.CharField(max_length=500)),
                        ("events", models.JSONField(default=list)),
                        ("secret", core.fields.EncryptedTextField()),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("removed_at", models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="WebhookDelivery",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "endpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="loans.webhookendpoint"
                            ),
                        ),
                        ("kind", models.CharField(max_length=40)),
                        ("payload", models.JSONField(help_text="Ids, references and states; never personal data")),
                        (
                            "state",
                            models.CharField(
                                choices=[("PENDING", "Waiting"), ("DELIVERED", "Delivered"), ("FAILED", "Given up")],
                                default="PENDING",
                                max_length=9,
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("last_answer", models.CharField(blank=True, max_length=80)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("delivered_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [models.Index(condition=models.Q(("state", "PENDING")), fields=["next_at"], name="webhook_waiting")],
                    },
                ),
                migrations.CreateModel(
                    name="DeclaredInterest",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("subject_kind", models.CharField(max_length=7)),
                        ("national_id_index", models.BinaryField(null=True)),
                        ("tax_id_index", models.BinaryField(null=True)),
                        ("registration_number_index", models.BinaryField(null=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("FAMILY", "Relative or household"),
                                    ("FRIEND", "Friend or acquaintance"),
                                    ("BUSINESS", "Business with them"),
                                    ("OWNERSHIP", "Share or seat in the company"),
                                    ("OTHER", "Another interest"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("reason", core.fields.EncryptedTextField()),
                        ("declared_at", models.DateTimeField(auto_now_add=True)),
                        ("declared_date", models.DateField()),
                        ("withdrawn_at", models.DateTimeField(null=True)),
                        (
                            "application",
                            models.ForeignKey(
                                help_text="Where it was declared",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="interests",
                                to="loans.application",
                            ),
                        ),
                        ("borrower", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.borrower")),
                        (
                            "staff",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at__isnull", True)),
                                fields=("staff", "borrower"),
                                name="declared_interest_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawn_by", models.F("staff")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="declared_interest_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MissingRequest",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("text", models.TextField(blank=True, help_text="What the applicant is told besides")),
                        ("until", models.DateField(help_text="The last day of the answer")),
                        (
                            "days_left",
                            models.PositiveSmallIntegerField(
                                help_text="Business days the bank had left to decide when its clock was stopped"
                            ),
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
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="missing_requests", to="loans.application"
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "closed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(condition=models.Q(("state", "OPEN")), fields=["until"], name="missing_request_runs_out")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "OPEN")), fields=("application",), name="missing_request_open_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_date__isnull", True), ("state", "OPEN")),
                                    models.Q(models.Q(("state", "OPEN"), _negated=True), ("closed_date__isnull", False)),
                                    _connector="OR",
                                ),
                                name="missing_request_closed_on_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "ENOUGH"), _negated=True), models.Q(("reason", ""), _negated=True), _connector="OR"
                                ),
                                name="missing_request_enough_with_reason",
                            ),
                        ],
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
                        "constraints": [models.UniqueConstraint(fields=("request", "code"), name="missing_item_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CustomerAmendment",
                    fields=[
                        ("name", models.CharField(max_length=160)),
                        ("content_type", models.CharField(max_length=80)),
                        ("size", models.PositiveIntegerField(help_text="bytes")),
                        ("sha256", models.CharField(db_index=True, max_length=64)),
                        ("stored_as", models.CharField(max_length=80, unique=True)),
                        ("uploaded_by_name", models.CharField(max_length=120)),
                        ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("PROPOSED", "Proposed"),
                                    ("CONFIRMED", "Confirmed"),
                                    ("REFUSED", "Refused"),
                                    ("TAKEN_BACK", "Taken back"),
                                ],
                                default="PROPOSED",
                                max_length=10,
                            ),
                        ),
                        ("fields", models.JSONField(default=list, help_text="The names of what changes")),
                        ("before", core.fields.EncryptedTextField()),
                        ("after", core.fields.EncryptedTextField()),
                        ("reason", core.fields.EncryptedTextField()),
                        ("proposed_at", models.DateTimeField(auto_now_add=True)),
                        ("proposed_date", models.DateField()),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("decided_date", models.DateField(null=True)),
                        ("answer", core.fields.EncryptedTextField(help_text="What who decided it wrote")),
                        (
                            "application",
                            models.ForeignKey(
                                help_text="In which it was stated",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loans.application",
                            ),
                        ),
                        (
                            "borrower",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="amendments", to="loans.borrower"),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "PROPOSED")), fields=("borrower",), name="customer_amendment_open_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_by__isnull", True), ("state", "PROPOSED")),
                                    models.Q(("decided_by", models.F("proposed_by")), ("state", "TAKEN_BACK")),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        ("state__in", ["CONFIRMED", "REFUSED"]),
                                        models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="customer_amendment_four_eyes",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
