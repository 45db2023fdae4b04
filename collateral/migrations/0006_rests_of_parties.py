"""What is left of a sale belongs to one party each, on file where it is known, and goes to an account."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0005_flags_lifted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="salerest",
            name="sale_rest_once",
        ),
        migrations.AddField(
            model_name="salerest",
            name="lien",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collateral.lien"),
        ),
        migrations.AddField(
            model_name="salerest",
            name="owner",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="collateral.assetowner"),
        ),
        migrations.AddField(
            model_name="salerest",
            name="paid_iban",
            field=core.fields.EncryptedTextField(),
        ),
        migrations.AlterField(
            model_name="salerest",
            name="paid_to",
            field=models.CharField(blank=True, help_text="As proposed, until it is paid", max_length=120),
        ),
        migrations.AddConstraint(
            model_name="salerest",
            constraint=models.UniqueConstraint(fields=("realisation", "to", "owner", "lien"), name="sale_rest_once", nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name="salerest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lien", None), ("owner", None)),
                    models.Q(("lien", None), ("to", "OWNER")),
                    models.Q(("owner", None), ("to", "OTHERS")),
                    _connector="OR",
                ),
                name="sale_rest_of_one_party",
            ),
        ),
    ]
