"""History and outcomes are only ever added to."""

from django.db import migrations

from core.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("loans", "0001_initial"), ("core", "0002_guards")]

    operations = [AppendOnly("loans_statechange"), AppendOnly("loans_applicationoutcome")]
