"""Words of second persons who give up cover of money that was granted: never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids
from core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_safeguards"),
        ("risk", "0010_words_of_decisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CoverSignature",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                ("exposure", core.fields.MoneyField()),
                ("cover_left", core.fields.MoneyField()),
                ("person_name", models.CharField(max_length=120)),
                ("reason", models.CharField(blank=True, max_length=400)),
                ("signed_at", models.DateTimeField(auto_now_add=True)),
                ("signed_date", models.DateField()),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("proposal", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.proposal")),
            ],
            options={
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("proposal", "person", "exposure", "cover_left"), name="cover_signed_once")],
            },
        ),
        AppendOnly("risk_coversignature"),
    ]
