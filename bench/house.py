"""The throwaway database that the benchmarks work on: PostgreSQL and Redis of their own in a temporary folder, gone afterwards."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg2


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
    # A line for each request would be measured too.
    logging.disable(logging.INFO)


def tidy(*tables: str) -> None:
    """What autovacuum does in its own time: dead rows removed, statistics fresh. As the owner of the tables."""
    connection: Any = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    connection.close()
