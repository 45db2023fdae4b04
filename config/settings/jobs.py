"""Celery: how messages are carried, so that a killed worker loses nothing and a slow task is not doubled."""

from __future__ import annotations

from typing import Any

import environ
from celery.schedules import crontab

env = environ.Env()
_REDIS_URL = env("REDIS_URL", default="")

# A command that runs with nothing else running has no broker: its messages would find no worker, and beat sends again what waits.
CELERY_BROKER_URL = _REDIS_URL or "memory://localhost"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
# Acknowledged after the work, and given back when a pool process dies: either alone loses the message of a killed worker.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Redis hands a message out again after the visibility timeout; a task that may run longer would be doubled.
VISIBILITY_TIMEOUT_SECONDS = 1800
CELERY_TASK_TIME_LIMIT = 1500
CELERY_TASK_SOFT_TIME_LIMIT = 1400
# Stopping: tasks get these seconds to end before they are given back.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 8.0
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {
        "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
        # By default abandoned messages are looked for every 100 seconds only.
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        # Sending from a page must not wait for a broker that is away: the outbox row is safe.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.2,
    }
    if _REDIS_URL
    else {}
)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
# `expires` keeps a queue without workers from filling up with wake-ups that are all the same.
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "sign of life": {"task": "core.beat_heartbeat", "schedule": 10.0, "options": {"expires": 30}},
    "deliver the outbox": {"task": "core.deliver_outbox", "schedule": 5.0, "options": {"expires": 30}},
    "send messages to partners": {"task": "loans.deliver_webhooks", "schedule": 15.0, "options": {"expires": 60}},
    "ask the bureau": {"task": "risk.fetch_bureau_reports", "schedule": 30.0, "options": {"expires": 60}},
    "try fraud rules on open files": {"task": "risk.work_fraud_trials", "schedule": 30.0, "options": {"expires": 60}},
    "try policies on past applications": {"task": "risk.work_policy_runs", "schedule": 30.0, "options": {"expires": 60}},
    "train ordered scorecards": {"task": "risk.train_scorecards", "schedule": 30.0, "options": {"expires": 60}},
    "read waiting statements": {"task": "loans.read_statements", "schedule": 15.0, "options": {"expires": 60}},
    "enter confirmed batches": {"task": "blacklist.enter_batches", "schedule": 15.0, "options": {"expires": 60}},
    "read waiting watch lists": {"task": "blacklist.read_watch_lists", "schedule": 15.0, "options": {"expires": 60}},
    "read and book files of payments": {"task": "loans.work_payment_files", "schedule": 15.0, "options": {"expires": 60}},
    "take in files of receivables": {"task": "collateral.take_receivables", "schedule": 15.0, "options": {"expires": 60}},
    "measure covers by new settings": {"task": "collateral.measure_covers", "schedule": 15.0, "options": {"expires": 60}},
    "send unfinished sweeps again": {"task": "monitoring.pump_sweeps", "schedule": 15.0, "options": {"expires": 60}},
    "send unfinished rescreenings again": {"task": "loans.pump_screenings", "schedule": 30.0, "options": {"expires": 60}},
    "close the business day": {
        "task": "monitoring.close_day_when_due",
        "schedule": crontab(minute="*/15", hour="0-5"),
        "options": {"expires": 600},
    },
    "forget old idempotency keys": {
        "task": "core.forget_idempotency_keys",
        "schedule": crontab(minute="20", hour="3"),
        "options": {"expires": 3600},
    },
}
# How many wake-ups a sweep run sends at a time; each worker that gets one takes shards until none is left.
CREDENCE_SWEEP_MESSAGES = env.int("CREDENCE_SWEEP_MESSAGES", default=4)
