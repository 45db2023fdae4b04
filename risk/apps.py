"""How this room is put into service."""

from __future__ import annotations

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """Registers the room's event handlers when the house starts."""

    name = "risk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from risk import handlers

        handlers.register()
