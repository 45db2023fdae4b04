"""What people say of assets that are possibly one thing, kept as it was said."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.uuids
from core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0015_lien_end_document"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="twin_judgements", to="collateral.asset"),
                ),
                ("other", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collateral.asset")),
                (
                    "judged_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.AddConstraint(
            model_name="twinjudgement",
            constraint=models.CheckConstraint(name="twin_judged_of_another", condition=~models.Q(asset=models.F("other"))),
        ),
        migrations.AddConstraint(
            model_name="twinjudgement",
            constraint=models.CheckConstraint(name="twin_judged_with_reason", condition=~models.Q(reason="")),
        ),
        migrations.AddConstraint(
            model_name="twinjudgement",
            constraint=models.CheckConstraint(name="twin_judged_score_is_part", condition=models.Q(score__gte=0, score__lte=1)),
        ),
        migrations.AddConstraint(
            model_name="twinjudgement",
            constraint=models.UniqueConstraint(name="twin_judged_once", fields=["asset", "other", "marks"]),
        ),
        AppendOnly("collateral_twinjudgement"),
    ]
