"""The history of an entry is only ever added to."""

from django.db import migrations

from core.append_only import AppendOnly


class Migration(migrations.Migration):
    replaces = [("blacklist", "0002_history_append_only")]

    dependencies = [("blacklist", "0001_foundation"), ("core", "0002_safeguards")]

    operations = [AppendOnly("blacklist_entryhistory")]
