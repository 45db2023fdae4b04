"""The account through which a credit balance of one loan pays another."""

from typing import Any

from django.db import migrations


def write_account(apps: Any, schema_editor: Any) -> None:
    apps.get_model("ledger", "Account").objects.create(code="1650", name="Set-offs between loans", kind="ASSET")


def remove_account(apps: Any, schema_editor: Any) -> None:
    apps.get_model("ledger", "Account").objects.filter(code="1650").delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_off_balance")]

    operations = [migrations.RunPython(write_account, remove_account)]
