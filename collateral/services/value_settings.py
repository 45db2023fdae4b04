"""Changing the revaluation calendar and the curves: proposed by one person, put in force by another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from collateral.domain.revaluation import UnfitSettings, as_document, from_document
from collateral.models import ValueSettings
from collateral.selectors.value_settings import settings_in_force
from collateral.services.cover_runs import measures_otherwise, start_cover_run
from collateral.services.file_intake import known_currencies
from core.business_date import get_bank
from core.models import User
from core.settings_versions import UnableToChangeSettings, decide_version, propose_version

KIND = "collateral.value_settings"


def propose_value_settings(*, document: dict[str, Any], reason: str, actor: User, path: str = "") -> ValueSettings:
    """Ask for other settings. Raises UnableToChangeSettings: `unfit`, and what `propose_version` raises."""
    try:
        settings = from_document(document)
    except UnfitSettings as fault:
        raise UnableToChangeSettings("unfit", reason=str(fault)) from fault
    if refused := unfit_currency(settings.two_from_in):
        raise UnableToChangeSettings("unfit", reason=refused)
    kept = as_document(settings)
    return propose_version(ValueSettings, kind=KIND, document=kept, reason=reason, actor=actor, path=path)


def unfit_currency(codes: Iterable[str]) -> str:
    """Why one of these currencies takes no threshold of its own; empty where all of them do."""
    own, known = get_bank().currency, known_currencies()
    for code in sorted(codes):
        if code not in known:
            return f"{code} is no currency of ISO 4217."
        if code == own:
            return f"{code} is the bank's own currency, for which the amount above holds."
    return ""


@transaction.atomic
def decide_value_settings(*, proposed: ValueSettings, confirm: bool, reason: str, actor: User) -> ValueSettings:
    """Put the proposed settings in force or refuse them, as `decide_version` does. Where covers come out otherwise by them, all are
    measured anew in the background.
    """
    before = settings_in_force()
    decided = decide_version(proposed, kind=KIND, action="value_settings.activated", confirm=confirm, reason=reason, actor=actor)
    if decided.state == ValueSettings.State.ACTIVE and measures_otherwise(before, settings_in_force()):
        start_cover_run(decided)
    return decided
