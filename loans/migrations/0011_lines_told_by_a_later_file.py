"""What a later file says of lines that its own left open, beside them; it is never rewritten."""

import django.db.models.deletion
from django.db import migrations, models

from core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0010_statements_left_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="statementimport",
            name="retold",
            field=models.PositiveIntegerField(db_default=0, default=0, help_text="Lines there before that it says more of"),
        ),
        migrations.CreateModel(
            name="RetoldLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("SALARY", "Salary"),
                            ("PENSION", "Pension"),
                            ("INCOME", "Other income"),
                            ("CASH_IN", "Cash paid in"),
                            ("CASH_OUT", "Cash drawn"),
                            ("CARD", "Card"),
                            ("HOUSEHOLD", "Household"),
                            ("INSURANCE", "Insurance"),
                            ("LOAN", "Loan payment"),
                            ("LEASING", "Leasing"),
                            ("SUPPLIER", "Supplier"),
                            ("TRANSFER_IN", "Transfer received"),
                            ("TRANSFER_OUT", "Transfer sent"),
                            ("INTEREST", "Interest received"),
                            ("PENALTY", "Penalty interest"),
                            ("FEE", "Fee"),
                            ("RETURNED", "Returned item"),
                            ("GAMBLING", "Gambling"),
                            ("SECURITIES", "Securities"),
                            ("OTHER", "Other"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "coding",
                    models.CharField(
                        choices=[("FULL", "Told among all kinds"), ("PART", "Told among few kinds"), ("NONE", "Not told")], max_length=4
                    ),
                ),
                ("line", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="retold", to="loans.statementline")),
                ("statement", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.statementimport")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("line", "statement"), name="line_retold_once_by_a_file")],
            },
        ),
        AppendOnly("loans_retoldline"),
    ]
