"""Works on account of which a value counts in full, above the cap of CRR 229(1)(e);
and values in force from before the cap are looked at once.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import core.fields
import core.uuids

KINDS = [
    ("ENERGY", "Better energy performance"),
    ("RESILIENCE", "Protection against floods, storms, heat and the like"),
    ("EXTENSION", "Extension or conversion: more space than before"),
    ("RENOVATION", "Renewed throughout"),
    ("ACCESS", "Road, water, power or drainage where there was none"),
]
USER = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", "to": settings.AUTH_USER_MODEL}
# Of what an appraiser said of land and buildings: the night finds out which of them secure a running loan, and writes what counts.
EARLIER = """
UPDATE collateral_valuation v SET cap_due = true FROM collateral_asset a
WHERE a.id = v.asset_id AND a.kind IN ('REAL_ESTATE', 'LAND') AND v.state = 'ACCEPTED' AND v.cap IS NULL
  AND NOT EXISTS (SELECT FROM collateral_computedvalue c WHERE c.valuation_id = v.id)
"""


class Migration(migrations.Migration):
    dependencies = [("collateral", "0002_safeguards"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AlterField(
            "valuationfile",
            "kind",
            models.CharField(
                choices=[("REPORT", "Report"), ("COMPARABLES", "Comparables"), ("PHOTO", "Photo"), ("WORKS", "Paper of works")],
                max_length=11,
            ),
        ),
        migrations.CreateModel(
            "Modification",
            [
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                (
                    "valuation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="modification", to="collateral.valuation"
                    ),
                ),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("done_date", models.DateField(help_text="When the works were finished")),
                ("cost", core.fields.MoneyField(help_text="What they cost, in the currency of the value")),
                ("words", models.CharField(help_text="What was done and why it raises the value", max_length=500)),
                (
                    "document",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collateral.valuationfile"),
                ),
                ("cap", core.fields.MoneyField(help_text="What of the value counts without the works", null=True)),
                ("cap_years", models.PositiveSmallIntegerField(db_default=0, default=0, help_text="As `Valuation.cap_years`")),
                ("counts", models.BooleanField(help_text="Whether the value counts in full on account of them", null=True)),
                ("decided_by", models.ForeignKey(null=True, **USER)),
                ("decided_date", models.DateField(null=True)),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(name="modification_cost_positive", condition=Q(cost__gt=0)),
                    models.CheckConstraint(name="modification_in_words", condition=~Q(words="")),
                    models.CheckConstraint(
                        name="modification_decided_by_somebody",
                        condition=Q(counts__isnull=True, decided_by__isnull=True, decided_date__isnull=True)
                        | Q(counts__isnull=False, decided_by__isnull=False, decided_date__isnull=False, cap__isnull=False),
                    ),
                    models.CheckConstraint(name="modification_counts_for_a_reason", condition=~Q(counts=True) | ~Q(reason="")),
                ]
            },
        ),
        migrations.AddField(
            "valuation",
            "cap_due",
            models.BooleanField(default=False, db_default=False, help_text="Accepted before there was a cap: the night looks at it once"),
        ),
        migrations.AddIndex(
            "valuation", models.Index(name="valuation_cap_due", fields=["asset"], condition=Q(state="ACCEPTED", cap_due=True))
        ),
        migrations.RunSQL(EARLIER, migrations.RunSQL.noop),
    ]
