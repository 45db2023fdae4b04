"""How this room is put into service. It stands below all that happens and hears of nothing."""

from __future__ import annotations

from django.apps import AppConfig


class BlacklistConfig(AppConfig):
    name = "blacklist"
    default_auto_field = "django.db.models.BigAutoField"
