"""The nightly sweep: the delinquency step against one UPDATE … FROM written by hand and against a loop of the ORM, and the whole close."""

from __future__ import annotations

import time
from datetime import date, timedelta

from django.db import connection, transaction

from bench.book import DAY, make_book
from bench.house import tidy
from bench.results import Result, measure
from core.models import BankState
from loans.domain.delinquency import BUCKETS
from loans.models import Loan
from loans.services.sweep import refresh_delinquency
from monitoring.domain.shards import SHARD_LOANS
from monitoring.services.sweep import close_day
from tests.loans.delinquency_rule import bucket_for, days_past_due

LOANS = 1_000_000
SAMPLE = 400
ROUNDS = 3
TODAY = DAY + timedelta(days=170)

# What somebody would write for these columns alone: no shards, no regard for payments that come in meanwhile.
BY_HAND = """
UPDATE loans_loan t
SET outstanding_principal = u.principal - t.undrawn, arrears = coalesce(u.arrears, 0), oldest_due_date = u.oldest,
    days_past_due = CASE WHEN u.arrears > t.tolerance_amount THEN %(day)s - u.oldest ELSE 0 END,
    bucket = (%(labels)s::text[])[width_bucket(CASE WHEN u.arrears > t.tolerance_amount THEN %(day)s - u.oldest ELSE 0 END, %(firsts)s::int[])],
    next_due_date = u.next_date, next_due_amount = coalesce(u.next_amount, 0), status_date = %(day)s
FROM (
    SELECT loan_id, sum(principal - paid_principal) AS principal,
           sum(principal + interest + fee + penalty - paid_principal - paid_interest - paid_fee - paid_penalty)
               FILTER (WHERE due_date < %(day)s) AS arrears,
           min(due_date) FILTER (WHERE due_date < %(day)s) AS oldest,
           min(due_date) FILTER (WHERE due_date >= %(day)s) AS next_date,
           (array_agg(principal + interest + fee + penalty - paid_principal - paid_interest - paid_fee - paid_penalty ORDER BY due_date)
               FILTER (WHERE due_date >= %(day)s))[1] AS next_amount
    FROM loans_instalment
    WHERE principal + interest + fee + penalty > paid_principal + paid_interest + paid_fee + paid_penalty
    GROUP BY loan_id
) u
WHERE t.id = u.loan_id
"""
SPOIL = "UPDATE loans_loan SET days_past_due = 0, bucket = '0', arrears = 1, next_due_amount = 1"


def run(scale: float) -> list[Result]:
    """All rows written on both sides, three rounds, the best of each counts; then the loop on a sample, then a whole close of day."""
    make_book(int(LOANS * scale), first_due=DAY)
    tidy("loans_loan", "loans_instalment")
    ours, by_hand = [], []
    for _ in range(ROUNDS):
        _spoil()
        by_hand.append(measure(_update_by_hand))
        _spoil()
        ours.append(measure(lambda: _sweep(TODAY)))
    count = Loan.objects.count()
    step, floor = min(ours), min(by_hand)
    loop = _orm_loop()
    closed = _close()
    return [
        Result(f"sweep: delinquency of {count:,} loans, against one UPDATE by hand", step, floor, "s", 1.5),
        Result("sweep: loans a second, against a loop of the ORM", count / step, loop, "loans/s", 100, higher=True),
        Result("sweep: full close of day, against the UPDATE by hand", closed, floor, "s", 6),
    ]


def _spoil() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SPOIL)
    tidy("loans_loan")


def _sweep(day: date) -> None:
    """The step in shards as a night does it, one after the other in this process."""
    first, last = Loan.objects.order_by("id").values_list("id", flat=True)[0], Loan.objects.order_by("-id").values_list("id", flat=True)[0]
    for start in range(first, last + 1, SHARD_LOANS):
        with transaction.atomic():
            refresh_delinquency(business_date=day, first_loan_id=start, last_loan_id=start + SHARD_LOANS - 1)


def _update_by_hand() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BY_HAND, {"day": TODAY, "labels": [label for label, _, _ in BUCKETS], "firsts": [first for _, first, _ in BUCKETS]})


def _orm_loop() -> float:
    """Loans a second when each is read, measured and saved by itself."""
    started = time.perf_counter()
    for loan in Loan.objects.order_by("?")[:SAMPLE]:
        unpaid = []
        for line in loan.instalments.all():
            amount = line.principal + line.interest + line.fee + line.penalty
            amount -= line.paid_principal + line.paid_interest + line.paid_fee + line.paid_penalty
            if amount > 0:
                unpaid.append((line.due_date, amount))
        loan.arrears = sum((amount for due, amount in unpaid if due < TODAY), start=loan.arrears * 0)
        loan.days_past_due = days_past_due(unpaid, TODAY, tolerance=loan.tolerance_amount)
        loan.bucket = bucket_for(loan.days_past_due)
        following = sorted(pair for pair in unpaid if pair[0] >= TODAY)
        loan.next_due_date, loan.next_due_amount = following[0] if following else (None, loan.arrears * 0)
        loan.status_date = TODAY
        loan.save()
    return SAMPLE / (time.perf_counter() - started)


def _close() -> float:
    """A night in the middle of the book's life: the backlog is booked first, then one ordinary day is measured."""
    BankState.objects.update(business_date=TODAY)
    close_day(actor=None, actor_name="bench")
    tidy("loans_loan", "loans_instalment", "ledger_entry", "ledger_posting", "core_outboxevent")
    return measure(lambda: close_day(actor=None, actor_name="bench"))
