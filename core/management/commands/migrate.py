"""Django's `migrate`, which takes over a bank of before only when it had run all of the steps that one of today replaces."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader


class Command(Migrate):
    """Refuses a bank in the middle of such steps in words; Django alone would fail over its models or leave the room out in silence."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Look first, then lay the tables. Raises CommandError."""
        refuse_half_laid(options["database"])
        super().handle(*args, **options)


def refuse_half_laid(database: str) -> None:
    """Raises CommandError with the first step that is missing."""
    loader = MigrationLoader(connections[database])
    for (room, name), migration in loader.disk_migrations.items():
        missing = [step for step in migration.replaces if step not in loader.applied_migrations]
        if missing and len(missing) < len(migration.replaces):
            raise CommandError(
                f"This bank stands in the middle of the steps that {room}.{name} replaces; {missing[0][1]} is the first it has not run. "
                "Bring it up to date with the last version that has this step, then with this one; docs/runbook.md says how it is found."
            )
