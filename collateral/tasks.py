"""Background work of collateral. Messages are wake-ups: the rows say what is to be done."""

from __future__ import annotations

from celery import shared_task

from collateral.services import cover_runs, receivable_files


@shared_task(name=receivable_files.TASK, ignore_result=True)
def take_receivables() -> int:
    """Take in the files of receivables that persons have looked at; woken by each and by beat."""
    return receivable_files.take_waiting()


@shared_task(name=cover_runs.TASK, ignore_result=True)
def measure_covers() -> int:
    """Measure covers by settings of values that came in force; woken by that and by beat."""
    return cover_runs.work_runs()
