"""The account where the proceeds of a sale wait that belong to the owner or to others who stood before the bank."""

from typing import Any

from django.db import migrations


def write_account(apps: Any, schema_editor: Any) -> None:
    apps.get_model("ledger", "Account").objects.create(code="2050", name="Sale proceeds owed to owners and others", kind="LIABILITY")


def remove_account(apps: Any, schema_editor: Any) -> None:
    apps.get_model("ledger", "Account").objects.filter(code="2050").delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_set_offs")]

    operations = [migrations.RunPython(write_account, remove_account)]
