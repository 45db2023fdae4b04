"""The job queue. Messages are only wake-ups: rows in the database say what is to be done."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

app = Celery("credence")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Workers log as the settings say; Celery would replace the handlers otherwise."""


@worker_ready.connect
def beat_at_once(**_: Any) -> None:
    """A worker that has just come shows its first sign of life through the broker, and does not wait for beat to ask."""
    app.send_task("core.beat_heartbeat", expires=30)
