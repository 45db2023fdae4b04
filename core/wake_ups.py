"""Telling workers that rows wait. The rows are the truth and messages only wake-ups: beat asks again for whatever waits."""

from __future__ import annotations

from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)


def wake(task: str, *, expires: int | None = None, **arguments: Any) -> None:
    """Send the task of this name to a worker. A broker that is away costs only seconds, and never what called.

    `expires` in seconds keeps a queue without workers from filling up with messages that are all the same.
    """
    try:
        current_app.send_task(task, kwargs=arguments or None, retry=False, expires=expires)
    except Exception as error:  # the rows are safe
        log.warning("wake_up_failed", task=task, error=type(error).__name__)


def wake_after_commit(task: str, *, expires: int | None = None) -> None:
    """`wake` once the present transaction holds: before that a worker would find nothing."""
    transaction.on_commit(partial(wake, task, expires=expires), robust=True)
