"""A night on which the price of everything pledged falls by a fifth: calls, flags, holds and reminders of a whole book, each with its entry
in the audit trail and its event, against a bare insert of as many rows.

Every loan was covered to 100 to 129% with a covenant of all that is owed, so that three quarters of them fall short; of every tenth file
something is still to be paid out. Then insurances lapse, values run out, and an order lies overdue for each asset.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Model, QuerySet

from bench.book import DAY, copy_row, own_memory
from bench.coverage import KEY, make_pledged_book
from bench.house import tidy
from bench.results import Result, measure
from collateral.models import Asset, Covenant, MarginCall, Pledge, RedFlag, Valuation
from collateral.services.covers import refresh_covers
from collateral.services.insurance import watch_insurance
from collateral.services.lapses import settle_lapses
from collateral.services.margin_calls import watch_covers
from collateral.services.valuations import remind_overdue
from loans.models import Application, ApplicationHold, Loan
from monitoring.domain.shards import SHARD_LOANS

LOANS = 100_000
LATE = DAY + timedelta(days=40)
BOOK = ("loans_loan", "loans_application", "collateral_asset", "collateral_pledge", "collateral_valuation", "collateral_covenant")
# One row, one entry in the audit trail and one event for each loan, without anybody asking whether anything happened to it.
BARE = (
    "INSERT INTO collateral_margincall (id, loan_id, number, state, exposure, available, pledges, min_coverage, called, raised_date, due_date, answer)"
    " SELECT gen_random_uuid(), id, 9, 'MET', 1, 1, 1, 1, 1, %(day)s, %(day)s::date + 30, '' FROM loans_loan WHERE state = 'ACTIVE'",
    "INSERT INTO core_auditentry (at, business_date, actor_name, action, target_type, target_id, target_label, details, request_id)"
    " SELECT now(), %(day)s, 'rule', 'margin_call.made', 'collateral.margincall', gen_random_uuid()::text, reference, '{\"called\": \"1\"}', ''"
    " FROM loans_loan WHERE state = 'ACTIVE'",
    "INSERT INTO core_outboxevent (id, name, payload, created_at, attempts, last_error)"
    " SELECT gen_random_uuid(), 'Bare', jsonb_build_object('loan_id', id), now(), 0, '' FROM loans_loan WHERE state = 'ACTIVE'",
)


def run(scale: float) -> list[Result]:
    """Each step over the book, by shards where the night goes by shards, with what it wrote counted."""
    make_bad_book(int(LOANS * scale))
    floor = _bare() / Loan.objects.filter(state="ACTIVE").count()
    calling: list[int] = []
    memory: list[int] = []
    results = []

    def took(words: str, action: Callable[[], object], made: QuerySet[Any], goal: float) -> None:
        seconds, number = measure(action), made.count()
        if not number:
            raise RuntimeError(f"no {words}")
        results.append(Result(f"{words}, {number:,} of them, against a bare insert of as many", seconds, floor * number, "s", goal))

    took("margin calls made", lambda: _each(watch_covers, DAY, calling), MarginCall.objects.all(), 10)
    took("margin calls escalated", lambda: _each(watch_covers, LATE, memory), MarginCall.objects.filter(state="ESCALATED"), 10)
    Valuation.objects.update(market_value=60_000)
    _each(refresh_covers, LATE)
    took("margin calls met", lambda: _each(watch_covers, LATE, memory), MarginCall.objects.filter(state="MET"), 10)
    took("insurances lapsed and flagged", lambda: _each(watch_insurance, DAY, memory), RedFlag.objects.all(), 10)
    Valuation.objects.update(expires_date=DAY)
    holds = ApplicationHold.objects.filter(reason=ApplicationHold.Reason.LAPSED)
    took("files held on values that ran out", lambda: _settle(memory), holds, 10)
    Valuation.objects.update(expires_date=LATE)
    Asset.objects.update(insured_until=LATE)
    took("files let go", lambda: _settle(memory), holds.exclude(released_at=None), 10)
    quiet = measure(lambda: _settle(memory))
    results.append(Result("files held, a night that changes nothing, against a bare aggregate", quiet, measure(_aggregate), "s", 3))
    Valuation.objects.update(state="ORDERED", due_date=DAY - timedelta(days=1))
    took("appraisers reminded", lambda: remind_overdue(business_date=DAY), Valuation.objects.filter(reminders=1), 10)
    results.append(Result("calls made: memory at its most, against after the first shard", max(calling), calling[0], "kB", 1.2))
    results.append(Result("all of these: memory at its most, against after the first", max(memory), calling[-1], "kB", 1.2))
    return results


def make_bad_book(loans: int) -> None:
    """A book that was covered, on the night after the fall, with its covers measured."""
    make_pledged_book(loans)
    Pledge.objects.update(amount=60_000)
    first = Covenant.objects.create(application=_first(Application.objects.all()), min_coverage=1, agreed_date=DAY)
    copy_row(first, loans, application_id=KEY.format(number="n"))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loans_loan l SET outstanding_principal = trunc(v.market_value * 0.8 / (1 + (l.id % 30) / 100.0), 2),"
            " undrawn = CASE WHEN l.id % 10 = 0 THEN 1 ELSE 0 END"
            " FROM collateral_valuation v WHERE v.asset_id = l.application_id AND l.state = 'ACTIVE'"
        )
    tidy(*BOOK)
    _each(refresh_covers, DAY)
    Valuation.objects.update(market_value=F("market_value") * Decimal("0.8"))
    tidy("collateral_cover", *BOOK)
    _each(refresh_covers, DAY)
    tidy("collateral_cover")


def _first(rows: QuerySet[Any]) -> Any:
    found: Model | None = rows.order_by("pk").first()
    assert found is not None
    return found


def _each(step: Callable[..., int], day: Any, memory: list[int] | None = None) -> None:
    ids = Loan.objects.filter(state="ACTIVE").order_by("id").values_list("id", flat=True)
    first, last = ids[0], ids.reverse()[0]
    for start in range(first, last + 1, SHARD_LOANS):
        with transaction.atomic():
            step(business_date=day, first_loan_id=start, last_loan_id=min(last, start + SHARD_LOANS - 1))
        if memory is not None:
            memory.append(own_memory())


def _settle(memory: list[int]) -> None:
    settle_lapses(business_date=DAY)
    memory.append(own_memory())


def _bare() -> float:
    """Seconds that the rows of every loan take by themselves; they are taken back."""

    def insert() -> None:
        for statement in BARE:
            cursor.execute(statement, {"day": DAY})

    with transaction.atomic(), connection.cursor() as cursor:
        seconds = measure(insert)
        transaction.set_rollback(True)
    return seconds


def _aggregate() -> None:
    """What somebody would ask who knows neither insurance nor limits nor what is held:
    on how many pledges money is still to leave without a value.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE l.undrawn > 0 AND v.expires_date <= %s)"
            " FROM collateral_pledge p JOIN loans_loan l ON l.application_id = p.application_id"
            " JOIN collateral_asset a ON a.id = p.asset_id JOIN collateral_valuation v ON v.asset_id = a.id",
            [DAY],
        )
