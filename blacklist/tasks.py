"""Background work of the blacklist. Messages are wake-ups: the rows say what is to be done."""

from __future__ import annotations

from celery import shared_task

from blacklist.services import batch_entering, watch_list_uploads
from core.business_date import get_business_date


@shared_task(name=watch_list_uploads.TASK, ignore_result=True)
def read_watch_lists() -> int:
    """Read the files of watch lists that wait; woken by each upload and by beat."""
    return watch_list_uploads.read_waiting()


@shared_task(name=batch_entering.TASK, ignore_result=True)
def enter_batches() -> int:
    """Put confirmed files of entries into force; woken by each confirmation and by beat."""
    return batch_entering.enter_waiting(business_date=get_business_date())
