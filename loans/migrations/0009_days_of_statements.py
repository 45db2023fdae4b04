"""Which days of an account each file told of, with its balances and holder; lines of two files are held against one another by them."""

import django.db.models.deletion
from django.db import migrations, models

import core.fields
import core.uuids


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0008_second_look_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="statementimport",
            name="form",
            field=models.CharField(blank=True, help_text="The format it was read as; empty for the bank's own books", max_length=8),
        ),
        migrations.CreateModel(
            name="StatementPeriod",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("first_date", models.DateField()),
                ("last_date", models.DateField()),
                ("opening", core.fields.MoneyField(null=True)),
                ("closing", core.fields.MoneyField(null=True)),
                ("owner", core.fields.EncryptedTextField()),
                ("conflicts", models.PositiveIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="periods", to="loans.bankaccount"),
                ),
                (
                    "statement",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="periods", to="loans.statementimport"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["account", "currency", "first_date"], name="statement_period_days")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("first_date__lte", models.F("last_date"))), name="statement_period_in_order")
                ],
            },
        ),
    ]
