"""Measuring every cover anew when the settings of values changed: in ranges, by the workers, at once and not only at night."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from collateral.domain.revaluation import Settings
from collateral.models import Cover, CoverRun, ValueSettings
from collateral.services.counting import refresh_counted, refresh_waiting
from collateral.services.covers import refresh_covers
from core.batched_runs import work_in_batches
from core.business_date import get_business_date
from core.wake_ups import wake_after_commit

TASK = "collateral.measure_covers"
BATCH = 5_000
State = CoverRun.State
# The last loan of the next range, and how many with collateral it has.
_RANGE = """
SELECT max(loan_id), count(*) FROM (
  SELECT loan_id FROM collateral_cover WHERE loan_id > %(after)s ORDER BY loan_id LIMIT %(batch)s
) c
"""
_EVERY = 1 << 62


def measures_otherwise(before: Settings, now: Settings) -> bool:
    """Whether covers come out otherwise by other settings: what is taken off values, and what of an asset counts."""
    names = ("haircuts", "extra_haircuts", "quality", "ageing", "debtor_limit")
    return any(getattr(before, name) != getattr(now, name) for name in names)


@transaction.atomic
def start_cover_run(settings: ValueSettings) -> CoverRun:
    """Have every cover measured by settings that came in force, and wake a worker. A run under the settings before ends where it is."""
    busy = CoverRun.objects.select_for_update().filter(state__in=CoverRun.BUSY)
    busy.update(state=State.OVERTAKEN, finished_at=timezone.now())
    run = CoverRun.objects.create(settings=settings, total=Cover.objects.count(), business_date=get_business_date())
    wake_after_commit(TASK)
    return run


def work_runs() -> int:
    """Work off every run that is not done. Several workers at once take different runs. Returns how many loans were measured."""
    return work_in_batches(CoverRun.objects.all(), _work_batch)


@transaction.atomic
def _work_batch(key: UUID) -> int:
    """Measure the next loans of a run, by today's settings and values. Returns how many; 0 when it is done or somebody else works on it."""
    run = CoverRun.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=key, state__in=CoverRun.BUSY).first()
    if run is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_RANGE, {"after": run.after, "batch": BATCH})
        last, found = cursor.fetchone()
    today, is_last = get_business_date(), found < BATCH
    # Behind the last cover there may be a loan that nobody measured yet.
    loans = {"first_loan_id": run.after + 1, "last_loan_id": _EVERY if is_last else last}
    refresh_counted(business_date=today, **loans)
    refresh_covers(business_date=today, **loans)
    run.state, run.attempts, run.after, run.done = State.RUNNING, 0, last or run.after, run.done + found
    if is_last:
        # What secures no running loan yet stands in no range.
        refresh_waiting(business_date=today)
        run.state, run.finished_at, run.total = State.DONE, timezone.now(), run.done
    run.save(update_fields=["state", "attempts", "after", "done", "total", "finished_at"])
    return int(found)
