"""Background work of loans. Messages are wake-ups: the rows say what is to be done."""

from __future__ import annotations

from celery import shared_task

from blacklist.models import ScreeningRun
from loans.services import payment_files, statement_imports, webhook_delivery, webhooks
from loans.services.book_screening import drain_screening, send_screening


@shared_task(name="loans.drain_screening", ignore_result=True)
def drain_screening_run(*, run_id: str) -> None:
    """Work off a rescreening of the book."""
    drain_screening(run_id)


@shared_task(name="loans.pump_screenings", ignore_result=True)
def pump_screenings() -> int:
    """Send runs that are not finished to a worker again, so that a lost message only costs seconds."""
    pending = list(ScreeningRun.objects.filter(state=ScreeningRun.State.RUNNING).values_list("pk", flat=True))
    for run_id in pending:
        send_screening(str(run_id))
    return len(pending)


@shared_task(name=statement_imports.TASK, ignore_result=True)
def read_statements() -> int:
    """Read the statements that wait; woken by each upload and by beat."""
    return statement_imports.read_waiting()


@shared_task(name=payment_files.TASK, ignore_result=True)
def work_payment_files() -> int:
    """Read and book the files of payments that wait; woken by each step on their pages and by beat."""
    return payment_files.work_files()


@shared_task(name=webhooks.TASK, ignore_result=True)
def deliver_webhooks() -> int:
    """Send the messages to partners that are due; woken by each event and by beat."""
    return webhook_delivery.deliver_due()
