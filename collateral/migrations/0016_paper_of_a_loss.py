"""A paper that shows that an asset is no more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0015_day_a_price_came_in"),
    ]

    operations = [
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
                    ("LOSS_REPORT", "What shows that it is no more"),
                    ("EXISTENCE", "What shows that it is there"),
                    ("OTHER", "Other paper"),
                ],
                max_length=17,
            ),
        ),
    ]
