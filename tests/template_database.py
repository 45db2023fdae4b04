"""The migrated database that every worker clones: made once per set of migrations, by whoever comes first.

`python -m tests.template_database` makes it alone, so that the process that hands tests out has it made while its workers still collect.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import django
import psycopg2
from django.core.management import call_command
from django.db import connections

ROOT = Path(__file__).resolve().parent.parent
# Held while the template is made.
_LOCK = 4711


def connect_as_owner(database: str) -> Any:
    """A connection as the role that owns the tables, each statement its own transaction."""
    parsed = psycopg2.extensions.parse_dsn(os.environ["DATABASE_OWNER_URL"])
    connection = psycopg2.connect(**{**parsed, "dbname": database})
    connection.autocommit = True
    return connection


def template_name() -> str:
    """Another one for each set of migrations and of packages that bring some."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("**/migrations/*.py")):
        if ".venv" not in path.parts:
            digest.update(path.read_bytes())
    digest.update((ROOT / "requirements.lock").read_bytes())
    return f"template_{digest.hexdigest()[:12]}"


def ensure_template() -> str:
    """Make the template unless it is there; whoever comes meanwhile waits on an advisory lock. Gives its name."""
    name = template_name()
    owner = connect_as_owner("credence")
    with owner.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
            _migrate(name)
            cursor.execute(f'ALTER DATABASE "{name}" WITH IS_TEMPLATE true')
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    owner.close()
    return name


def _migrate(name: str) -> None:
    connection = connections["default"]
    served = dict(connection.settings_dict)
    parsed = psycopg2.extensions.parse_dsn(os.environ["DATABASE_OWNER_URL"])
    connection.close()
    connection.settings_dict.update(NAME=name, USER=parsed["user"], PASSWORD=parsed["password"])
    call_command("migrate", verbosity=0)
    connection.close()
    connection.settings_dict.update(served)


if __name__ == "__main__":
    django.setup()
    ensure_template()
