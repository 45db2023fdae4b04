"""Long work that a person asked for, done in batches by the workers: the run's row is the truth, and messages are only wake-ups.

A run counts its batches that failed in a row in `attempts`; its states are WAITING, RUNNING, DONE and FAILED.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.db.models import F, QuerySet
from django.utils import timezone

log = structlog.get_logger(__name__)

MOST_FAILURES = 3
BUSY = ("WAITING", "RUNNING")


def work_in_batches(runs: QuerySet[Any], work_batch: Callable[[UUID], int]) -> int:
    """Work off every run that is not done, oldest first. Several workers at once take different runs.

    `work_batch` holds the row of a run in each of its transactions and returns how much of it was settled: 0 when it is done or somebody
    else works on it. Three failures in a row end a run, with what stopped it in its `note`. Returns the sum.
    """
    settled = 0
    waiting = runs.filter(state__in=BUSY)
    for key in list(waiting.order_by("id").values_list("pk", flat=True)):
        try:
            while done := work_batch(key):
                settled += done
        except Exception as error:  # one bad batch must not stop the other runs
            log.exception("batch_failed", table=runs.model._meta.db_table, run=str(key))
            row = waiting.filter(pk=key)
            row.update(attempts=F("attempts") + 1)
            ended = {"state": "FAILED", "finished_at": timezone.now(), "note": f"Stopped by {type(error).__name__}."}
            row.filter(attempts__gte=MOST_FAILURES).update(**ended)
    return settled
