"""Who is no party of an application any more is kept."""

import django.db.models.deletion
from django.db import migrations, models

import core.uuids
from core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("loans", "0004_country_as_told"), ("core", "0002_safeguards")]

    operations = [
        migrations.CreateModel(
            name="FormerParty",
            fields=[
                ("id", models.UUIDField(default=core.uuids.uuid7, primary_key=True, serialize=False)),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("APPLICANT", "Applicant"),
                            ("CO_BORROWER", "Co-borrower"),
                            ("GUARANTOR", "Guarantor"),
                            ("OWNER", "Owner"),
                            ("DIRECTOR", "Director"),
                            ("SPOUSE", "Spouse"),
                            ("PLEDGOR", "Owner of collateral"),
                        ],
                        max_length=12,
                    ),
                ),
                ("dropped_date", models.DateField(help_text="Business date on which the application was handed in without them")),
                (
                    "application",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="former_parties", to="loans.application"),
                ),
                (
                    "borrower",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="former_parts", to="loans.borrower"),
                ),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.AddConstraint(
            model_name="formerparty",
            constraint=models.UniqueConstraint(fields=("application", "borrower", "part"), name="former_party_once"),
        ),
        AppendOnly("loans_formerparty"),
    ]
