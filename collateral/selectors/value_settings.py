"""Which version of the revaluation calendar and the curves is in force."""

from __future__ import annotations

from collateral.domain.revaluation import DEFAULTS, Settings, from_document, left_of
from collateral.models import ValueSettings

__all__ = ["left_of", "settings_in_force"]


def settings_in_force() -> Settings:
    """The settings that hold now: the version in force, or the defaults of the code."""
    version = ValueSettings.objects.filter(state=ValueSettings.State.ACTIVE).first()
    return from_document(version.document) if version else DEFAULTS
