#!/usr/bin/env python
"""Run a command of the house. Without a database in the environment the embedded one is used."""

import os
import sys

# Commands that change the schema run as the role that owns it.
OWNER_COMMANDS = {"migrate", "sqlmigrate", "flush"}


def main() -> None:
    """Choose the settings, the database and its role, then let Django run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "demo":
        # The launcher itself needs no Django: it starts processes that do.
        from config.launcher.demo import main as demo

        sys.exit(demo())
    if command in OWNER_COMMANDS:
        os.environ.setdefault("CREDENCE_DATABASE_ROLE", "owner")
    from config.launcher.embedded import WITHOUT_DATABASE, ensure_database
    from config.launcher.folder import LauncherError

    try:
        if "DATABASE_URL" not in os.environ and command not in WITHOUT_DATABASE:
            ensure_database(command)
    except LauncherError as error:
        sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
