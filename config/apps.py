"""The house itself as an app: its management commands, and the job queue that every process uses."""

from __future__ import annotations

from django.apps import AppConfig


class HouseConfig(AppConfig):
    """Makes the Celery app the current one, so that tasks sent by pages and commands reach the broker."""

    name = "config"

    def ready(self) -> None:
        import config.celery  # noqa: F401 -- for what the import does
