import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids
from core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0004_device_of_the_applicant"),
        ("risk", "0004_device_shared"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RegisteredAddress",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                (
                    "register",
                    models.CharField(
                        choices=[("COMPANY", "Company register"), ("RESIDENTS", "Residents' register"), ("BUREAU", "Bureau report")],
                        max_length=9,
                    ),
                ),
                ("number", models.CharField(help_text="Number of the extract or of the report", max_length=60)),
                ("as_of_date", models.DateField(help_text="The day of the extract")),
                ("line", core.fields.EncryptedTextField()),
                ("postcode", core.fields.EncryptedTextField()),
                ("city", core.fields.EncryptedTextField()),
                ("country", models.CharField(max_length=2)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("recorded_date", models.DateField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="registered_addresses", to="loans.application"
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.document"),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="risk.bureaureport"),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("register", "BUREAU"), ("report__isnull", False)),
                            models.Q(
                                models.Q(("register", "BUREAU"), _negated=True), ("document__isnull", False), ("recorded_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="registered_address_shown",
                    )
                ],
            },
        ),
        AppendOnly("risk_registeredaddress"),
    ]
