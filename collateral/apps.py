"""How this room is put into service."""

from __future__ import annotations

from django.apps import AppConfig


class CollateralConfig(AppConfig):
    """Registers the room's event handlers when the house starts."""

    name = "collateral"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from collateral import handlers

        handlers.register()
