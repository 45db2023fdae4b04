"""The house itself as an app: its management commands, and the job queue that every process uses."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class HouseConfig(AppConfig):
    """Makes the Celery app the current one, so that tasks sent by pages and commands reach the broker."""

    name = "config"

    def ready(self) -> None:
        import_module("config.celery")
