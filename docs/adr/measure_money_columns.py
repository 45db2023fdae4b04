"""What ADR 0002 measured: the sweep's own statement over amounts as numeric(20, 4) and over amounts as bigint minor units.

Run it with `python docs/adr/measure_money_columns.py [loans]`, 200,000 by default, twelve instalments each. It starts a PostgreSQL of its
own that is gone afterwards. Two schemas get the tables of `loans` with the same rows, indexes and checks; in one of them every
money column becomes a bigint. Then `loans.services.figures.refresh_figures` itself runs over both in turn.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["CREDENCE_DATABASE_ROLE"] = "owner"

import django

django.setup()

from django.core.management import call_command  # noqa: E402 — apps have to be loaded first
from django.db import connection  # noqa: E402 — apps have to be loaded first

from loans.services.figures import refresh_figures  # noqa: E402 — apps have to be loaded first

TABLES = ("loans_loan", "loans_instalment")
ROUNDS = 5
DAYS = (date(2026, 3, 16), date(2026, 4, 16))
FILL = """
INSERT INTO loans_loan (id, public_id, reference, facility_id, application_id, borrower_id, branch_id, product_version_id, currency,
                        principal, annual_rate, terms, state, signed_date, tolerance_amount, undrawn, outstanding_principal, arrears,
                        days_past_due, bucket, next_due_amount, announced_days)
SELECT n, gen_random_uuid(), 'LN-' || n, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 1, 'EUR',
       12000, 0.06, '{}', 'ACTIVE', '2026-01-01', 0, 0, 12000, 0, 0, '0', 0, 0
FROM generate_series(1, %(loans)s) n;
INSERT INTO loans_instalment (id, loan_id, number, due_date, principal, interest, fee, penalty, balance,
                              paid_principal, paid_interest, paid_fee, paid_penalty, due_booked)
SELECT (n - 1) * 12 + m, n, m, date '2026-01-01' + (m * 30 + n %% 28)::int, 1000, 32.79 + n %% 7, 0, 0, 12000 - m * 1000,
       CASE WHEN m = 1 AND n %% 10 > 0 THEN 1000 ELSE 0 END, CASE WHEN m = 1 AND n %% 10 > 0 THEN 32.79 + n %% 7 ELSE 0 END, 0, 0, m = 1
FROM generate_series(1, %(loans)s) n, generate_series(1, 12) m
"""


def ask(statement: str, *values: str) -> list[tuple[str, ...]]:
    """Run one statement and give its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values) or None)
        return cursor.fetchall() if cursor.description else []


def lay(schema: str, loans: int, *, minor_units: bool) -> None:
    """Make and fill one schema. Indexes and checks are those of the product, written for the type of the column."""
    ask(f"CREATE SCHEMA {schema}")
    for table in TABLES:
        ask(f"CREATE TABLE {schema}.{table} (LIKE public.{table} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES)")
    ask(f"SET search_path = {schema}")
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"loans": loans})
    for table in TABLES:
        if minor_units:
            money = ask(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
                " AND numeric_precision = 20 AND numeric_scale = 4",
                schema,
                table,
            )
            ask(f"ALTER TABLE {table} " + ", ".join(f"ALTER {name} TYPE bigint USING ({name} * 100)::bigint" for (name,) in money))
        for name, rule in ask(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
            f"public.{table}",
        ):
            ask(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule.replace('::numeric', '') if minor_units else rule}")


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def sweep(schema: str, day: date, loans: int) -> float:
    """Seconds of one sweep of the whole book, with the tables freshly vacuumed."""
    ask(f"SET search_path = {schema}")
    ask(f"VACUUM ANALYZE {', '.join(TABLES)}")
    return timed(lambda: refresh_figures(business_date=day, first_loan_id=1, last_loan_id=loans))


def main(loans: int) -> None:
    """Measure both in turn, so that whatever else the machine does falls on both, and print the medians."""
    call_command("migrate", verbosity=0)
    schemas = {"decimals": False, "minor_units": True}
    for schema, minor_units in schemas.items():
        lay(schema, loans, minor_units=minor_units)
    changed: dict[str, list[float]] = {schema: [] for schema in schemas}
    quiet: dict[str, list[float]] = {schema: [] for schema in schemas}
    read: dict[str, list[float]] = {schema: [] for schema in schemas}
    for turn in range(ROUNDS):
        for schema in schemas:
            changed[schema].append(sweep(schema, DAYS[turn % 2], loans))
            quiet[schema].append(sweep(schema, DAYS[turn % 2], loans))
            read[schema].append(timed(lambda: ask("SELECT principal, arrears, outstanding_principal, next_due_amount FROM loans_loan")))
    for words, figures in (("every row written", changed), ("no row written", quiet), ("read four amounts of each loan", read)):
        ours, other = median(figures["decimals"]), median(figures["minor_units"])
        sys.stdout.write(f"{words}: decimals {ours:.2f} s, minor units {other:.2f} s, ratio {ours / other:.2f}\n")
    for table in TABLES:
        sizes = [int(ask("SELECT pg_table_size(%s)", f"{schema}.{table}")[0][0]) >> 20 for schema in schemas]
        sys.stdout.write(f"{table}: decimals {sizes[0]} MiB, minor units {sizes[1]} MiB\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
