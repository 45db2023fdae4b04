"""One worker at a time for a piece of work that is longer than a transaction should be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection


@contextmanager
def turn(key: UUID) -> Iterator[bool]:
    """Whether the work of this row is ours until the end of the block:
    a lock of the database session, which a killed worker cannot keep.
    """
    number = key.int >> 65
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
