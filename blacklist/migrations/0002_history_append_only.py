"""The history of entries is never changed or removed, not even by the application."""

from typing import ClassVar

from django.db import migrations

from core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies: ClassVar = [("blacklist", "0001_initial"), ("core", "0002_guards")]
    operations: ClassVar = [AppendOnly("blacklist_entryhistory")]
