"""Papers about an asset, never changed, to which titles, policies, claims of others and pledges point as their proof."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.uuids
from core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0007_found_values"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                            ("INSURANCE_POLICY", "Insurance policy"),
                            ("APPRAISAL_REPORT", "Appraisal report"),
                            ("PURCHASE_CONTRACT", "Purchase contract"),
                            ("OTHER", "Other paper"),
                        ],
                        max_length=17,
                    ),
                ),
                ("paper_date", models.DateField()),
                ("note", models.CharField(blank=True, max_length=200)),
                ("recorded_date", models.DateField()),
                ("asset", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="collateral.asset")),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="insurancepolicy",
            name="document",
            field=models.ForeignKey(
                help_text="The policy itself",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="collateral.assetdocument",
            ),
        ),
        migrations.AddField(
            model_name="lien",
            name="document",
            field=models.ForeignKey(
                help_text="The registry's word for it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="liens",
                to="collateral.assetdocument",
            ),
        ),
        migrations.AddField(
            model_name="pledge",
            name="registration",
            field=models.ForeignKey(
                help_text="The registry's word for the lien",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pledges",
                to="collateral.assetdocument",
            ),
        ),
        migrations.AddField(
            model_name="titlecheck",
            name="document",
            field=models.ForeignKey(
                help_text="The extract that shows it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="collateral.assetdocument",
            ),
        ),
        migrations.AddConstraint(
            model_name="assetdocument",
            constraint=models.UniqueConstraint(fields=("asset", "kind", "sha256"), name="asset_document_once"),
        ),
        migrations.AddConstraint(
            model_name="assetdocument",
            constraint=models.CheckConstraint(
                condition=models.Q(("paper_date__lte", models.F("recorded_date"))), name="asset_document_not_from_tomorrow"
            ),
        ),
        AppendOnly("collateral_assetdocument"),
    ]
