"""Workers killed, PostgreSQL stopped hard, Redis flushed in the middle of a sweep: every loan's effect stands exactly once.

A lock on a loan holds a worker in the middle of its shard, so that what is killed is killed within a transaction, every time.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection

from bench.book import DAY, make_book
from core.models import BankState, OutboxEvent
from loans.ledger.models import Entry, Posting
from loans.models import Instalment, Loan
from monitoring.models import SweepChunk, SweepRun
from monitoring.services import sweep
from tests.monitoring.fault_house import FaultHouse, wait_for

pytestmark = pytest.mark.fault
LOANS = 400
SHARD = 20


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[FaultHouse]:
    """A house with a book in which every loan has its first instalment due on the day to be closed."""
    # Not among pytest's folders: every session that starts shuts those to the database's system user again.
    root = Path(tempfile.mkdtemp(prefix="credence-fault-"))
    made = FaultHouse(root)
    try:
        with django_db_blocker.unblock(), made.served():
            make_book(LOANS, first_due=DAY, spread_days=1)
            Instalment.objects.update(paid_principal=0, paid_interest=0)
            yield made
    finally:
        made.close()
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def run(house: FaultHouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[SweepRun]:
    """The close of the next day on which instalments fall due, cut into twenty shards, one month after the last one.

    Its workers end with it: one that stayed would do the next test's work behind its back.
    """
    monkeypatch.setattr(sweep, "SHARD_LOANS", SHARD)
    closed = SweepRun.objects.count()
    month = DAY.month + closed
    BankState.objects.update(business_date=date(DAY.year, month, DAY.day))
    yield sweep.start_run(actor=None)
    house.kill_workers()
    house.flush_redis()


@contextmanager
def held(house: FaultHouse, *numbers: int) -> Iterator[None]:
    """Hold one loan in each of the named shards (0 to 19), so that a worker that comes there waits within its transaction."""
    keys = list(Loan.objects.order_by("id").values_list("id", flat=True))
    holder = house.connect()
    with holder.cursor() as cursor:
        cursor.execute("SELECT id FROM loans_loan WHERE id = ANY(%s) FOR UPDATE", [[keys[number * SHARD + 7] for number in numbers]])
    yield
    # The lock ends with the connection, which a database that was stopped hard has ended already.
    holder.close()


def waiting(number: int) -> bool:
    """Whether so many workers stand at a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
        return bool(cursor.fetchone()[0] >= number)


def let_go() -> bool:
    """Whether the backends of killed workers have noticed and rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return bool(cursor.fetchone()[0] == 0)


def is_done(run: SweepRun) -> bool:
    run.refresh_from_db()
    return run.state == SweepRun.State.DONE


def assert_exactly_once(run: SweepRun) -> None:
    """Every loan was booked, measured and told of once, and the day turned once."""
    month = SweepRun.objects.filter(business_date__lte=run.business_date).count()
    assert set(run.chunks.values_list("state", flat=True)) == {SweepChunk.State.DONE}
    assert run.loans == LOANS
    assert not run.set_aside.exists()
    assert Instalment.objects.filter(number=month, due_booked=True).count() == LOANS
    due = Entry.objects.filter(event="due", booking_date=run.business_date)
    assert due.count() == LOANS == due.values("loan_id").distinct().count()
    postings = Posting.objects.filter(entry__in=due)
    assert postings.count() == postings.values("entry", "account").distinct().count() >= 2 * LOANS
    assert Loan.objects.filter(next_due_date=run.business_date).count() == LOANS
    assert OutboxEvent.objects.filter(name="DayClosed", payload__business_date=run.business_date.isoformat()).count() == 1
    told = OutboxEvent.objects.filter(name="LoanPassedMilestone", payload__business_date=run.business_date.isoformat())
    assert told.count() == told.values("payload__loan_id", "payload__milestone").distinct().count()
    assert BankState.objects.get().business_date == run.business_date + timedelta(days=1)


def pool_children(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(worker.pid).children(recursive=True)


def test_killed_workers_and_a_database_stopped_hard(house: FaultHouse, run: SweepRun) -> None:
    worker = house.start_worker()
    with held(house, 4, 9):
        house.send(run.pk, times=6)
        wait_for(lambda: waiting(2), "both workers stand within a shard")
        assert 4 <= run.chunks.filter(state="DONE").count() < LOANS // SHARD
        house.kill(worker)
    wait_for(let_go, "the killed workers' transactions are rolled back")
    assert run.chunks.filter(state="READY").exists()
    assert not is_done(run)

    house.start_worker()
    with held(house, 14):
        house.send(run.pk, times=2)
        wait_for(lambda: waiting(1), "a worker stands within a shard")
        house.stop_postgres_hard()
    house.start_postgres()
    assert not is_done(run)
    house.flush_redis()
    house.send(run.pk, times=3)
    wait_for(lambda: is_done(run), "the sweep is done")
    assert_exactly_once(run)


@pytest.mark.long
def test_a_flushed_redis_costs_only_the_messages(house: FaultHouse, run: SweepRun) -> None:
    house.send(run.pk, times=4)
    house.flush_redis()
    worker = house.start_worker()
    with held(house, 3):
        house.send(run.pk)
        wait_for(lambda: waiting(1), "a worker stands within a shard")
        house.flush_redis()
        house.kill(worker)
    wait_for(let_go, "the killed worker's transaction is rolled back")
    house.start_worker()
    house.send(run.pk)
    wait_for(lambda: is_done(run), "the sweep is done")
    assert_exactly_once(run)


@pytest.mark.long
def test_six_kills_and_a_pool_that_dies_alone(house: FaultHouse, run: SweepRun) -> None:
    for kills in range(6):
        worker = house.start_worker(concurrency=1)
        with held(house, 2 + 3 * kills):
            house.send(run.pk, times=3)
            wait_for(lambda: waiting(1), "a worker stands within a shard")
            if kills % 2:
                house.kill(worker)
            else:
                # Only the process that works dies; its parent gives the message back and starts another.
                for child in pool_children(worker):
                    os.kill(child.pid, signal.SIGKILL)
        wait_for(let_go, "the killed worker's transaction is rolled back")
        house.kill(worker)
    house.start_worker()
    house.send(run.pk, times=3)
    wait_for(lambda: is_done(run), "the sweep is done")
    assert_exactly_once(run)
