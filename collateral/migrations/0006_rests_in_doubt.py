"""The rest of a sale is divided between its owners also while something speaks against them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0005_country_as_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="salerest",
            name="doubted",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Something speaks against this owner, and no second person has answered it"
            ),
        ),
        migrations.AddConstraint(
            model_name="salerest",
            constraint=models.CheckConstraint(
                condition=models.Q(("doubted", False), ("owner__isnull", False), _connector="OR"), name="sale_rest_doubts_an_owner"
            ),
        ),
    ]
