"""Background work of monitoring. Messages are wake-ups: the rows say what is to be done."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.business_date import get_bank
from core.models import BankState
from monitoring.models import SweepRun
from monitoring.services import sweep

log = structlog.get_logger(__name__)

# The book is closed by the schedule only while it is this near to the calendar: a bank that stands on an old date (an import,
# a test run) is moved on by people.
MAX_CATCH_UP_DAYS = 31
SCHEDULE = "schedule"


@shared_task(name="monitoring.drain_run", ignore_result=True)
def drain_run(*, run_id: int) -> None:
    """Work off a run's shards. A day that the schedule closed calls the next one, so that missed days do not wait for beat."""
    run = sweep.drain(run_id)
    if run.state == SweepRun.State.DONE and run.started_by_name == SCHEDULE:
        close_day_when_due.apply_async(retry=False)


@shared_task(name="monitoring.pump_sweeps", ignore_result=True)
def pump_sweeps() -> int:
    """Send runs that are not finished to the workers again, so that a lost message only costs seconds."""
    pending = list(SweepRun.objects.filter(state=SweepRun.State.RUNNING).values_list("pk", flat=True))
    for run_id in pending:
        send(run_id)
    return len(pending)


@shared_task(name="monitoring.close_day_when_due", ignore_result=True)
def close_day_when_due() -> None:
    """Close the business day once the calendar has passed it; missed days follow in order."""
    try:
        day = get_bank().business_date
    except BankState.DoesNotExist:
        return
    behind = (timezone.now().date() - day).days
    if not 0 < behind <= MAX_CATCH_UP_DAYS:
        if behind > MAX_CATCH_UP_DAYS:
            log.warning("close_of_day_far_behind", business_date=str(day), days=behind)
        return
    try:
        run = sweep.start_run(actor=None, actor_name=SCHEDULE, business_date=day)
    except sweep.UnableToCloseDay:
        return
    send(run.pk)


def send(run_id: int) -> None:
    """Tell as many workers as there may be to drain a run."""
    for _ in range(settings.CREDENCE_SWEEP_MESSAGES):
        drain_run.apply_async(kwargs={"run_id": run_id}, retry=False)
