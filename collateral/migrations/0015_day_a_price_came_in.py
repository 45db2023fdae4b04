"""When the price of an enforced sale came in, and what shows it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0014_same_entries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="realisation",
            name="receipt",
            field=models.ForeignKey(
                help_text="Shows that the price came in",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="collateral.assetdocument",
            ),
        ),
        migrations.AddField(
            model_name="realisation",
            name="received_date",
            field=models.DateField(help_text="When the price of an enforced one came in: what it pays is worth from then", null=True),
        ),
        migrations.AlterField(
            model_name="assetdocument",
            name="kind",
            field=models.CharField(
                choices=[
                    ("TITLE_EXTRACT", "Title extract"),
                    ("LIEN_REGISTRATION", "Registration of a lien"),
                    ("BLOCK", "Custodian's confirmation of a block"),
                    ("REGISTRY_RECEIPT", "Receipt of the registry"),
                    ("REGISTRY_REFUSAL", "Refusal by the registry"),
                    ("INSURANCE_POLICY", "Insurance policy"),
                    ("APPRAISAL_REPORT", "Appraisal report"),
                    ("PURCHASE_CONTRACT", "Purchase contract"),
                    ("SALE_RECORD", "Sale contract or auction record"),
                    ("COSTS_INVOICE", "Invoice of costs"),
                    ("PRICE_RECEIPT", "What shows that the money came in"),
                    ("SALE_VOID", "What shows that a sale came to nothing"),
                    ("EXISTENCE", "What shows that it is there"),
                    ("OTHER", "Other paper"),
                ],
                max_length=17,
            ),
        ),
        migrations.AddConstraint(
            model_name="realisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("received_date__isnull", True),
                    models.Q(("booked_date__isnull", False), ("received_date__lte", models.F("booked_date"))),
                    _connector="OR",
                ),
                name="realisation_received_before_booked",
            ),
        ),
    ]
