"""Accounts beside the balance sheet: what was written off stays known until it has come in."""

from typing import Any

from django.db import migrations, models

ACCOUNTS = (
    ("9100", "Claims written off, followed off balance", "MEMO"),
    ("9900", "Counterpart of what is followed off balance", "MEMO"),
)


def write_accounts(apps: Any, schema_editor: Any) -> None:
    account = apps.get_model("ledger", "Account")
    account.objects.bulk_create([account(code=code, name=name, kind=kind) for code, name, kind in ACCOUNTS])


def remove_accounts(apps: Any, schema_editor: Any) -> None:
    apps.get_model("ledger", "Account").objects.filter(code__in=[code for code, _, _ in ACCOUNTS]).delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_more_accounts")]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ASSET", "Asset"),
                    ("LIABILITY", "Liability"),
                    ("EQUITY", "Equity"),
                    ("INCOME", "Income"),
                    ("EXPENSE", "Expense"),
                    ("MEMO", "Off balance"),
                ],
                max_length=9,
            ),
        ),
        migrations.RunPython(write_accounts, remove_accounts),
    ]
