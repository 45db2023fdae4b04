"""Measuring every cover anew when the settings of values changed, and calling for what is lacking by them: in ranges, by the workers, at
once and not only at night.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from collateral.domain.revaluation import Settings
from collateral.models import Cover, CoverRun, ValueSettings
from collateral.services.counting import refresh_counted, refresh_waiting
from collateral.services.covers import refresh_covers
from collateral.services.margin_calls import watch_covers
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
# Behind every loan: where a run stands once the last range is through.
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


def _work_batch(key: UUID) -> int:
    """Measure the next loans of a run, by today's settings and values, with the margin calls that this makes or meets, and behind the last
    of them what secures no running loan yet. Returns how many loans; 0 when it is done or somebody else works on it.
    """
    found = _measure_range(key)
    if found < BATCH:
        _finish(key)
    return found


@transaction.atomic
def _measure_range(key: UUID) -> int:
    run = _lock(CoverRun.objects.filter(pk=key, after__lt=_EVERY))
    if run is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_RANGE, {"after": run.after, "batch": BATCH})
        last, found = cursor.fetchone()
    # Behind the last cover there may be a loan that nobody measured yet.
    today, until = get_business_date(), _EVERY if found < BATCH else last
    loans = {"first_loan_id": run.after + 1, "last_loan_id": until}
    refresh_counted(business_date=today, **loans)
    refresh_covers(business_date=today, **loans)
    watch_covers(business_date=today, late=False, **loans)
    run.state, run.attempts, run.after, run.done = State.RUNNING, 0, until, run.done + found
    run.save(update_fields=["state", "attempts", "after", "done"])
    return int(found)


@transaction.atomic
def _finish(key: UUID) -> None:
    """Count anew what stands in no range, once all ranges are through. In a transaction of its own: it locks assets, and whoever changes
    one locks it before the covers that rest on it.
    """
    run = _lock(CoverRun.objects.filter(pk=key, after=_EVERY))
    if run is None:
        return
    refresh_waiting(business_date=get_business_date())
    run.state, run.attempts, run.finished_at, run.total = State.DONE, 0, timezone.now(), run.done
    run.save(update_fields=["state", "attempts", "finished_at", "total"])


def _lock(runs: QuerySet[CoverRun]) -> CoverRun | None:
    """The one that is not done, unless somebody else works on it."""
    return runs.select_for_update(skip_locked=True, of=("self",)).filter(state__in=CoverRun.BUSY).first()
