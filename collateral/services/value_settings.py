"""Changing the revaluation calendar and the curves: proposed by one person, put in force by another."""

from __future__ import annotations

from typing import Any

from collateral.domain.revaluation import UnfitSettings, as_document, from_document
from collateral.models import ValueSettings
from core.models import User
from core.settings_versions import UnableToChangeSettings, decide_version, propose_version

KIND = "collateral.value_settings"


def propose_value_settings(*, document: dict[str, Any], reason: str, actor: User, path: str = "") -> ValueSettings:
    """Ask for other settings. Raises UnableToChangeSettings: `unfit`, and what `propose_version` raises."""
    try:
        kept = as_document(from_document(document))
    except UnfitSettings as fault:
        raise UnableToChangeSettings("unfit", reason=str(fault)) from fault
    return propose_version(ValueSettings, kind=KIND, document=kept, reason=reason, actor=actor, path=path)


def decide_value_settings(*, proposed: ValueSettings, confirm: bool, reason: str, actor: User) -> ValueSettings:
    """Put the proposed settings in force or refuse them, as `decide_version` does."""
    return decide_version(proposed, kind=KIND, action="value_settings.activated", confirm=confirm, reason=reason, actor=actor)
