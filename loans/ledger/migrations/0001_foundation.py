"""The tables of the ledger: accounts, entries and postings."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
from core.tables_together import CreateTables


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("ledger", "0001_initial"),
        ("ledger", "0003_chart"),
        ("ledger", "0004_more_accounts"),
        ("ledger", "0005_off_balance"),
        ("ledger", "0006_set_offs"),
        ("ledger", "0007_sale_proceeds"),
    ]

    dependencies = [
        ("core", "0001_foundation"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.CharField(max_length=12, unique=True)),
                        ("name", models.CharField(max_length=80)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("ASSET", "Asset"),
                                    ("LIABILITY", "Liability"),
                                    ("EQUITY", "Equity"),
                                    ("INCOME", "Income"),
                                    ("EXPENSE", "Expense"),
                                    ("MEMO", "Off balance"),
                                ],
                                max_length=9,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="Entry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("booking_date", models.DateField(db_index=True)),
                        ("value_date", models.DateField()),
                        ("text", models.CharField(max_length=140)),
                        ("source_type", models.CharField(max_length=30)),
                        ("source_id", models.CharField(max_length=60)),
                        ("event", models.CharField(max_length=30)),
                        ("loan_id", models.BigIntegerField(db_index=True, null=True)),
                        (
                            "reversal_of",
                            models.OneToOneField(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="reversal", to="ledger.entry"
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("source_type", "source_id", "event", "booking_date"), name="entry_source_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Posting",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "entry",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="ledger.entry"),
                        ),
                        (
                            "account",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="ledger.account"),
                        ),
                        ("amount", core.fields.MoneyField()),
                        ("currency", models.CharField(max_length=3)),
                        ("loan_id", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["loan_id", "account"], name="posting_loan_account")],
                        "constraints": [models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="posting_not_zero")],
                    },
                ),
            ]
        ),
    ]
