"""How this room is put into service."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """Registers the room's event handlers when the house starts."""

    name = "risk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        if find_spec("risk.handlers"):
            import_module("risk.handlers").register()
