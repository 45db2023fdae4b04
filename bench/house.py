"""The throwaway database that the benchmarks work on: PostgreSQL and Redis of their own in a temporary folder, gone afterwards."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

_laid: list[str] = []
"""The tables that were empty when they were laid."""


def start_house() -> None:
    """Start the engines, lay the tables, collect what pages link to, and set Django up. Ends with this process."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CREDENCE_TEST_DATA"):
        os.environ.pop(name, None)
    from config.launcher.throwaway import start_for_tests

    start_for_tests()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.dev"
    for command in (["migrate"], ["collectstatic", "--noinput"]):
        subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity", "0", "--skip-checks"],
            check=True,
            cwd=Path(__file__).resolve().parent.parent,
            env=os.environ | {"CREDENCE_DATABASE_ROLE": "owner"},
        )
    import django

    django.setup()
    _laid.extend(_empty_tables())
    # A line for each request would be measured too.
    logging.disable(logging.INFO)


def forget() -> None:
    """An empty house for the next benchmark: whatever was written since the tables were laid is gone."""
    from django.core.cache import cache

    with _owner() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_laid)} RESTART IDENTITY")
    cache.clear()


def tidy(*tables: str) -> None:
    """What autovacuum does in its own time: dead rows removed, statistics fresh. As the owner of the tables."""
    with _owner() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def _empty_tables() -> list[str]:
    with _owner() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in cursor.fetchall()]
        found = []
        for name in names:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {name})")
            if not cursor.fetchone()[0]:
                found.append(name)
    return found


@contextmanager
def _owner() -> Iterator[Any]:
    """A cursor as the role that owns the tables, each statement by itself."""
    connection: Any = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
