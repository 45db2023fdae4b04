"""A bank of an earlier version, where one person could clear a strong hit, is brought up to date with its data in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
# Columns a row of the earlier version needs beside those a test is about, by their type.
FILLERS = {
    "uuid": lambda: str(uuid4()),
    "bytea": lambda: b"x",
    "date": lambda: "2026-03-02",
    "timestamp with time zone": lambda: "2026-03-02 12:00+00",
    "boolean": lambda: False,
    "jsonb": lambda: "{}",
    "character varying": lambda: "",
    "text": lambda: "",
}


class OlderBank:
    """A database of its own that stands at an earlier migration of this room."""

    def __init__(self) -> None:
        parsed = psycopg2.extensions.parse_dsn(os.environ["DATABASE_OWNER_URL"])
        self.name = f"older_{os.getpid()}"
        self.server = psycopg2.connect(**{**parsed, "dbname": "credence"})
        self.server.autocommit = True
        with self.server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}"')
            cursor.execute(f'CREATE DATABASE "{self.name}"')
        self.migrate("0002")
        self.connection = psycopg2.connect(**{**parsed, "dbname": self.name})
        self.connection.autocommit = True

    def migrate(self, target: str) -> None:
        address = urlsplit(os.environ["DATABASE_OWNER_URL"])._replace(path=f"/{self.name}").geturl()
        ended = subprocess.run(
            [sys.executable, "manage.py", "migrate", "blacklist", target, "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": address, "DATABASE_OWNER_URL": address},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-2000:]

    def add(self, table: str, **given: Any) -> Any:
        """A row with what is given and something for every other column that may not be empty. Returns its id."""
        values = dict(given)
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_name = %s AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'",
                [table],
            )
            for column, kind in cursor.fetchall():
                if column not in values:
                    values[column] = FILLERS.get(kind, lambda: 0)()
            names, marks = ", ".join(f'"{name}"' for name in values), ", ".join(["%s"] * len(values))
            cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks}) RETURNING id', list(values.values()))
            return cursor.fetchone()[0]

    def states(self) -> dict[UUID, str]:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT id, state FROM blacklist_screeninghit")
            return dict(cursor.fetchall())

    def close(self) -> None:
        self.connection.close()
        with self.server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{self.name}"')
        self.server.close()


@pytest.fixture
def older() -> Iterator[OlderBank]:
    bank = OlderBank()
    yield bank
    bank.close()


@pytest.mark.long
class TestStrongHitsThatOnePersonCleared:
    def test_wait_for_a_second_person_where_the_entry_still_bars(self, older: OlderBank) -> None:
        person = older.add("core_user", username="carl", is_active=True)
        screening = older.add("blacklist_screening", result="REVIEW", purpose="submission", subject_key="s")
        entries = {
            state: older.add("blacklist_blacklistentry", state=state, reference=f"BL-{state}", subject_kind="person", source="rule",
                             reason_code="default", confirmed_by_id=person)
            for state in ("ACTIVE", "LIFTED")
        }  # fmt: skip

        def hit(key: str, *, state: str = "FALSE_POSITIVE", entry: str = "ACTIVE", grade: str = "HIGH", at: int = 1) -> str:
            decided = person if state == "FALSE_POSITIVE" else None
            return str(
                older.add("blacklist_screeninghit", subject_key=key, state=state, grade=grade, score="0.95", entry_id=entries[entry],
                          screening_id=screening, decided_by_id=decided, opened_at=f"2026-03-0{at} 12:00+00")
            )  # fmt: skip

        expected = {
            hit("alone"): "PROPOSED_FALSE",
            hit("medium", grade="MEDIUM"): "FALSE_POSITIVE",
            hit("gone", entry="LIFTED"): "ENDED",
            hit("twice", at=1): "ENDED",
            hit("twice", at=2): "PROPOSED_FALSE",
            hit("again"): "ENDED",
            hit("again", state="OPEN", at=2): "OPEN",
            hit("true", state="TRUE_MATCH"): "TRUE_MATCH",
        }
        older.migrate("0003")
        assert {str(key): state for key, state in older.states().items()} == expected
