"""What a person sets for themselves; no audit, because it concerns nobody else."""

from __future__ import annotations

from django.db import transaction

from core.models import User

THEMES = ("", "light", "dark")


@transaction.atomic
def choose_theme(*, user: User, theme: str) -> None:
    """Keep the person's theme; an unknown word means the system's."""
    user.theme = theme if theme in THEMES else ""
    user.save(update_fields=["theme"])
