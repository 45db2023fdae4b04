"""The close of day: one run per business date, cut into shards, each done once in effect whatever is killed or sent twice.

The rows are the truth and Celery the transport: a message only says "drain run X". A worker claims a shard with FOR UPDATE
SKIP LOCKED, does every step and marks it done in one transaction. Attempts are counted in a transaction of their own, so
that a shard that kills its worker is still counted. When no shard is left, the day turns.
"""

from __future__ import annotations

from datetime import date, timedelta

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core import audit
from core.business_date import lock_bank
from core.errors import DomainError
from core.events import publish
from core.models import BankState, User
from core.roles import Role
from loans.models import Loan
from monitoring.domain.shards import MAX_ATTEMPTS, SHARD_LOANS, halves
from monitoring.events import DayClosed
from monitoring.models import SetAside, SweepChunk, SweepRun
from monitoring.services.set_aside import resolve_what_went_through
from monitoring.services.steps import carry_out_steps
from monitoring.services.turn_of_day import carry_out_turn

log = structlog.get_logger(__name__)


class UnableToCloseDay(DomainError):
    """The day cannot be closed now."""

    title = "The day was not closed"
    messages = {
        "already_running": "The day {business_date} is being closed already.",
        "failed": "Closing {business_date} has failed. See why on its page, and try again there.",
        "already_closed": "The day {business_date} is closed; the bank is on {current}.",
        "not_entitled": "Only risk managers close a day by hand.",
        "bank_not_open": "The bank is not open yet.",
        "not_failed": "The close of {business_date} has not failed.",
    }


@transaction.atomic
def start_run(*, actor: User | None, actor_name: str = "", business_date: date | None = None) -> SweepRun:
    """Begin closing the current business day (or check that it is `business_date`), and cut the book into shards.

    Raises UnableToCloseDay: `already_running`, `failed`, `already_closed`, `not_entitled`, `bank_not_open`.
    """
    if actor is not None and not actor.has_role(Role.RISK_MANAGER):
        raise UnableToCloseDay("not_entitled")
    try:
        bank = lock_bank()
    except BankState.DoesNotExist as error:
        raise UnableToCloseDay("bank_not_open") from error
    if business_date is not None and business_date != bank.business_date:
        raise UnableToCloseDay("already_closed", business_date=business_date, current=bank.business_date)
    name = actor_name or (actor.full_name if actor else "schedule")
    try:
        with transaction.atomic():
            run = SweepRun.objects.create(
                business_date=bank.business_date,
                next_date=bank.business_date + timedelta(days=1),
                started_by=actor,
                started_by_name=name[:60],
            )
    except IntegrityError as error:
        stands = SweepRun.objects.filter(business_date=bank.business_date, state=SweepRun.State.FAILED).exists()
        raise UnableToCloseDay("failed" if stands else "already_running", business_date=bank.business_date) from error
    SweepChunk.objects.bulk_create(
        [
            SweepChunk(run=run, number=number, first_loan_id=first, last_loan_id=last)
            for number, (first, last) in enumerate(_ranges(), start=1)
        ]
    )
    audit.record("day.close_started", actor=actor, actor_name=name, target=run, label=str(run.business_date))
    return run


def _ranges() -> list[tuple[int, int]]:
    """Id ranges of about SHARD_LOANS loans each, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT min(id), max(id)
            FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS shard FROM {Loan._meta.db_table}) numbered
            GROUP BY shard ORDER BY shard
            """,
            [SHARD_LOANS],
        )
        return [(first, last) for first, last in cursor.fetchall()]


def drain(run_id: int) -> SweepRun:
    """Work off a run's shards until none is ready, then turn the day. Any number of workers may do this at once."""
    while True:
        chunk = _begin_attempt(run_id)
        if chunk is None:
            break
        _carry_out(chunk)
    try:
        finish_if_drained(run_id)
    except Exception as error:  # a run that says nothing would be sent to the workers for ever
        log.exception("day_not_turned", run=run_id)
        _after_failed_turn(run_id, f"{type(error).__name__}: {error}")
    return SweepRun.objects.get(pk=run_id)


@transaction.atomic
def _begin_attempt(run_id: int) -> SweepChunk | None:
    """Choose a ready shard that nobody works on and count the attempt, committed on its own."""
    chunk = (
        SweepChunk.objects.select_for_update(skip_locked=True)
        .filter(run_id=run_id, run__state=SweepRun.State.RUNNING, state=SweepChunk.State.READY)
        .order_by("number")
        .first()
    )
    if chunk is None:
        return None
    chunk.attempts += 1
    chunk.started_at = timezone.now()
    chunk.save(update_fields=["attempts", "started_at"])
    return chunk


def _carry_out(chunk: SweepChunk) -> None:
    try:
        with transaction.atomic():
            claimed = (
                SweepChunk.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("run")
                .filter(pk=chunk.pk, state=SweepChunk.State.READY)
                .first()
            )
            if claimed is None:
                return
            touched = _run_steps(claimed)
            claimed.state = SweepChunk.State.DONE
            claimed.loans = touched
            claimed.error = ""
            claimed.finished_at = timezone.now()
            claimed.save(update_fields=["state", "loans", "error", "finished_at"])
    except Exception as error:  # whatever one loan does to the SQL, the rest of the book goes on
        log.exception("sweep_chunk_failed", run=chunk.run_id, chunk=chunk.number, attempt=chunk.attempts)
        _after_failure(chunk, f"{type(error).__name__}: {error}")


def _run_steps(chunk: SweepChunk) -> int:
    first, last = chunk.first_loan_id, chunk.last_loan_id
    carry_out_steps(business_date=chunk.run.business_date, first_loan_id=first, last_loan_id=last)
    return Loan.objects.filter(id__gte=first, id__lte=last).count()


@transaction.atomic
def _after_failure(chunk: SweepChunk, error: str) -> None:
    """Keep the reason; after enough attempts halve the shard, or set its only loan aside."""
    locked = SweepChunk.objects.select_for_update().get(pk=chunk.pk)
    if locked.state != SweepChunk.State.READY:
        return
    locked.error = error[:2000]
    if locked.attempts >= MAX_ATTEMPTS:
        if locked.first_loan_id == locked.last_loan_id:
            locked.state = SweepChunk.State.SET_ASIDE
            locked.finished_at = timezone.now()
            if Loan.objects.filter(pk=locked.first_loan_id).exists():
                SetAside.objects.get_or_create(run_id=locked.run_id, loan_id=locked.first_loan_id, defaults={"reason": error[:2000]})
        else:
            _split(locked)
    locked.save(update_fields=["state", "error", "finished_at"])


def _split(chunk: SweepChunk) -> None:
    chunk.state = SweepChunk.State.SPLIT
    chunk.finished_at = timezone.now()
    # Numbers rise under the run's lock; a half needs one failure only to be halved again.
    run = SweepRun.objects.select_for_update().get(pk=chunk.run_id)
    number = run.chunks.order_by("-number").values_list("number", flat=True)[0]
    SweepChunk.objects.bulk_create(
        [
            SweepChunk(run=run, number=number + offset, first_loan_id=first, last_loan_id=last, attempts=MAX_ATTEMPTS - 1)
            for offset, (first, last) in enumerate(halves(chunk.first_loan_id, chunk.last_loan_id), start=1)
        ]
    )


@transaction.atomic
def finish_if_drained(run_id: int) -> bool:
    """Turn the day when no shard is ready or being worked on. Exactly one caller does it; the others find it done."""
    run = SweepRun.objects.select_for_update().get(pk=run_id)
    if run.state != SweepRun.State.RUNNING or run.chunks.filter(state=SweepChunk.State.READY).exists():
        return False
    bank = lock_bank()
    if bank.business_date != run.business_date:
        raise UnableToCloseDay("already_closed", business_date=run.business_date, current=bank.business_date)
    run.totals = carry_out_turn(business_date=run.business_date, next_date=run.next_date)
    run.state = SweepRun.State.DONE
    run.finished_at = timezone.now()
    run.error = ""
    run.loans = sum(run.chunks.filter(state=SweepChunk.State.DONE).values_list("loans", flat=True))
    run.save(update_fields=["state", "finished_at", "loans", "totals", "error"])
    resolve_what_went_through(run)
    bank.business_date = run.next_date
    bank.swept_date = run.business_date
    bank.swept_at = run.finished_at
    bank.sweep_failed = run.set_aside.exists()
    bank.save(update_fields=["business_date", "swept_date", "swept_at", "sweep_failed"])
    audit.record(
        "day.closed",
        actor=run.started_by,
        actor_name=run.started_by_name,
        target=run,
        label=str(run.business_date),
        business_date=run.business_date,
    )
    publish(DayClosed(business_date=run.business_date.isoformat(), next_date=run.next_date.isoformat()))
    return True


@transaction.atomic
def _after_failed_turn(run_id: int, error: str) -> None:
    """Keep the reason; after enough attempts the run has failed, and waits for a person."""
    run = SweepRun.objects.select_for_update().get(pk=run_id)
    if run.state != SweepRun.State.RUNNING:
        return
    run.turn_attempts += 1
    run.error = error[:2000]
    if run.turn_attempts >= MAX_ATTEMPTS:
        run.state = SweepRun.State.FAILED
        run.finished_at = timezone.now()
        BankState.objects.filter(id=1).update(sweep_failed=True)
        reason = error.splitlines()[0][:200]
        audit.record("day.close_failed", actor=None, actor_name="sweep", target=run, label=str(run.business_date), reason=reason)
    run.save(update_fields=["turn_attempts", "error", "state", "finished_at"])


@transaction.atomic
def run_again(*, run: SweepRun, actor: User | None, actor_name: str = "") -> SweepRun:
    """Let a failed run go on where it stands; shards that are done stay done. The caller drains it or sends it to the workers.

    Raises UnableToCloseDay: `not_entitled`, `not_failed`.
    """
    if actor is not None and not actor.has_role(Role.RISK_MANAGER):
        raise UnableToCloseDay("not_entitled")
    locked = SweepRun.objects.select_for_update().get(pk=run.pk)
    if locked.state != SweepRun.State.FAILED:
        raise UnableToCloseDay("not_failed", business_date=locked.business_date)
    locked.state = SweepRun.State.RUNNING
    locked.turn_attempts = 0
    locked.finished_at = None
    locked.save(update_fields=["state", "turn_attempts", "finished_at"])
    audit.record("day.close_resumed", actor=actor, actor_name=actor_name, target=locked, label=str(locked.business_date))
    return locked


def close_day(*, actor: User | None, actor_name: str = "") -> SweepRun:
    """Close the current day in this process: resume the run of the day if one was interrupted or failed, else begin it.

    Raises UnableToCloseDay.
    """
    run = SweepRun.objects.exclude(state=SweepRun.State.DONE).order_by("business_date").first()
    if run is None:
        run = start_run(actor=actor, actor_name=actor_name)
    elif run.state == SweepRun.State.FAILED:
        run = run_again(run=run, actor=actor, actor_name=actor_name)
    return drain(run.pk)
