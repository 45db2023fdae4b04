"""Accounts for accruals, contracts being replaced, recoveries and waivers."""

from typing import Any

from django.db import migrations

ACCOUNTS = (
    ("1250", "Interest accrued and not yet due", "ASSET"),
    ("1600", "Contracts being replaced", "ASSET"),
    ("2100", "Interest not recognised as income", "LIABILITY"),
    ("4300", "Recoveries of what was written off", "INCOME"),
    ("5100", "Waived claims", "EXPENSE"),
)


def write_accounts(apps: Any, schema_editor: Any) -> None:
    account = apps.get_model("ledger", "Account")
    account.objects.bulk_create([account(code=code, name=name, kind=kind) for code, name, kind in ACCOUNTS])


def remove_accounts(apps: Any, schema_editor: Any) -> None:
    apps.get_model("ledger", "Account").objects.filter(code__in=[code for code, _, _ in ACCOUNTS]).delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_chart")]

    operations = [migrations.RunPython(write_accounts, remove_accounts)]
