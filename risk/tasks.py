"""Background work of risk. Messages are wake-ups: the rows say what is to be done."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from core.business_date import get_business_date
from risk.services import bureau, fraud_trials, policy_runs, training_runs


@shared_task(name=bureau.TASK, ignore_result=True)
def fetch_bureau_reports() -> int:
    """Ask the bureau for the reports that are due; woken by each order and by beat."""
    return bureau.fetch_due(business_date=get_business_date(), today=timezone.localdate())


@shared_task(name=policy_runs.TASK, ignore_result=True)
def work_policy_runs() -> int:
    """Hold past applications against the policies that are tried; woken by each order and by beat."""
    return policy_runs.work_runs()


@shared_task(name=fraud_trials.TASK, ignore_result=True)
def work_fraud_trials() -> int:
    """Hold the open files against the fraud rules that are tried; woken by each order and by beat."""
    return fraud_trials.work_trials()


@shared_task(name=training_runs.TASK, ignore_result=True)
def train_scorecards() -> int:
    """Train the scorecards that were ordered; woken by each order and by beat."""
    return training_runs.train_waiting()
