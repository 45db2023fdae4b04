"""An invoice of a debtor stands once in an assignment, however the debtor is written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collateral", "0006_rests_in_doubt")]

    operations = [
        migrations.RemoveConstraint(model_name="receivable", name="receivable_once"),
        migrations.AddConstraint(
            model_name="receivable",
            constraint=models.UniqueConstraint(fields=("asset", "debtor_key", "invoice_key"), name="receivable_once"),
        ),
    ]
