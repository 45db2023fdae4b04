"""Background work of collateral. Messages are wake-ups: the rows say what is to be done."""

from __future__ import annotations

from celery import shared_task

from collateral.services import receivable_files


@shared_task(name=receivable_files.TASK, ignore_result=True)
def take_receivables() -> int:
    """Take in the files of receivables that persons have looked at; woken by each and by beat."""
    return receivable_files.take_waiting()
