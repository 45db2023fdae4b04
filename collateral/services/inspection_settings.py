"""Changing how often assets are seen: proposed by one person, put in force by another."""

from __future__ import annotations

from typing import Any

from collateral.domain.inspections import DEFAULT_RULES, UnfitRules, as_document, from_document
from collateral.models import InspectionSettings
from collateral.selectors.inspection_settings import inspection_rules_in_force
from core.models import User
from core.settings_versions import UnableToChangeSettings, decide_version, propose_version

KIND = "collateral.inspection_settings"


def inspection_defaults() -> dict[str, Any]:
    """The defaults of the code as a document, for whoever sets a bank up."""
    return as_document(DEFAULT_RULES)


def propose_inspection_settings(*, document: dict[str, Any], reason: str, actor: User, path: str = "") -> InspectionSettings:
    """Ask for other settings. Raises UnableToChangeSettings: `unfit`, `unchanged`, and what `propose_version` raises."""
    try:
        rules = from_document(document)
    except UnfitRules as fault:
        raise UnableToChangeSettings("unfit", reason=str(fault)) from fault
    if rules == inspection_rules_in_force():
        raise UnableToChangeSettings("unchanged")
    return propose_version(InspectionSettings, kind=KIND, document=as_document(rules), reason=reason, actor=actor, path=path)


def decide_inspection_settings(*, proposed: InspectionSettings, confirm: bool, reason: str, actor: User) -> InspectionSettings:
    """Put the proposed settings in force or refuse them, as `decide_version` does."""
    return decide_version(proposed, kind=KIND, action="inspection_settings.activated", confirm=confirm, reason=reason, actor=actor)
