"""Enforced sales whose price has not come in: by when the buyer pays, and when it was booked; those before were booked at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collateral", "0008_losses_taken_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="realisation",
            name="booked_date",
            field=models.DateField(help_text="When the price of an enforced sale was booked and given out", null=True),
        ),
        migrations.AddField(
            model_name="realisation",
            name="due_date",
            field=models.DateField(help_text="By when the buyer pays, of an enforced sale whose price had not come in", null=True),
        ),
        migrations.AddField(
            model_name="realisation",
            name="told_date",
            field=models.DateField(help_text="When it was last told of that the price has not come in", null=True),
        ),
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
                    ("SALE_VOID", "What shows that a sale came to nothing"),
                    ("EXISTENCE", "What shows that it is there"),
                    ("OTHER", "Other paper"),
                ],
                max_length=17,
            ),
        ),
        migrations.RunSQL("UPDATE collateral_realisation SET booked_date = recorded_date WHERE enforced", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="realisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("booked_date", None), ("due_date", None), ("enforced", False)),
                    models.Q(("enforced", True), models.Q(("due_date__isnull", False), ("booked_date__isnull", False), _connector="OR")),
                    _connector="OR",
                ),
                name="realisation_booked_or_awaited",
            ),
        ),
    ]
