"""Human references: a prefix and a number from a database sequence, never reused ("LA-20417")."""

from __future__ import annotations

from typing import Literal

from django.db import connection

Prefix = Literal["LA", "LN", "BR", "CO", "BL", "AL", "PM", "DP", "EN", "IR"]


def next_reference(prefix: Prefix) -> str:
    """Draw the next reference: LA application, LN loan, BR borrower, CO collateral, BL blacklist, AL alert, PM payment, DP payout,
    EN ledger entry, IR inspection round.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [f"core_reference_{prefix.lower()}"])
        row = cursor.fetchone()
    assert row is not None
    return f"{prefix}-{row[0]}"


def next_references(prefix: Prefix, count: int) -> list[str]:
    """Draw many references with one query, for what comes in by the thousand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [f"core_reference_{prefix.lower()}", count])
        return [f"{prefix}-{row[0]}" for row in cursor.fetchall()]
