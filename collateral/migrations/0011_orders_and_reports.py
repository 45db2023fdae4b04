"""When an order is due, the report of a value and its files, and what of a sale is not the bank's."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0010_inspections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SaleRest",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                ("to", models.CharField(choices=[("OTHERS", "Others who stood before the bank"), ("OWNER", "The owner")], max_length=6)),
                ("amount", core.fields.MoneyField()),
                ("paid_to", models.CharField(blank=True, max_length=120)),
                ("paid_date", models.DateField(null=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ValuationFile",
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
                    models.CharField(choices=[("REPORT", "Report"), ("COMPARABLES", "Comparables"), ("PHOTO", "Photo")], max_length=11),
                ),
                ("likeness", models.BigIntegerField(null=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="valuation",
            name="due_date",
            field=models.DateField(help_text="The last day on which it is in time; none for what nobody was asked for", null=True),
        ),
        migrations.AddField(
            model_name="valuation",
            name="reminded_date",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="valuation",
            name="reminders",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="valuation",
            name="submitted_date",
            field=models.DateField(help_text="When its appraiser handed it in last", null=True),
        ),
        migrations.AddField(
            model_name="valuation",
            name="third_party",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Ordered from another firm, which holds for who follows too"
            ),
        ),
        migrations.AlterField(
            model_name="proceeds",
            name="pledge",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="proceeds", to="collateral.pledge"),
        ),
        migrations.AlterField(
            model_name="valuation",
            name="state",
            field=models.CharField(
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
        migrations.AddIndex(
            model_name="valuation",
            index=models.Index(
                condition=models.Q(("state__in", ["ORDERED", "CHALLENGED"])), fields=["due_date", "id"], name="valuation_awaited"
            ),
        ),
        migrations.AddConstraint(
            model_name="valuation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "WITHDRAWN"), _negated=True),
                    models.Q(("decided_by__isnull", False), ("due_date__isnull", False), models.Q(("decision_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="valuation_withdrawn_with_reason",
            ),
        ),
        migrations.AddField(
            model_name="salerest",
            name="paid_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="salerest",
            name="realisation",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="rests", to="collateral.realisation"),
        ),
        migrations.AddField(
            model_name="valuationfile",
            name="uploaded_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="valuationfile",
            name="valuation",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="files", to="collateral.valuation"),
        ),
        migrations.AddConstraint(
            model_name="salerest",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="sale_rest_positive"),
        ),
        migrations.AddConstraint(
            model_name="salerest",
            constraint=models.UniqueConstraint(fields=("realisation", "to"), name="sale_rest_once"),
        ),
        migrations.AddConstraint(
            model_name="salerest",
            constraint=models.CheckConstraint(
                condition=models.Q(("paid_date__isnull", True), models.Q(("paid_to", ""), _negated=True), _connector="OR"),
                name="sale_rest_paid_to_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuationfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "PHOTO"), ("likeness__isnull", True), _connector="OR"), name="valuation_photo_has_likeness"
            ),
        ),
    ]
