"""The interest of one day for every loan, against a bare INSERT … SELECT of the same entries and lines into the same tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction

from bench.book import DAY, make_book, own_memory
from bench.house import tidy
from bench.results import Result, measure
from core.models import BankState
from loans.ledger.models import Entry
from loans.models import Loan
from loans.services.accrual import accrue_interest
from monitoring.domain.shards import SHARD_LOANS

LOANS = 1_000_000
TODAY = DAY + timedelta(days=200)

BARE = """
WITH entries AS (
    INSERT INTO ledger_entry (booking_date, value_date, text, source_type, source_id, event, loan_id, created_at)
    SELECT booking_date, value_date, text, source_type, source_id, 'bare', loan_id, created_at
    FROM ledger_entry WHERE event = 'accrued' AND booking_date = %(day)s AND loan_id BETWEEN %(first)s AND %(last)s
    RETURNING id, loan_id
)
INSERT INTO ledger_posting (entry_id, account_id, amount, currency, loan_id)
SELECT b.id, p.account_id, p.amount, p.currency, p.loan_id
FROM entries b
JOIN ledger_entry e ON e.loan_id = b.loan_id AND e.event = 'accrued' AND e.booking_date = %(day)s
JOIN ledger_posting p ON p.entry_id = e.id
"""


def run(scale: float) -> list[Result]:
    """Shard by shard, as a night does it; both sides with the ledger's triggers and indexes."""
    if not Loan.objects.exists():
        make_book(int(LOANS * scale), first_due=DAY)
    BankState.objects.update(business_date=TODAY)
    tidy("loans_loan", "loans_instalment", "ledger_entry", "ledger_posting")
    memory: list[int] = []
    ours = measure(lambda: _each(_ours, memory))
    tidy("ledger_entry", "ledger_posting")
    bare = measure(lambda: _each(_bare))
    if Entry.objects.filter(event="bare").count() != Entry.objects.filter(event="accrued", booking_date=TODAY).count():
        raise RuntimeError("the two sides wrote different rows")
    loans = f"{Loan.objects.count():,}"
    return [
        Result(f"accrual of {loans} loans for a day, against INSERT … SELECT of the same rows", ours, bare, "s", 2),
        Result(f"accrual of {loans} loans: memory at its most, against after the first shard", max(memory), memory[0], "kB", 1.2),
    ]


def _each(action: Callable[[int, int], None], memory: list[int] | None = None) -> None:
    ids = Loan.objects.order_by("id").values_list("id", flat=True)
    first, last = ids[0], Loan.objects.order_by("-id").values_list("id", flat=True)[0]
    for start in range(first, last + 1, SHARD_LOANS):
        with transaction.atomic():
            action(start, start + SHARD_LOANS - 1)
            if memory is not None:
                memory.append(own_memory())


def _ours(first: int, last: int) -> None:
    accrue_interest(business_date=TODAY, first_loan_id=first, last_loan_id=last)


def _bare(first: int, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, {"day": TODAY, "first": first, "last": last})
