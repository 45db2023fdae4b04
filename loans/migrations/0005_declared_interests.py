import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0004_device_of_the_applicant"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DeclaredInterest",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                ("subject_kind", models.CharField(max_length=7)),
                ("national_id_index", models.BinaryField(null=True)),
                ("tax_id_index", models.BinaryField(null=True)),
                ("registration_number_index", models.BinaryField(null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("FAMILY", "Relative or household"),
                            ("FRIEND", "Friend or acquaintance"),
                            ("BUSINESS", "Business with them"),
                            ("OWNERSHIP", "Share or seat in the company"),
                            ("OTHER", "Another interest"),
                        ],
                        max_length=9,
                    ),
                ),
                ("reason", core.fields.EncryptedTextField()),
                ("declared_at", models.DateTimeField(auto_now_add=True)),
                ("declared_date", models.DateField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "application",
                    models.ForeignKey(
                        help_text="Where it was declared",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interests",
                        to="loans.application",
                    ),
                ),
                ("borrower", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.borrower")),
                ("staff", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)), fields=("staff", "borrower"), name="declared_interest_open_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawn_by", models.F("staff")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="declared_interest_four_eyes",
                    ),
                ],
            },
        ),
    ]
