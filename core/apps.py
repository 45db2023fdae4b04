"""How this room is put into service."""

from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Says what new connections to the database may see, when the house starts."""

    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core import row_security

        row_security.register()
