"""What the ledger's guards cost: entries with two lines into the books, against twin tables with the same indexes and no triggers."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection, transaction

from bench.book import DAY, open_bank
from bench.results import Result, measure
from core.models import BankState, Branch
from loans.ledger.models import Account

SMALL, BULK, ROUNDS = 1_500, 100_000, 3
TWINS = ("ledger_entry", "ledger_posting")

ENTRY = """
INSERT INTO {prefix}ledger_entry (booking_date, value_date, text, source_type, source_id, event, created_at)
SELECT %(day)s, %(day)s, 'bench', 'bench', n::text, %(event)s, now() FROM generate_series(1, %(count)s) n RETURNING id
"""
LINES = """
WITH entries AS ({entry})
INSERT INTO {prefix}ledger_posting (entry_id, account_id, amount, currency)
SELECT e.id, line.account, line.amount, 'EUR' FROM entries e CROSS JOIN (VALUES (%(first)s, 10.00), (%(second)s, -10.00)) AS line(account, amount)
"""


def run(scale: float) -> list[Result]:
    """Small transactions one by one, then one bulk statement; the best of three rounds counts, sides in turn."""
    if not Branch.objects.exists():
        open_bank()
    BankState.objects.update(business_date=DAY)
    _make_twins()

    def one_by_one(prefix: str, event: str) -> None:
        for number in range(int(SMALL * scale) or 50):
            _write(prefix, f"{event}:{number}", 1)

    small = _compare(one_by_one)
    bulk = _compare(lambda prefix, event: _write(prefix, event, int(BULK * scale) or 1000))
    return [
        Result("ledger: small transactions, against tables without triggers", *small, "s", 1.6),
        Result("ledger: bulk insert, against tables without triggers", *bulk, "s", 2),
    ]


def _compare(action: Callable[[str, str], None]) -> tuple[float, float]:
    guarded, plain = [], []
    for number in range(ROUNDS):
        event = f"{id(action) % 10**6}:{number}"
        plain.append(measure(lambda event=event: action("bench_", event)))  # type: ignore[misc]
        guarded.append(measure(lambda event=event: action("", event)))  # type: ignore[misc]
    return min(guarded), min(plain)


def _write(prefix: str, event: str, count: int) -> None:
    first, second = Account.objects.order_by("code").values_list("pk", flat=True)[:2]
    statement = LINES.format(prefix=prefix, entry=ENTRY.format(prefix=prefix))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"day": DAY, "event": event, "count": count, "first": first, "second": second})


def _make_twins() -> None:
    """The same columns, indexes, checks and foreign keys, owned by the owner, open to the application."""
    owner: Any = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    owner.autocommit = True
    with owner.cursor() as cursor:
        for table in reversed(TWINS):
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
        for table in TWINS:
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(f"GRANT SELECT, INSERT ON bench_{table} TO {settings.CREDENCE_APP_ROLE}")
        cursor.execute(
            "ALTER TABLE bench_ledger_posting ADD FOREIGN KEY (entry_id) REFERENCES bench_ledger_entry DEFERRABLE INITIALLY DEFERRED"
        )
        cursor.execute(
            "ALTER TABLE bench_ledger_posting ADD FOREIGN KEY (account_id) REFERENCES ledger_account DEFERRABLE INITIALLY DEFERRED"
        )
    owner.close()
