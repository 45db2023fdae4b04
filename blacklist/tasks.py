"""Background work of the blacklist. Messages are wake-ups: the rows say what is to be done."""

from __future__ import annotations

from celery import shared_task

from blacklist.services import watch_list_uploads


@shared_task(name=watch_list_uploads.TASK, ignore_result=True)
def read_watch_lists() -> int:
    """Read the files of watch lists that wait; woken by each upload and by beat."""
    return watch_list_uploads.read_waiting()
