"""When every pledged asset has to be seen next, and the rounds of a night, against a bare aggregate over the same tables."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction

from bench.book import DAY, own_memory
from bench.coverage import make_pledged_book
from bench.house import tidy
from bench.results import Result, measure
from collateral.models import InspectionPlan
from collateral.services.inspection_plans import plan_inspections
from collateral.services.inspection_rounds import plan_rounds
from loans.models import Loan
from monitoring.domain.shards import SHARD_LOANS

LOANS = 100_000
ROUNDS = 3
# What somebody would write who knows only that a thing is seen every so often: of each asset the last inspection and the next day.
BARE = """
SELECT count(*), min(due), sum(late) FROM (
    SELECT a.id, max(l.days_past_due) AS late, coalesce(max(i.seen_date), min(a.registered_date)) + 365 AS due
    FROM loans_loan l
    JOIN collateral_pledge p ON p.application_id = l.application_id AND p.state = 'PERFECTED'
    JOIN collateral_asset a ON a.id = p.asset_id AND a.state = 'REGISTERED'
    JOIN collateral_valuation v ON v.asset_id = a.id AND v.state = 'ACCEPTED'
    LEFT JOIN collateral_inspection i ON i.asset_id = a.id
    WHERE l.state = 'ACTIVE'
    GROUP BY a.id
) q
"""


def run(scale: float) -> list[Result]:
    """Shard by shard, as a night does it: a night that changes nothing, a first night that writes every row, and giving rounds out."""
    make_pledged_book(int(LOANS * scale))
    tidy("loans_loan", "loans_application", "collateral_asset", "collateral_pledge", "collateral_valuation")
    # Each running loan has an asset of its own.
    assets = Loan.objects.filter(state="ACTIVE").count()
    bare, quiet, rounds = [measure(_bare)], [], []
    memory: list[int] = []
    first = measure(lambda: _each(memory))
    if InspectionPlan.objects.count() != assets:
        raise RuntimeError("not every asset is planned")
    tidy("collateral_inspectionplan")
    for _ in range(ROUNDS):
        bare.append(measure(_bare))
        quiet.append(measure(_each))
    InspectionPlan.objects.update(due_date=DAY - timedelta(days=1))
    tidy("collateral_inspectionplan")
    for _ in range(ROUNDS):
        rounds.append(measure(lambda: plan_rounds(business_date=DAY)))
    floor = min(bare)
    size = f"{assets:,} pledged assets"
    return [
        Result(f"next inspection of {size} by shards, a night that changes nothing, against a bare aggregate", min(quiet), floor, "s", 5),
        Result("the same, every asset's row written anew", first, floor, "s", 10),
        Result("rounds of a night when every one of them is due", min(rounds), floor, "s", 3),
        Result("the same: memory at its most, against after the first shard", max(memory), memory[0], "kB", 1.2),
    ]


def _each(memory: list[int] | None = None) -> None:
    ids = Loan.objects.filter(state="ACTIVE").order_by("id").values_list("id", flat=True)
    first, last = ids[0], ids.reverse()[0]
    for start in range(first, last + 1, SHARD_LOANS):
        with transaction.atomic():
            plan_inspections(business_date=DAY, first_loan_id=start, last_loan_id=min(last, start + SHARD_LOANS - 1))
        if memory is not None:
            memory.append(own_memory())


def _bare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE)
