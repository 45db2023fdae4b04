"""What of a receivable was paid in part, credited or deducted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0017_insurers_money"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReceivablePart",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("PAID", "Paid in part"), ("CREDITED", "Credit note"), ("DISCOUNT", "Discount or deduction")], max_length=8
                    ),
                ),
                ("amount", core.fields.MoneyField()),
                ("on_date", models.DateField(help_text="When it was paid or granted")),
                ("recorded_date", models.DateField()),
                ("taken_back_date", models.DateField(null=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="receivable",
            name="reduced",
            field=core.fields.MoneyField(db_default=0, default=0, help_text="What of it was paid in part, credited or deducted"),
        ),
        migrations.AddConstraint(
            model_name="receivable",
            constraint=models.CheckConstraint(
                condition=models.Q(("reduced__gte", 0), ("reduced__lte", models.F("nominal"))), name="receivable_reduced_within"
            ),
        ),
        migrations.AddField(
            model_name="receivablepart",
            name="document",
            field=models.ForeignKey(
                help_text="Shows it", on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collateral.assetdocument"
            ),
        ),
        migrations.AddField(
            model_name="receivablepart",
            name="receivable",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="collateral.receivable"),
        ),
        migrations.AddField(
            model_name="receivablepart",
            name="recorded_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name="receivablepart",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="receivable_part_positive"),
        ),
    ]
