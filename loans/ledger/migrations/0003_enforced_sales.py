"""Two accounts more: what an enforced sale brought until it is given out, and costs that its price did not carry."""

from typing import Any

from django.db import migrations

ACCOUNTS = (
    ("2060", "Enforced sales being given out", "LIABILITY"),
    ("5200", "Costs of enforcement that no price carried", "EXPENSE"),
)


def write_chart(apps: Any, schema_editor: Any) -> None:
    account = apps.get_model("ledger", "Account")
    account.objects.bulk_create([account(code=code, name=name, kind=kind) for code, name, kind in ACCOUNTS])


def remove_chart(apps: Any, schema_editor: Any) -> None:
    apps.get_model("ledger", "Account").objects.filter(code__in=[code for code, _, _ in ACCOUNTS]).delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_safeguards")]

    operations = [migrations.RunPython(write_chart, remove_chart)]
