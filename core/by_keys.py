"""How the statements of a night go through a shard: from key to key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_BY_KEYS = "SET LOCAL enable_hashjoin = off; SET LOCAL random_page_cost = 1.1"
_AS_BEFORE = "SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL random_page_cost TO DEFAULT"


@contextmanager
def by_keys() -> Iterator[None]:
    """Statements about a range of loans, asked within a transaction. A shard's rows lie beside each other: going from key to key costs the
    same however large the book is, while hashing whole tables for each shard costs more with every loan. Two statements; not to be nested.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BY_KEYS)
    yield
    # After a failure the savepoint or the transaction is rolled back, and the settings with it.
    with connection.cursor() as cursor:
        cursor.execute(_AS_BEFORE)
