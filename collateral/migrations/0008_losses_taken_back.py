"""Total losses that are taken back: what shows that the asset is there, and margin calls that end with that."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0007_receivables_once_however_written"),
    ]

    operations = [
        migrations.AlterField(
            model_name="assetdocument",
            name="kind",
            field=models.CharField(
                choices=[
                    ("TITLE_EXTRACT", "Title extract"),
                    ("LIEN_REGISTRATION", "Registration of a lien"),
                    ("REGISTRY_RECEIPT", "Receipt of the registry"),
                    ("REGISTRY_REFUSAL", "Refusal by the registry"),
                    ("INSURANCE_POLICY", "Insurance policy"),
                    ("APPRAISAL_REPORT", "Appraisal report"),
                    ("PURCHASE_CONTRACT", "Purchase contract"),
                    ("SALE_RECORD", "Sale contract or auction record"),
                    ("COSTS_INVOICE", "Invoice of costs"),
                    ("EXISTENCE", "What shows that it is there"),
                    ("OTHER", "Other paper"),
                ],
                max_length=17,
            ),
        ),
        migrations.AlterField(
            model_name="margincall",
            name="answer",
            field=models.CharField(
                blank=True,
                choices=[
                    ("SUBSTITUTION", "Another asset for one before"),
                    ("PLEDGE", "One more asset"),
                    ("PREPAYMENT", "Paid early"),
                    ("VALUE", "A new value"),
                    ("TAKEN_BACK", "A loss or sale that was taken back"),
                ],
                max_length=12,
            ),
        ),
    ]
