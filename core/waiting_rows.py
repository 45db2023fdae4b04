"""Rows that wait for a worker: tried one after another, each a limited number of times, by one worker at a time.

The rows are the truth and messages only wake-ups, so a killed worker loses nothing and a doubled message finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.db.models import F, QuerySet

from core.turns import turn

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3


def try_each(waiting: QuerySet[Any], work: Callable[[UUID], int], give_up: Callable[[UUID], int], **begun: Any) -> int:
    """Do `work` for each row of `waiting`, oldest first, and `give_up` one that had all its attempts; the rows count them in `attempts`.

    `begun` is written into a row as its attempt begins. What another worker is at is left to it. Returns the sum of what `work` and
    `give_up` return: how much was settled.
    """
    done = 0
    for key in list(waiting.order_by("id").values_list("pk", flat=True)):
        with turn(key) as mine:
            row = waiting.filter(pk=key)
            # Counted outside the work, so that a row that kills its worker is given up in the end.
            if not mine or not row.update(attempts=F("attempts") + 1, **begun):
                continue
            is_over = row.filter(attempts__gt=MAX_ATTEMPTS).exists()
            try:
                done += give_up(key) if is_over else work(key)
            except Exception:  # one bad row must not stop the others; it goes on waiting
                log.exception("waiting_row_failed", table=waiting.model._meta.db_table, row=str(key))
    return done
