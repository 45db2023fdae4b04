"""The tables of collateral: assets, owners, liens, valuations, pledges and rounds."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids
from core.tables_together import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("collateral", "0001_initial"),
        ("collateral", "0002_sales_evidence"),
        ("collateral", "0003_computed_values"),
        ("collateral", "0004_realisations"),
        ("collateral", "0005_asset_keys"),
        ("collateral", "0006_covers"),
        ("collateral", "0007_rounds_and_records"),
        ("collateral", "0008_the_register"),
        ("collateral", "0009_owners_on_file"),
        ("collateral", "0010_inspections"),
        ("collateral", "0011_orders_and_reports"),
        ("collateral", "0013_receivable_files"),
        ("collateral", "0014_places_and_lots"),
        ("collateral", "0003_flags_of_each_value"),
        ("collateral", "0004_ranks_and_withdrawals"),
        ("collateral", "0005_flags_lifted"),
        ("collateral", "0006_rests_of_parties"),
        ("collateral", "0007_found_values"),
        ("collateral", "0008_asset_documents"),
        ("collateral", "0009_flag_reviews"),
        ("collateral", "0010_flags_ended"),
        ("collateral", "0011_sent_back_by"),
        ("collateral", "0012_flags_revised"),
        ("collateral", "0013_holdings_confirmed"),
        ("collateral", "0014_titles_and_proposers"),
        ("collateral", "0015_lien_end_document"),
        ("collateral", "0016_twins_judged"),
        ("collateral", "0017_void_counts_nothing"),
        ("collateral", "0018_evidence_of_values"),
        ("collateral", "0019_methods_and_seals"),
        ("collateral", "0020_decided_cover"),
        ("collateral", "0021_flags_settled_by_facts"),
        ("collateral", "0022_facts_held"),
        ("collateral", "0023_buyers"),
        ("collateral", "0024_figures_that_wait"),
        ("collateral", "0025_inputs_of_values"),
        ("collateral", "0026_receivables_confirmed"),
        ("collateral", "0027_waiting_prices"),
        ("collateral", "0028_pledged_again"),
        ("collateral", "0029_computed_values_decided"),
        ("collateral", "0030_pledge_states"),
        ("collateral", "0031_receivables_told"),
        ("collateral", "0032_holding_counted_since"),
        ("collateral", "0033_homes_held"),
        ("collateral", "0034_title_corrected_at"),
        ("collateral", "0035_index_revised"),
        ("collateral", "0036_policies_end"),
        ("collateral", "0037_orders_end"),
        ("collateral", "0038_owners_stated"),
        ("collateral", "0039_figures_confirmed"),
        ("collateral", "0040_pledges_sent"),
        ("collateral", "0041_prices_lowered"),
        ("collateral", "0042_debtors_left"),
        ("collateral", "0043_values_without_evidence"),
        ("collateral", "0044_covers_taken_over"),
        ("collateral", "0045_sales_held_out"),
        ("collateral", "0046_sale_costs"),
        ("collateral", "0047_capped_values"),
        ("collateral", "0048_orders_drawn"),
        ("collateral", "0049_photos_taken"),
        ("collateral", "0050_photos_untaken"),
    ]

    dependencies = [
        ("core", "0001_foundation"),
        ("loans", "0001_foundation"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="OutsideAppraiser",
                    fields=[
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="outside_appraiser",
                                serialize=False,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("firm", models.CharField(max_length=120)),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Asset",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=20, unique=True)),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("REAL_ESTATE", "Real estate"),
                                    ("LAND", "Land"),
                                    ("MACHINERY", "Machinery"),
                                    ("VEHICLE", "Vehicle"),
                                    ("RECEIVABLES", "Receivables"),
                                    ("DEPOSIT", "Deposit"),
                                    ("SECURITIES", "Securities"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("description", models.CharField(max_length=200)),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="assets", to="loans.borrower"
                            ),
                        ),
                        ("owner_name", models.CharField(max_length=160)),
                        ("title_number", models.CharField(blank=True, max_length=60)),
                        (
                            "title_key",
                            models.CharField(
                                blank=True, db_index=True, help_text="title_number normalised, for finding twins", max_length=60
                            ),
                        ),
                        ("title_verified_date", models.DateField(null=True)),
                        ("in_use", models.BooleanField(default=True)),
                        ("insured_until", models.DateField(null=True)),
                        ("address_line", core.fields.EncryptedTextField()),
                        ("position", core.fields.EncryptedTextField(help_text="latitude,longitude")),
                        (
                            "numbers",
                            core.fields.EncryptedTextField(help_text="Further identifiers, one a line as kind:number, for finding twins"),
                        ),
                        ("postcode", models.CharField(blank=True, db_default="", default="", max_length=12)),
                        (
                            "postcode_area",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Country and the beginning of the postcode, for rounds",
                                max_length=16,
                            ),
                        ),
                        ("city", models.CharField(blank=True, max_length=80)),
                        ("country", models.CharField(default="DE", max_length=2)),
                        ("stated_value", core.fields.MoneyField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "counted_share",
                            models.DecimalField(
                                decimal_places=6,
                                default=1,
                                help_text="What of its value may count by its facts, before the haircut",
                                max_digits=7,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("REGISTERED", "Registered"), ("DESTROYED", "Destroyed"), ("SOLD", "Sold")],
                                default="REGISTERED",
                                max_length=10,
                            ),
                        ),
                        (
                            "registered_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("registered_date", models.DateField()),
                        (
                            "title_entered_by",
                            models.ForeignKey(
                                help_text="Who wrote its number down after registration",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "held_places",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="Places whose index it followed before and follows beside the one on file, until a second person saw that one",
                            ),
                        ),
                        (
                            "title_corrected_at",
                            models.DateTimeField(
                                help_text="When another number was proposed in place of a wrong one; papers of before are about that one",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("stated_value__gt", 0)), name="asset_stated_value_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("counted_share__gte", 0), ("counted_share__lte", 1)), name="asset_counted_share_is_part"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FactsVersion",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="collateral.asset"),
                        ),
                        (
                            "section",
                            models.CharField(help_text="Which facts: the class, home, equipment, holding or receivable", max_length=12),
                        ),
                        (
                            "row",
                            models.UUIDField(
                                help_text="The receivable it is a version of; None where an asset has one row of that section", null=True
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        ("known_from", models.DateTimeField(auto_now_add=True)),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        ("content", core.fields.EncryptedTextField()),
                    ],
                    options={
                        "ordering": ["-valid_from", "-id"],
                        "indexes": [
                            models.Index(fields=["asset", "section", "valid_from"], name="facts_version_of_asset"),
                            models.Index(condition=models.Q(("row__isnull", False)), fields=["row"], name="facts_version_of_row"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("valid_from__lte", models.F("recorded_date"))), name="facts_hold_when_recorded"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PropertyFacts",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="collateral.asset"
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        (
                            "use",
                            models.CharField(
                                choices=[
                                    ("HOME", "Home"),
                                    ("FLATS", "Flats"),
                                    ("OFFICE", "Offices"),
                                    ("RETAIL", "Shops"),
                                    ("INDUSTRIAL", "Workshop or warehouse"),
                                    ("HOTEL", "Hotel or restaurant"),
                                    ("MIXED", "Homes and business"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("floor_area", models.DecimalField(decimal_places=2, max_digits=12)),
                        ("plot_area", models.DecimalField(decimal_places=2, max_digits=14)),
                        ("built_year", models.PositiveSmallIntegerField()),
                        (
                            "occupancy",
                            models.CharField(choices=[("OWNER", "By its owner"), ("LET", "Let"), ("VACANT", "Vacant")], max_length=6),
                        ),
                        ("annual_rent", core.fields.MoneyField(null=True)),
                        (
                            "held",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("floor_area__gt", 0), ("plot_area__gt", 0)), name="property_areas_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("occupancy", "LET"), _negated=True),
                                    models.Q(("annual_rent__gt", 0), ("annual_rent__isnull", False)),
                                    _connector="OR",
                                ),
                                name="property_let_has_rent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LandFacts",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="collateral.asset"
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        ("parcel_number", models.CharField(max_length=60)),
                        ("area", models.DecimalField(decimal_places=2, max_digits=14)),
                        (
                            "zoning",
                            models.CharField(
                                choices=[
                                    ("RESIDENTIAL", "Residential"),
                                    ("COMMERCIAL", "Commercial"),
                                    ("INDUSTRIAL", "Industrial"),
                                    ("MIXED", "Mixed"),
                                    ("AGRICULTURAL", "Agricultural"),
                                    ("FOREST", "Forest"),
                                    ("PROTECTED", "Protected, nothing may be built"),
                                    ("UNPLANNED", "No plan"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "use",
                            models.CharField(
                                choices=[
                                    ("VACANT", "Nothing"),
                                    ("HOUSING", "Housing"),
                                    ("BUSINESS", "Shops or offices"),
                                    ("INDUSTRY", "Industry or storage"),
                                    ("FARMING", "Farming"),
                                    ("FORESTRY", "Forestry"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "access",
                            models.CharField(
                                choices=[("ROAD", "From a public road"), ("EASEMENT", "By a right of way"), ("NONE", "None")], max_length=8
                            ),
                        ),
                        ("encumbrances", models.CharField(blank=True, max_length=240)),
                        (
                            "held",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("area__gt", 0)), name="land_area_positive")],
                    },
                ),
                migrations.CreateModel(
                    name="MachineFacts",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="collateral.asset"
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        ("make", models.CharField(max_length=60)),
                        ("model", models.CharField(max_length=60)),
                        ("serial_number", models.CharField(max_length=60)),
                        ("built_year", models.PositiveSmallIntegerField()),
                        ("hours", models.PositiveIntegerField(null=True)),
                        (
                            "condition",
                            models.CharField(choices=[("IN_USE", "In use"), ("IDLE", "Idle"), ("UNUSABLE", "Unusable")], max_length=8),
                        ),
                        (
                            "held",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("serial_number", ""), _negated=True), name="machine_has_serial")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VehicleFacts",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="collateral.asset"
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        ("make", models.CharField(max_length=60)),
                        ("model", models.CharField(max_length=60)),
                        ("vin", models.CharField(help_text="Vehicle identification number", max_length=17)),
                        ("plate", models.CharField(blank=True, max_length=20)),
                        ("first_registration", models.DateField()),
                        ("mileage", models.PositiveIntegerField()),
                        (
                            "condition",
                            models.CharField(choices=[("IN_USE", "In use"), ("IDLE", "Idle"), ("UNUSABLE", "Unusable")], max_length=8),
                        ),
                        (
                            "held",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("vin", ""), _negated=True), name="vehicle_has_number")],
                    },
                ),
                migrations.CreateModel(
                    name="DepositFacts",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)s", to="collateral.asset"
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        ("own_bank", models.BooleanField(default=True, help_text="Held at this bank")),
                        ("bank_name", models.CharField(max_length=120)),
                        ("account", core.fields.EncryptedTextField()),
                        ("account_index", core.fields.BlindIndexField(db_index=True, kind="iban", null=True, source="account")),
                        ("currency", models.CharField(max_length=3)),
                        ("balance", core.fields.MoneyField()),
                        ("maturity_date", models.DateField(help_text="None: at call", null=True)),
                        ("blocked_date", models.DateField(help_text="Since when it is blocked for this bank", null=True)),
                        (
                            "held",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="What held before and counts beside it, the lower of all, until a second person saw what is recorded now",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("balance__gt", 0)), name="deposit_balance_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("blocked_date__isnull", True),
                                    ("maturity_date__isnull", True),
                                    ("blocked_date__lte", models.F("maturity_date")),
                                    _connector="OR",
                                ),
                                name="deposit_blocked_before_maturity",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Cover",
                    fields=[
                        (
                            "loan",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="cover",
                                serialize=False,
                                to="loans.loan",
                            ),
                        ),
                        ("exposure", core.fields.MoneyField()),
                        ("market_value", core.fields.MoneyField()),
                        ("lending_value", core.fields.MoneyField()),
                        ("claims_before", core.fields.MoneyField(help_text="Claims before and beside ours on the same assets")),
                        ("available", core.fields.MoneyField()),
                        ("overhang", core.fields.MoneyField()),
                        ("pledges", models.PositiveSmallIntegerField()),
                        ("unvalued", models.PositiveSmallIntegerField(help_text="Pledges without a value in force")),
                        (
                            "told",
                            models.BooleanField(db_default=False, default=False, help_text="The world was told of the overhang there is"),
                        ),
                        ("status_date", models.DateField(help_text="The business date on which these figures last changed")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("exposure__gte", 0), ("available__gte", 0), ("overhang__gte", 0), ("claims_before__gte", 0)
                                ),
                                name="cover_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("available__lte", models.F("lending_value"))), name="cover_within_value"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Valuation",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="valuations", to="collateral.asset"
                            ),
                        ),
                        (
                            "appraiser",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "ordered_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("ordered_date", models.DateField()),
                        ("order_reason", models.CharField(blank=True, max_length=200)),
                        (
                            "third_party",
                            models.BooleanField(
                                db_default=False, default=False, help_text="Ordered from another firm, which holds for who follows too"
                            ),
                        ),
                        (
                            "due_date",
                            models.DateField(
                                help_text="The last day on which it is in time; none for what nobody was asked for", null=True
                            ),
                        ),
                        ("reminders", models.PositiveSmallIntegerField(db_default=0, default=0)),
                        ("reminded_date", models.DateField(null=True)),
                        ("submitted_date", models.DateField(help_text="When its appraiser handed it in last", null=True)),
                        (
                            "barred",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="Users whom the lot may not fall on, nor when it is drawn anew",
                            ),
                        ),
                        ("round", models.UUIDField(help_text="Shared by all that were ordered together or beside each other", null=True)),
                        (
                            "sealed",
                            models.BooleanField(default=False, help_text="In, and shown to nobody until the others of its order are"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("ORDERED", "Ordered"),
                                    ("SUBMITTED", "Submitted"),
                                    ("CHALLENGED", "Challenged"),
                                    ("ACCEPTED", "Accepted"),
                                    ("REJECTED", "Rejected"),
                                    ("EXPIRED", "Expired"),
                                    ("COMPARED", "Compared"),
                                    ("WITHDRAWN", "Withdrawn"),
                                ],
                                default="ORDERED",
                                max_length=10,
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("COMPARISON", "Comparison"),
                                    ("INCOME", "Income"),
                                    ("COST", "Cost"),
                                    ("INDEX", "Index"),
                                    ("MARKET_QUOTE", "Market quote"),
                                    ("NOMINAL", "Nominal amount"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("market_value", core.fields.MoneyField(null=True)),
                        ("currency", models.CharField(max_length=3)),
                        ("comparables", models.JSONField(default=list, help_text='[{"description", "price"}], prices as strings')),
                        ("independence_declared", models.BooleanField(default=False)),
                        ("remarks", models.TextField(blank=True)),
                        ("valued_date", models.DateField(null=True)),
                        ("expires_date", models.DateField(null=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "decided_at",
                            models.DateTimeField(help_text="When somebody judged it; of a computed value, when it was made", null=True),
                        ),
                        ("decision_reason", models.TextField(blank=True)),
                        (
                            "ended_by",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="Codes of the upheld red flags that ended it",
                            ),
                        ),
                        (
                            "ended_date",
                            models.DateField(
                                help_text="Since when its asset is upheld not to be as it was valued; it counts for less until another is accepted",
                                null=True,
                            ),
                        ),
                        (
                            "kept_share",
                            models.DecimalField(
                                db_default=1,
                                decimal_places=6,
                                default=1,
                                help_text="What of it counts, below 1 only once it was ended",
                                max_digits=7,
                            ),
                        ),
                        (
                            "sent_back_by",
                            models.ForeignKey(
                                help_text="Who sent it back last, whatever became of it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "valued_area",
                            models.DecimalField(
                                decimal_places=2, help_text="Square metres that it is of, as its appraiser found", max_digits=10, null=True
                            ),
                        ),
                        (
                            "no_evidence",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("NO_MARKET", "No sales are on file of where it stands"),
                                    ("UNLIKE", "No home like it is sold there"),
                                    ("OTHER_USE", "It is no home: its rent or its cost decides"),
                                    ("NO_MODEL", "No price model of where it stands is in force"),
                                    ("NO_NEW_PRICE", "What it cost when new cannot be found out"),
                                    ("ONE_OF_KIND", "It was built to order: no curve says how it ages"),
                                    ("UNTRADED", "It is traded nowhere: no price is quoted"),
                                    ("SUSPENDED", "Its trading is suspended"),
                                ],
                                db_default="",
                                default="",
                                help_text="Why nothing can be held against it",
                                max_length=12,
                            ),
                        ),
                        (
                            "inputs",
                            models.JSONField(
                                db_default=models.Value({}, models.JSONField()),
                                default=dict,
                                help_text="What it was worked out from by its method (domain.value_inputs), figures as strings",
                            ),
                        ),
                        (
                            "cap",
                            core.fields.MoneyField(
                                help_text="The most that counts of it by CRR 229(1)(e), where that is less than what was said", null=True
                            ),
                        ),
                        (
                            "cap_years",
                            models.PositiveSmallIntegerField(
                                db_default=0, default=0, help_text="Years whose average the cap is; 0 for the value when the money was lent"
                            ),
                        ),
                        ("cap_date", models.DateField(help_text="When it was capped", null=True)),
                        (
                            "outside_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("CONNECTED", "The bank's own appraisers are connected to it"),
                                    ("SPECIAL", "None of the bank's own knows such assets"),
                                    ("FAR", "It lies too far away for the bank's own"),
                                    ("INDEPENDENT", "An independent valuer is prescribed"),
                                    ("DOUBT", "A value before it is in doubt"),
                                ],
                                db_default="",
                                default="",
                                help_text="Why another firm was asked",
                                max_length=12,
                            ),
                        ),
                        (
                            "drawn_alone",
                            models.BooleanField(db_default=False, default=False, help_text="Nobody else was eligible when it was drawn"),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "ACCEPTED")),
                                fields=["asset", "-valued_date", "-id"],
                                name="valuation_in_force",
                            ),
                            models.Index(condition=models.Q(("round__isnull", False)), fields=["round"], name="valuation_round"),
                            models.Index(
                                condition=models.Q(("state__in", ["ORDERED", "CHALLENGED"])),
                                fields=["due_date", "id"],
                                name="valuation_awaited",
                            ),
                            models.Index(
                                condition=models.Q(("ended_date__isnull", False), ("state", "ACCEPTED")),
                                fields=["asset"],
                                name="valuation_ended",
                            ),
                            models.Index(condition=models.Q(("sealed", True)), fields=["round"], name="valuation_sealed"),
                            models.Index(
                                condition=models.Q(("cap__isnull", False), ("state", "ACCEPTED")), fields=["asset"], name="valuation_capped"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("market_value__isnull", True), ("market_value__gt", 0), _connector="OR"),
                                name="valuation_value_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "ACCEPTED"), _negated=True),
                                    ("appraiser__isnull", True),
                                    models.Q(("decided_by", models.F("appraiser")), _negated=True),
                                    _connector="OR",
                                ),
                                name="valuation_accepted_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kept_share__gte", 0),
                                    ("kept_share__lte", 1),
                                    models.Q(("kept_share", 1), ("ended_date__isnull", False), _connector="OR"),
                                ),
                                name="valuation_kept_share_is_part",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valued_area__isnull", True), ("valued_area__gt", 0), _connector="OR"),
                                name="valuation_area_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "WITHDRAWN"), _negated=True),
                                    models.Q(("due_date__isnull", False), models.Q(("decision_reason", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="valuation_withdrawn_with_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "no_evidence__in",
                                        [
                                            "",
                                            "NO_MARKET",
                                            "UNLIKE",
                                            "OTHER_USE",
                                            "NO_MODEL",
                                            "NO_NEW_PRICE",
                                            "ONE_OF_KIND",
                                            "UNTRADED",
                                            "SUSPENDED",
                                        ],
                                    )
                                ),
                                name="valuation_no_evidence_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cap__isnull", True),
                                    models.Q(("cap__gt", 0), ("cap__lt", models.F("market_value")), ("cap_date__isnull", False)),
                                    _connector="OR",
                                ),
                                name="valuation_cap_lowers",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("outside_reason__in", ["", "CONNECTED", "SPECIAL", "FAR", "INDEPENDENT", "DOUBT"])),
                                name="valuation_outside_reason_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RedFlag",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="flags", to="collateral.asset"),
                        ),
                        (
                            "valuation",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="flags", to="collateral.valuation"
                            ),
                        ),
                        ("code", models.CharField(max_length=30)),
                        ("text", models.CharField(max_length=240)),
                        ("evidence", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("OPEN", "Open"),
                                    ("CLEARED", "Cleared"),
                                    ("UPHELD", "Upheld"),
                                    ("LIFTED", "Lifted"),
                                    ("ENDED", "Ended"),
                                ],
                                default="OPEN",
                                max_length=8,
                            ),
                        ),
                        ("raised_date", models.DateField()),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("reason", models.TextField(blank=True)),
                        ("lifted_at", models.DateTimeField(null=True)),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "lifted_reason",
                            models.TextField(
                                blank=True, db_default="", default="", help_text="Why its ground is gone, after it was upheld"
                            ),
                        ),
                        (
                            "reviewer",
                            models.ForeignKey(
                                help_text="Who is responsible for deciding it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("taken_at", models.DateTimeField(null=True)),
                        ("told_date", models.DateField(help_text="When it was last told of as overdue", null=True)),
                        (
                            "revision",
                            models.PositiveSmallIntegerField(
                                db_default=1,
                                default=1,
                                help_text="Goes up whenever what it says changes; a decision is about the one that was read",
                            ),
                        ),
                        (
                            "by_fact",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Cleared because a fact on file took its ground away, by nobody's judgement",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "OPEN")),
                                fields=("asset", "code", "valuation"),
                                name="red_flag_open_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "LIFTED"), _negated=True),
                                    models.Q(
                                        ("lifted_at__isnull", False),
                                        ("lifted_by__isnull", False),
                                        models.Q(("lifted_by", models.F("decided_by")), _negated=True),
                                        models.Q(("lifted_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="red_flag_lifted_by_another",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("reviewer__isnull", False), ("state", "OPEN")),
                                fields=["reviewer", "raised_date"],
                                name="red_flag_reviewer",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EquipmentFacts",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "asset",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="equipment", to="collateral.asset"
                            ),
                        ),
                        ("curve", models.CharField(max_length=40)),
                        ("new_price", core.fields.MoneyField()),
                        ("bought_date", models.DateField()),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        (
                            "held",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="What held before and counts beside it, the lowest of all, until a second person saw what is recorded now; null: nothing did",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("new_price__gt", 0)), name="equipment_price_positive")],
                    },
                ),
                migrations.CreateModel(
                    name="SecurityHolding",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "asset",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="holding", to="collateral.asset"
                            ),
                        ),
                        ("isin", models.CharField(db_index=True, max_length=12)),
                        ("quantity", models.DecimalField(decimal_places=4, max_digits=18)),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        (
                            "confirmed_isin",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="The paper that values are made of", max_length=12
                            ),
                        ),
                        (
                            "confirmed_quantity",
                            models.DecimalField(
                                decimal_places=4,
                                help_text="How many of it values are made of; none before somebody confirmed a first one",
                                max_digits=18,
                                null=True,
                            ),
                        ),
                        (
                            "confirmed_date",
                            models.DateField(help_text="The day on which what counts was recorded: before a split or since", null=True),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="holding_quantity_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("confirmed_isin", ""), ("confirmed_quantity__isnull", True)),
                                    models.Q(models.Q(("confirmed_isin", ""), _negated=True), ("confirmed_quantity__gt", 0)),
                                    _connector="OR",
                                ),
                                name="holding_confirmed_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HomeFacts",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="home", to="collateral.asset"),
                        ),
                        ("market", models.CharField(max_length=40)),
                        ("region", models.CharField(blank=True, help_text="State or region whose index it follows", max_length=10)),
                        ("position", core.fields.EncryptedTextField()),
                        ("living_area", models.FloatField()),
                        ("plot_area", models.FloatField()),
                        ("area_above", models.FloatField(null=True)),
                        ("bedrooms", models.FloatField()),
                        ("bathrooms", models.FloatField()),
                        ("floors", models.FloatField()),
                        ("built_year", models.PositiveSmallIntegerField()),
                        ("renovated_year", models.PositiveSmallIntegerField(default=0)),
                        ("grade", models.FloatField()),
                        ("condition", models.FloatField()),
                        ("view", models.FloatField(default=0)),
                        ("waterfront", models.BooleanField(default=False)),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        (
                            "held",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="Versions by which it would fetch less, compared beside what is on file, until a second person saw that",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("living_area__gt", 0), ("plot_area__gt", 0)), name="home_areas_positive"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IndexSeries",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(max_length=40, unique=True)),
                        ("title", models.CharField(max_length=120)),
                        ("publisher", models.CharField(max_length=20)),
                        ("country", models.CharField(max_length=2)),
                        ("region", models.CharField(blank=True, max_length=10)),
                        (
                            "measure",
                            models.CharField(choices=[("NOMINAL", "Nominal"), ("REAL", "Deflated")], default="NOMINAL", max_length=7),
                        ),
                        ("used", models.BooleanField(default=False, help_text="For revaluation")),
                        (
                            "revised_date",
                            models.DateField(
                                help_text="When a point on record was last revised: values made of it before are made anew", null=True
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["country", "region", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("used", True)), fields=("country", "region"), name="index_used_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("used", False), ("measure", "NOMINAL"), _connector="OR"), name="index_used_nominal"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ValueFile",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("SALES", "Sales of homes"), ("INDEX", "House price index"), ("PRICES", "Prices of securities")],
                                max_length=6,
                            ),
                        ),
                        (
                            "market",
                            models.CharField(
                                help_text="The market of sales, the publisher of an index, the source of prices", max_length=40
                            ),
                        ),
                        ("currency", models.CharField(blank=True, max_length=3)),
                        ("file_name", models.CharField(max_length=120)),
                        ("fingerprint", models.CharField(help_text="SHA-256 of the file", max_length=64)),
                        ("kept", models.PositiveIntegerField(default=0)),
                        ("known", models.PositiveIntegerField(default=0)),
                        ("refused", models.PositiveIntegerField(default=0)),
                        ("refusals", models.JSONField(default=list, help_text='The first of them: [{"line", "reason"}]')),
                        (
                            "imported_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("imported_at", models.DateTimeField(auto_now_add=True)),
                        ("business_date", models.DateField()),
                        (
                            "held",
                            models.JSONField(
                                db_default=models.Value([], models.JSONField()),
                                default=list,
                                help_text="Figures that wait, or waited, for a second person, each beside what is on record",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="IndexPoint",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "series",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="points", to="collateral.indexseries"
                            ),
                        ),
                        ("period_end", models.DateField()),
                        ("value", models.DecimalField(decimal_places=4, max_digits=14)),
                        (
                            "confirmed",
                            models.BooleanField(
                                db_default=False, default=False, help_text="Two people stand for it: the next ones are measured by it"
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                help_text="None: from before files were kept with it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="points",
                                to="collateral.valuefile",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("series", "period_end"), name="index_point_once"),
                            models.CheckConstraint(condition=models.Q(("value__gt", 0)), name="index_point_positive"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ComputedValue",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "valuation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="computed", to="collateral.valuation"
                            ),
                        ),
                        (
                            "base",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collateral.valuation"
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[("INDEX", "By index"), ("CURVE", "By depreciation"), ("QUOTE", "By market price")], max_length=5
                            ),
                        ),
                        ("uncapped", core.fields.MoneyField()),
                        ("cap", core.fields.MoneyField(null=True)),
                        ("evidence", models.JSONField(default=dict)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("uncapped__gt", 0), models.Q(("cap__isnull", True), ("cap__gt", 0), _connector="OR")),
                                name="computed_value_positive",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ValueSettings",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
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
                        ("number", models.PositiveIntegerField(unique=True)),
                        ("document", models.JSONField(help_text="As collateral.domain.revaluation reads it")),
                    ],
                    options={
                        "ordering": ["-number"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "ACTIVE")), fields=("state",), name="value_settings_one_active"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "PROPOSED")), fields=("state",), name="value_settings_one_proposed"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="value_settings_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["PROPOSED", "REJECTED"]), ("confirmed_by__isnull", False), _connector="OR"
                                ),
                                name="value_settings_confirmed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionSettings",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
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
                        ("number", models.PositiveIntegerField(unique=True)),
                        ("document", models.JSONField(help_text="As collateral.domain.inspections reads it")),
                    ],
                    options={
                        "ordering": ["-number"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "ACTIVE")), fields=("state",), name="inspection_settings_one_active"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "PROPOSED")), fields=("state",), name="inspection_settings_one_proposed"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="inspection_settings_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["PROPOSED", "REJECTED"]), ("confirmed_by__isnull", False), _connector="OR"
                                ),
                                name="inspection_settings_confirmed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionPlan",
                    fields=[
                        (
                            "asset",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="inspection_plan",
                                serialize=False,
                                to="collateral.asset",
                            ),
                        ),
                        ("loan", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.loan")),
                        (
                            "level",
                            models.CharField(choices=[("ORDINARY", "Ordinary"), ("RAISED", "Raised"), ("HIGH", "High")], max_length=8),
                        ),
                        ("grounds", models.JSONField(default=list, help_text="Codes of what raises the level")),
                        ("seen_date", models.DateField(help_text="When an inspector was last there; empty: not yet", null=True)),
                        ("due_date", models.DateField()),
                        ("status_date", models.DateField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["due_date"], name="inspection_plan_due")],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionRound",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=20, unique=True)),
                        ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.branch")),
                        (
                            "inspector",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("area", models.CharField(blank=True, help_text="The place its assets are at", max_length=80)),
                        (
                            "state",
                            models.CharField(
                                choices=[("OPEN", "Open"), ("ESCALATED", "Overdue"), ("DONE", "Done")], default="OPEN", max_length=9
                            ),
                        ),
                        ("planned_date", models.DateField()),
                        ("due_date", models.DateField()),
                        ("ended_date", models.DateField(null=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["state", "due_date"], name="inspection_round_queue")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("due_date__gt", models.F("planned_date"))), name="inspection_round_due_later"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_date__isnull", False), ("state", "DONE")),
                                    models.Q(models.Q(("state", "DONE"), _negated=True), ("ended_date__isnull", True)),
                                    _connector="OR",
                                ),
                                name="inspection_round_ended_when_done",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionStop",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="stops", to="collateral.inspectionround"
                            ),
                        ),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="inspection_stops", to="collateral.asset"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "level",
                            models.CharField(choices=[("ORDINARY", "Ordinary"), ("RAISED", "Raised"), ("HIGH", "High")], max_length=8),
                        ),
                        ("grounds", models.JSONField(default=list)),
                        (
                            "state",
                            models.CharField(
                                choices=[("OPEN", "Open"), ("DONE", "Done"), ("DROPPED", "Dropped")], default="OPEN", max_length=7
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["round", "position"],
                        "constraints": [
                            models.UniqueConstraint(fields=("round", "position"), name="inspection_stop_position_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "OPEN")), fields=("asset",), name="inspection_stop_open_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Inspection",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("client_key", models.UUIDField(unique=True)),
                        ("fingerprint", models.CharField(max_length=64)),
                        (
                            "stop",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="inspections", to="collateral.inspectionstop"
                            ),
                        ),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="inspections", to="collateral.asset"
                            ),
                        ),
                        (
                            "inspector",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("seen_date", models.DateField()),
                        (
                            "presence",
                            models.CharField(
                                choices=[("PRESENT", "It is there"), ("ABSENT", "It is not there"), ("SHUT", "Nobody let me in")],
                                max_length=7,
                            ),
                        ),
                        ("number_seen", models.CharField(blank=True, max_length=60)),
                        ("number_agrees", models.BooleanField(help_text="With the register; empty: nothing to compare", null=True)),
                        (
                            "condition",
                            models.CharField(
                                blank=True,
                                choices=[("GOOD", "Good"), ("WORN", "Worn"), ("DAMAGED", "Damaged"), ("UNUSABLE", "Unusable")],
                                max_length=8,
                            ),
                        ),
                        ("use", models.CharField(blank=True, choices=[("IN_USE", "In use"), ("IDLE", "Idle")], max_length=6)),
                        ("position", core.fields.EncryptedTextField(help_text="latitude,longitude in degrees")),
                        ("accuracy", models.PositiveIntegerField(help_text="In metres, as the device says", null=True)),
                        ("place", core.fields.EncryptedTextField(help_text="In words, where the device does not tell")),
                        ("remarks", models.TextField(blank=True)),
                        ("valuation_asked", models.BooleanField(default=False)),
                        ("faults", models.JSONField(default=list, help_text="Codes of what was found wrong")),
                        ("recorded_date", models.DateField()),
                        ("recorded_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["asset", "-id"], name="inspection_by_asset")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("seen_date__lte", models.F("recorded_date"))), name="inspection_not_from_tomorrow"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("presence", "PRESENT"), _negated=True),
                                    models.Q(models.Q(("condition", ""), _negated=True), models.Q(("use", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="inspection_says_what_was_seen",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Covenant",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="cover_covenant", to="loans.application"
                            ),
                        ),
                        ("min_coverage", core.fields.RateField()),
                        ("agreed_date", models.DateField()),
                        ("reason", models.TextField(blank=True)),
                        (
                            "agreed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("min_coverage__gte", 0), ("min_coverage__lte", 2)), name="covenant_coverage"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MarginCall",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "loan",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="margin_calls", to="loans.loan"),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("OPEN", "Open"), ("ESCALATED", "Not answered in time"), ("MET", "Met"), ("WAIVED", "Waived")],
                                default="OPEN",
                                max_length=9,
                            ),
                        ),
                        ("exposure", core.fields.MoneyField()),
                        ("available", core.fields.MoneyField()),
                        ("pledges", models.PositiveSmallIntegerField()),
                        ("min_coverage", core.fields.RateField()),
                        ("called", core.fields.MoneyField(help_text="What the cover lacked")),
                        ("raised_date", models.DateField()),
                        ("due_date", models.DateField()),
                        (
                            "answer",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("SUBSTITUTION", "Another asset for one before"),
                                    ("PLEDGE", "One more asset"),
                                    ("PREPAYMENT", "Paid early"),
                                    ("VALUE", "A new value"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("ended_date", models.DateField(null=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("loan", "number"), name="margin_call_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["OPEN", "ESCALATED"])), fields=("loan",), name="margin_call_open_once"
                            ),
                            models.CheckConstraint(condition=models.Q(("called__gt", 0)), name="margin_call_of_something"),
                            models.CheckConstraint(
                                condition=models.Q(("due_date__gt", models.F("raised_date"))), name="margin_call_due_later"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssetDocument",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("TITLE_EXTRACT", "Title extract"),
                                    ("LIEN_REGISTRATION", "Registration of a lien"),
                                    ("REGISTRY_RECEIPT", "Receipt of the registry"),
                                    ("REGISTRY_REFUSAL", "Refusal by the registry"),
                                    ("INSURANCE_POLICY", "Insurance policy"),
                                    ("APPRAISAL_REPORT", "Appraisal report"),
                                    ("PURCHASE_CONTRACT", "Purchase contract"),
                                    ("SALE_RECORD", "Sale contract or auction record"),
                                    ("COSTS_INVOICE", "Invoice of costs"),
                                    ("OTHER", "Other paper"),
                                ],
                                max_length=17,
                            ),
                        ),
                        ("paper_date", models.DateField()),
                        ("note", models.CharField(blank=True, max_length=200)),
                        ("recorded_date", models.DateField()),
                        (
                            "asset",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="collateral.asset"),
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
                            models.UniqueConstraint(fields=("asset", "kind", "sha256"), name="asset_document_once"),
                            models.CheckConstraint(
                                condition=models.Q(("paper_date__lte", models.F("recorded_date"))), name="asset_document_not_from_tomorrow"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pledge",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="pledges", to="collateral.asset"),
                        ),
                        (
                            "application",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="pledges", to="loans.application"),
                        ),
                        (
                            "stated_number",
                            models.PositiveSmallIntegerField(
                                help_text="Which of the assets stated in the application it is, from 0", null=True
                            ),
                        ),
                        ("rank", models.PositiveSmallIntegerField(default=1)),
                        ("amount", core.fields.MoneyField(help_text="Registered amount")),
                        (
                            "prior_claims",
                            core.fields.MoneyField(default=0, help_text="Claims of others before ours, as services.ranks works them out"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("PROPOSED", "Proposed"),
                                    ("REGISTRATION_PENDING", "With the registry"),
                                    ("PERFECTED", "Perfected"),
                                    ("PARTLY_RELEASED", "Partly released"),
                                    ("SUBSTITUTED", "Substituted"),
                                    ("RELEASED", "Released"),
                                    ("ENFORCED", "Enforced"),
                                    ("WITHDRAWN", "Withdrawn"),
                                ],
                                default="PROPOSED",
                                max_length=20,
                            ),
                        ),
                        ("registry_reference", models.CharField(blank=True, max_length=60)),
                        ("perfected_date", models.DateField(null=True)),
                        ("ended_date", models.DateField(null=True)),
                        (
                            "replaced_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="replaces", to="collateral.pledge"
                            ),
                        ),
                        (
                            "perfected_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "declared_claims",
                            core.fields.MoneyField(db_default=0, default=0, help_text="Claims of others before ours as they were declared"),
                        ),
                        (
                            "registration",
                            models.ForeignKey(
                                help_text="The registry's word for the lien",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pledges",
                                to="collateral.assetdocument",
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "ended_reason",
                            models.CharField(blank=True, db_default="", default="", help_text="Why it was withdrawn", max_length=500),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                help_text="The registry's receipt",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="collateral.assetdocument",
                            ),
                        ),
                        (
                            "refusal",
                            models.ForeignKey(
                                help_text="The registry's word that it registers nothing",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="collateral.assetdocument",
                            ),
                        ),
                        (
                            "registry",
                            models.CharField(blank=True, db_default="", default="", help_text="Where it was sent", max_length=120),
                        ),
                        (
                            "sent_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("sent_date", models.DateField(help_text="When it was sent to the registry", null=True)),
                        (
                            "sent_reference",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="What the registry files the request under", max_length=60
                            ),
                        ),
                        ("told_date", models.DateField(help_text="When it was last told of that the registry is silent", null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "SUBSTITUTED"), _negated=True),
                                    models.Q(("replaced_by__isnull", False), models.Q(("replaced_by", models.F("id")), _negated=True)),
                                    _connector="OR",
                                ),
                                name="pledge_substituted_by_another",
                            ),
                            models.CheckConstraint(condition=models.Q(("rank__gte", 1)), name="pledge_rank_from_one"),
                            models.UniqueConstraint(
                                condition=models.Q(("stated_number__isnull", False), models.Q(("state", "WITHDRAWN"), _negated=True)),
                                fields=("application", "stated_number"),
                                name="pledge_stated_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0), ("prior_claims__gte", 0), ("declared_claims__gte", 0)),
                                name="pledge_amount_positive",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["SUBSTITUTED", "RELEASED", "WITHDRAWN"]), _negated=True),
                                fields=("asset", "application"),
                                name="pledge_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "PROPOSED",
                                            "REGISTRATION_PENDING",
                                            "PERFECTED",
                                            "PARTLY_RELEASED",
                                            "SUBSTITUTED",
                                            "RELEASED",
                                            "ENFORCED",
                                            "WITHDRAWN",
                                        ],
                                    )
                                ),
                                name="pledge_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "REGISTRATION_PENDING"), _negated=True),
                                    models.Q(
                                        ("sent_date__isnull", False),
                                        models.Q(("registry", ""), _negated=True),
                                        models.Q(
                                            models.Q(("sent_reference", ""), _negated=True), ("receipt__isnull", False), _connector="OR"
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="pledge_sent_somewhere",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("perfected_by__isnull", True),
                                    ("sent_by__isnull", True),
                                    models.Q(("perfected_by", models.F("sent_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="pledge_perfected_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refusal__isnull", True),
                                    models.Q(("state", "WITHDRAWN"), models.Q(("ended_reason", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="pledge_refused_with_reason",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "REGISTRATION_PENDING")), fields=["sent_date"], name="pledge_with_registry"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssetOwner",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="owners", to="collateral.asset"),
                        ),
                        ("person", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.borrower")),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [models.UniqueConstraint(fields=("asset", "person"), name="asset_owner_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Ownership",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="ownerships", to="collateral.asset"
                            ),
                        ),
                        ("from_date", models.DateField()),
                        ("reason", models.CharField(max_length=200)),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        ("known_from", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ["-from_date", "-id"],
                        "indexes": [models.Index(fields=["asset", "from_date", "id"], name="ownership_of_asset")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("from_date__lte", models.F("recorded_date"))), name="ownership_not_in_the_future"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OwnerShare",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "ownership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="collateral.ownership"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="collateral.assetowner"
                            ),
                        ),
                        ("numerator", models.PositiveIntegerField()),
                        ("denominator", models.PositiveIntegerField()),
                        ("differing", models.JSONField(db_default=[], default=list)),
                        (
                            "stated",
                            core.fields.EncryptedTextField(
                                help_text="What was said of the owner, JSON; empty of one chosen from those on record"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("ownership", "owner"), name="owner_share_once"),
                            models.CheckConstraint(
                                condition=models.Q(("numerator__gte", 1), ("numerator__lte", models.F("denominator"))),
                                name="owner_share_is_part",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OwnerConsent",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="collateral.assetowner"
                            ),
                        ),
                        (
                            "pledge",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="collateral.pledge"),
                        ),
                        ("given_date", models.DateField()),
                        ("document", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.document")),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("owner", "pledge"), name="owner_consent_once"),
                            models.CheckConstraint(
                                condition=models.Q(("given_date__lte", models.F("recorded_date"))), name="owner_consent_given"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TitleCheck",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="title_checks", to="collateral.asset"
                            ),
                        ),
                        ("checked_date", models.DateField()),
                        ("holders", models.TextField()),
                        (
                            "checked_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        (
                            "document",
                            models.ForeignKey(
                                help_text="The extract that shows it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="collateral.assetdocument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-checked_date", "-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("checked_date__lte", models.F("recorded_date"))), name="title_checked_by_then"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Realisation",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "asset",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="realisation", to="collateral.asset"
                            ),
                        ),
                        ("sold_date", models.DateField()),
                        ("price", core.fields.MoneyField()),
                        ("costs", core.fields.MoneyField(default=0)),
                        ("enforced", models.BooleanField(default=False)),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        ("buyer", models.CharField(blank=True, db_default="", default="", max_length=120)),
                        (
                            "buyer_number",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The end of their number, as it may be shown",
                                max_length=40,
                            ),
                        ),
                        (
                            "invoice",
                            models.ForeignKey(
                                help_text="Proves the costs",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="collateral.assetdocument",
                            ),
                        ),
                        (
                            "paper",
                            models.ForeignKey(
                                help_text="Proves the sale",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="collateral.assetdocument",
                            ),
                        ),
                        (
                            "payee",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="Whom the costs were paid to", max_length=120
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("price__gt", 0), ("costs__gte", 0)), name="realisation_amounts")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Proceeds",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "realisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="proceeds", to="collateral.realisation"
                            ),
                        ),
                        (
                            "pledge",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="proceeds", to="collateral.pledge"),
                        ),
                        (
                            "payment",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.payment"),
                        ),
                        ("amount", core.fields.MoneyField()),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="proceeds_positive")],
                    },
                ),
                migrations.CreateModel(
                    name="Lien",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="liens", to="collateral.asset"),
                        ),
                        ("holder", models.CharField(max_length=120)),
                        ("rank", models.PositiveSmallIntegerField()),
                        ("amount", core.fields.MoneyField()),
                        ("registry_reference", models.CharField(max_length=60)),
                        ("registered_date", models.DateField()),
                        ("ended_date", models.DateField(null=True)),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        (
                            "document",
                            models.ForeignKey(
                                help_text="The registry's word for it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="liens",
                                to="collateral.assetdocument",
                            ),
                        ),
                        (
                            "end_document",
                            models.ForeignKey(
                                help_text="What shows that it ended",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="collateral.assetdocument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["rank", "id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0), ("rank__gte", 1)), name="lien_amount_positive"),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_date__isnull", True)), fields=("asset", "rank"), name="lien_rank_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SaleRest",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "realisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="rests", to="collateral.realisation"
                            ),
                        ),
                        (
                            "to",
                            models.CharField(
                                choices=[("OTHERS", "Others who stood before the bank"), ("OWNER", "The owner")], max_length=6
                            ),
                        ),
                        ("amount", core.fields.MoneyField()),
                        ("paid_to", models.CharField(blank=True, help_text="As proposed, until it is paid", max_length=120)),
                        ("paid_date", models.DateField(null=True)),
                        (
                            "paid_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "lien",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collateral.lien"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collateral.assetowner"
                            ),
                        ),
                        ("paid_iban", core.fields.EncryptedTextField()),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="sale_rest_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("paid_date__isnull", True), models.Q(("paid_to", ""), _negated=True), _connector="OR"),
                                name="sale_rest_paid_to_somebody",
                            ),
                            models.UniqueConstraint(
                                fields=("realisation", "to", "owner", "lien"), name="sale_rest_once", nulls_distinct=False
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("lien", None), ("owner", None)),
                                    models.Q(("lien", None), ("to", "OWNER")),
                                    models.Q(("owner", None), ("to", "OTHERS")),
                                    _connector="OR",
                                ),
                                name="sale_rest_of_one_party",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReceivableFile",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="receivable_files", to="collateral.asset"
                            ),
                        ),
                        ("file_name", models.CharField(max_length=120)),
                        ("fingerprint", models.CharField(help_text="SHA-256 of the file", max_length=64)),
                        (
                            "stored_as",
                            models.CharField(
                                blank=True, help_text="Where the encrypted file waits; empty once it is settled", max_length=60
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("PREVIEW", "Preview"),
                                    ("TAKING", "Being taken in"),
                                    ("DONE", "Taken in"),
                                    ("DROPPED", "Dropped"),
                                ],
                                default="PREVIEW",
                                max_length=7,
                            ),
                        ),
                        (
                            "usable",
                            models.PositiveIntegerField(
                                default=0, help_text="Lines that would become receivables; once taken in, those that did"
                            ),
                        ),
                        ("known", models.PositiveIntegerField(default=0)),
                        ("refused", models.PositiveIntegerField(default=0)),
                        ("refusals", models.JSONField(default=list, help_text='The first of them: [{"line", "reason"}]')),
                        (
                            "total",
                            core.fields.MoneyField(default=0, help_text="Nominal amount of the usable lines, in the asset's currency"),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        (
                            "uploaded_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                        ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "taken_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("taken_date", models.DateField(help_text="Business date on which a person had it taken in", null=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(condition=models.Q(("state", "TAKING")), fields=["id"], name="receivable_file_waiting")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["TAKING", "DONE"]), _negated=True),
                                    models.Q(("taken_by__isnull", False), ("taken_date__isnull", False)),
                                    _connector="OR",
                                ),
                                name="receivable_file_taken_by_somebody",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receivable",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="receivables", to="collateral.asset"
                            ),
                        ),
                        ("debtor_name", models.CharField(max_length=160)),
                        (
                            "debtor_key",
                            models.CharField(
                                default="", help_text="The same text for the same debtor, whatever the spelling", max_length=320
                            ),
                        ),
                        ("debtor_number", core.fields.EncryptedTextField()),
                        (
                            "debtor_number_index",
                            core.fields.BlindIndexField(db_index=True, kind="registration_number", null=True, source="debtor_number"),
                        ),
                        ("invoice_number", models.CharField(max_length=60)),
                        (
                            "invoice_key",
                            models.CharField(db_index=True, help_text="invoice_number normalised, for finding it elsewhere", max_length=60),
                        ),
                        ("nominal", core.fields.MoneyField()),
                        ("issued_date", models.DateField()),
                        ("due_date", models.DateField()),
                        ("disputed_date", models.DateField(null=True)),
                        ("settled_date", models.DateField(null=True)),
                        ("connected", models.BooleanField(default=False)),
                        (
                            "source",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receivables",
                                to="collateral.receivablefile",
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        (
                            "undisputed_date",
                            models.DateField(
                                help_text="When the dispute is said to have ended, before a second person confirmed it", null=True
                            ),
                        ),
                        (
                            "unconfirmed",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Added once others counted on the assignment; nothing counts more for it before a second person saw it",
                            ),
                        ),
                        (
                            "told_late",
                            models.BooleanField(
                                db_default=False, default=False, help_text="A red flag told of it since it counts in part for being overdue"
                            ),
                        ),
                        (
                            "left_date",
                            models.DateField(
                                help_text="Since when nothing on file says any more that the debtor is of the group, before a second person confirmed it",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["due_date", "id"],
                        "indexes": [
                            models.Index(fields=["asset", "due_date", "id"], name="receivable_of_asset"),
                            models.Index(
                                condition=models.Q(("settled_date", None), ("told_late", False)),
                                fields=["due_date"],
                                name="receivable_untold",
                            ),
                            models.Index(
                                condition=models.Q(("connected", True), ("settled_date", None)),
                                fields=["asset"],
                                name="receivable_connected",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("nominal__gt", 0)), name="receivable_nominal_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("due_date__gte", models.F("issued_date"))), name="receivable_due_after_issue"
                            ),
                            models.UniqueConstraint(fields=("asset", "debtor_name", "invoice_key"), name="receivable_once"),
                            models.CheckConstraint(
                                condition=models.Q(("left_date__isnull", True), ("connected", True), _connector="OR"),
                                name="receivable_left_was_connected",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InsurancePolicy",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="policies", to="collateral.asset"),
                        ),
                        ("insurer", models.CharField(max_length=120)),
                        ("policy_number", models.CharField(max_length=60)),
                        ("sum_insured", core.fields.MoneyField()),
                        ("from_date", models.DateField()),
                        ("until_date", models.DateField()),
                        ("names_bank", models.BooleanField(default=False, help_text="The bank is named as whom the insurer pays")),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("recorded_date", models.DateField()),
                        (
                            "document",
                            models.ForeignKey(
                                help_text="The policy itself",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="collateral.assetdocument",
                            ),
                        ),
                        ("ended_date", models.DateField(null=True)),
                        (
                            "end_document",
                            models.ForeignKey(
                                help_text="What shows that it ended early",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="collateral.assetdocument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-until_date", "-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("until_date__gt", models.F("from_date")), ("sum_insured__gt", 0)),
                                name="insurance_covers_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_date__isnull", True),
                                    models.Q(("ended_date__gte", models.F("from_date")), ("ended_date__lt", models.F("until_date"))),
                                    _connector="OR",
                                ),
                                name="insurance_ends_within",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssetPhoto",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        (
                            "asset",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="collateral.asset"),
                        ),
                        (
                            "document",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.document"),
                        ),
                        ("likeness", models.BigIntegerField()),
                        (
                            "inspection",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="collateral.inspection"
                            ),
                        ),
                        (
                            "added_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("added_date", models.DateField()),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="HedonicVersion",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("market", models.CharField(max_length=40)),
                        ("currency", models.CharField(max_length=3)),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("DRAFT", "Draft"), ("ACTIVE", "In force"), ("RETIRED", "Replaced")], default="DRAFT", max_length=7
                            ),
                        ),
                        ("content", models.BinaryField()),
                        ("metrics", models.JSONField(default=dict)),
                        ("sales", models.PositiveIntegerField()),
                        ("first_date", models.DateField(help_text="Of the sales learnt from")),
                        ("last_date", models.DateField()),
                        ("fingerprint", models.CharField(help_text="SHA-256 of the content", max_length=64)),
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
                    ],
                    options={
                        "ordering": ["market", "-number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("market", "number"), name="hedonic_version_once"),
                            models.UniqueConstraint(condition=models.Q(("state", "ACTIVE")), fields=("market",), name="hedonic_one_active"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("activated_by__isnull", True),
                                    ("trained_by__isnull", True),
                                    models.Q(("activated_by", models.F("trained_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="hedonic_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssetKey",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey("key", "asset_id", blank=True, editable=False, primary_key=True, serialize=False),
                        ),
                        ("key", models.IntegerField()),
                        (
                            "asset",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="collateral.asset"),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ValuationFile",
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
                            "valuation",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="files", to="collateral.valuation"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("REPORT", "Report"), ("COMPARABLES", "Comparables"), ("PHOTO", "Photo")], max_length=11
                            ),
                        ),
                        ("likeness", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind", "PHOTO"), ("likeness__isnull", True), _connector="OR"),
                                name="valuation_photo_has_likeness",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SecurityPrice",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("isin", models.CharField(max_length=12)),
                        ("price_date", models.DateField()),
                        ("price", models.DecimalField(decimal_places=6, max_digits=18)),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="prices", to="collateral.valuefile"
                            ),
                        ),
                        (
                            "confirmed",
                            models.BooleanField(
                                db_default=False, default=False, help_text="Two people stand for it: the next ones are measured by it"
                            ),
                        ),
                        (
                            "counted_before",
                            models.DecimalField(
                                decimal_places=6,
                                help_text="What stood on record, while a lower figure in its place waits for a second person",
                                max_digits=18,
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("isin", "price_date"), name="security_price_once"),
                            models.CheckConstraint(condition=models.Q(("price__gt", 0)), name="security_price_positive"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("counted_before__isnull", True), ("counted_before__gt", models.F("price")), _connector="OR"
                                ),
                                name="security_price_waits_lower",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sale",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("market", models.CharField(max_length=40)),
                        ("house_key", models.CharField(help_text="The register's number of the house", max_length=40)),
                        ("sold_date", models.DateField()),
                        ("price", core.fields.MoneyField()),
                        ("currency", models.CharField(max_length=3)),
                        ("latitude", models.FloatField()),
                        ("longitude", models.FloatField()),
                        ("living_area", models.FloatField()),
                        ("plot_area", models.FloatField()),
                        ("area_above", models.FloatField(help_text="Living area above ground", null=True)),
                        ("bedrooms", models.FloatField()),
                        ("bathrooms", models.FloatField()),
                        ("floors", models.FloatField()),
                        ("built_year", models.PositiveSmallIntegerField()),
                        ("renovated_year", models.PositiveSmallIntegerField(default=0, help_text="0: never")),
                        ("grade", models.FloatField()),
                        ("condition", models.FloatField()),
                        ("view", models.FloatField(default=0)),
                        ("waterfront", models.BooleanField(default=False)),
                        ("postcode", models.CharField(blank=True, max_length=12)),
                        (
                            "source",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="sales", to="collateral.valuefile"),
                        ),
                        (
                            "held_out",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Far from what the model in force says, or no sale at all: nothing is learnt from it",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["market", "latitude", "longitude"], name="sale_place")],
                        "constraints": [
                            models.UniqueConstraint(fields=("market", "house_key", "sold_date"), name="sale_once"),
                            models.CheckConstraint(condition=models.Q(("price__gt", 0)), name="sale_price_positive"),
                            models.CheckConstraint(
                                condition=models.Q(("living_area__gt", 0), ("plot_area__gt", 0)), name="sale_areas_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TwinJudgement",
                    fields=[
                        ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                        ("same", models.BooleanField()),
                        ("reason", models.TextField()),
                        ("score", models.DecimalField(decimal_places=2, help_text="How alike they were, from 0 to 1", max_digits=3)),
                        ("marks", models.TextField(help_text="The evidence that was judged, keyed fingerprints")),
                        ("judged_date", models.DateField()),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="twin_judgements", to="collateral.asset"
                            ),
                        ),
                        ("other", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collateral.asset")),
                        (
                            "judged_by",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("asset", models.F("other")), _negated=True), name="twin_judged_of_another"
                            ),
                            models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="twin_judged_with_reason"),
                            models.CheckConstraint(
                                condition=models.Q(("score__gte", 0), ("score__lte", 1)), name="twin_judged_score_is_part"
                            ),
                            models.UniqueConstraint(fields=("asset", "other", "marks"), name="twin_judged_once"),
                        ],
                    },
                ),
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
                        (
                            "taken_over",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Nobody decided it here: what secured it on its first night, which is `decided_date`",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("exposure__gte", 0), ("available__gte", 0)), name="decided_cover_not_negative"
                            )
                        ],
                    },
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
                migrations.CreateModel(
                    name="WaitingPrice",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("isin", models.CharField(max_length=12)),
                        ("price_date", models.DateField()),
                        ("price", models.DecimalField(decimal_places=6, max_digits=18)),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="waiting_prices", to="collateral.valuefile"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["isin", "price_date"], name="waiting_price_of_paper")],
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "isin", "price_date"), name="waiting_price_once"),
                            models.CheckConstraint(condition=models.Q(("price__gt", 0)), name="waiting_price_positive"),
                        ],
                    },
                ),
            ]
        ),
    ]
