"""How this room is put into service."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registers the room's event handlers, and what new connections to the database may see, when the house starts."""

    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("core.row_security").register()
        if find_spec("core.handlers"):
            import_module("core.handlers").register()
