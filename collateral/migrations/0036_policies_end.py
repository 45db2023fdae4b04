"""Policies that were ended before their last day, and what shows it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("collateral", "0035_index_revised")]

    operations = [
        migrations.AddField(
            model_name="insurancepolicy",
            name="ended_date",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="insurancepolicy",
            name="end_document",
            field=models.ForeignKey(
                help_text="What shows that it ended early",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="collateral.assetdocument",
            ),
        ),
        migrations.AddConstraint(
            model_name="insurancepolicy",
            constraint=models.CheckConstraint(
                name="insurance_ends_within",
                condition=Q(ended_date__isnull=True) | Q(ended_date__gte=F("from_date"), ended_date__lt=F("until_date")),
            ),
        ),
    ]
