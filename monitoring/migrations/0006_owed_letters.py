"""Alerts about letters that nobody has written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0005_late_second_looks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="alert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("OVERDUE", "Overdue"),
                    ("DEFAULTED", "More than 90 days past due"),
                    ("MATURED", "Unpaid at maturity"),
                    ("BLACKLISTED", "Live exposure to a blacklisted borrower"),
                    ("FUND_USE", "Funds used otherwise than agreed"),
                    ("REVALUATION", "Revaluation due"),
                    ("VALUE_LATE", "Valuation not handed in"),
                    ("INSURE_ENDS", "Insurance ends soon"),
                    ("INSURE_LAPSE", "Insurance has lapsed"),
                    ("LIENS", "Liens beyond the value"),
                    ("MARGIN_CALL", "Margin call"),
                    ("MARGIN_LATE", "Margin call not answered"),
                    ("INSPECTION", "Inspection found something"),
                    ("ROUND_LATE", "Inspection round overdue"),
                    ("REVIEW_LATE", "Review of a red flag overdue"),
                    ("REGISTRY", "Registry has not answered"),
                    ("BLOCK", "Block of an account to be ended"),
                    ("SALE_UNPAID", "Price of an enforced sale not paid"),
                    ("MODEL_DRIFT", "Applications unlike the scorecard's sample"),
                    ("AMENDED", "Customer record amended after a decision"),
                    ("AUDIT", "Faults found by an audit"),
                    ("AUDIT_LATE", "Audit has not reported"),
                    ("LOOK_LATE", "Second look not taken in time"),
                    ("LETTER", "Letter about a decision not written"),
                    ("SCREENING", "Screening hit on a live borrower"),
                ],
                max_length=12,
            ),
        ),
    ]
