"""How this room is put into service."""

from __future__ import annotations

from django.apps import AppConfig


class LoansConfig(AppConfig):
    """Registers the room's event handlers when the house starts."""

    name = "loans"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from loans import handlers

        handlers.register()
