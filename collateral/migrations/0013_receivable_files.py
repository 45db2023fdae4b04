"""Receivables that come in files: the files, one key a debtor, and of which receivable a version is; older versions tell it by content."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids
from collateral.domain.twins.words import name_key


def name_debtors(apps, schema_editor):
    """One key a debtor for the receivables on file."""
    receivables = apps.get_model("collateral", "Receivable").objects
    for row in receivables.only("pk", "debtor_name").iterator(2000):
        receivables.filter(pk=row.pk).update(debtor_key=name_key(row.debtor_name))


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0012_photo_bands"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReceivableFile",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                ("file_name", models.CharField(max_length=120)),
                ("fingerprint", models.CharField(help_text="SHA-256 of the file", max_length=64)),
                (
                    "stored_as",
                    models.CharField(blank=True, help_text="Where the encrypted file waits; empty once it is settled", max_length=60),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("PREVIEW", "Preview"), ("TAKING", "Being taken in"), ("DONE", "Taken in"), ("DROPPED", "Dropped")],
                        default="PREVIEW",
                        max_length=7,
                    ),
                ),
                (
                    "usable",
                    models.PositiveIntegerField(default=0, help_text="Lines that would become receivables; once taken in, those that did"),
                ),
                ("known", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("refusals", models.JSONField(default=list, help_text='The first of them: [{"line", "reason"}]')),
                ("total", core.fields.MoneyField(default=0, help_text="Nominal amount of the usable lines, in the asset's currency")),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                ("taken_date", models.DateField(help_text="Business date on which a person had it taken in", null=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="factsversion",
            name="row",
            field=models.UUIDField(
                help_text="The receivable it is a version of; None where an asset has one row of that section", null=True
            ),
        ),
        migrations.AddField(
            model_name="receivable",
            name="debtor_key",
            field=models.CharField(default="", help_text="The same text for the same debtor, whatever the spelling", max_length=320),
        ),
        migrations.AddIndex(
            model_name="factsversion",
            index=models.Index(condition=models.Q(("row__isnull", False)), fields=["row"], name="facts_version_of_row"),
        ),
        migrations.AddField(
            model_name="receivablefile",
            name="asset",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="receivable_files", to="collateral.asset"),
        ),
        migrations.AddField(
            model_name="receivablefile",
            name="taken_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="receivablefile",
            name="uploaded_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="receivable",
            name="source",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="receivables", to="collateral.receivablefile"
            ),
        ),
        migrations.AddIndex(
            model_name="receivable",
            index=models.Index(fields=["asset", "due_date", "id"], name="receivable_of_asset"),
        ),
        migrations.AddIndex(
            model_name="receivablefile",
            index=models.Index(condition=models.Q(("state", "TAKING")), fields=["id"], name="receivable_file_waiting"),
        ),
        migrations.AddConstraint(
            model_name="receivablefile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["TAKING", "DONE"]), _negated=True),
                    models.Q(("taken_by__isnull", False), ("taken_date__isnull", False)),
                    _connector="OR",
                ),
                name="receivable_file_taken_by_somebody",
            ),
        ),
        migrations.RunPython(name_debtors, migrations.RunPython.noop),
    ]
