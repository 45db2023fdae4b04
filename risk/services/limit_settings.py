"""Changing who may decide how much, the risk appetite, or what is marked as a sign of fraud: proposed by one risk manager, put in force by another."""

from __future__ import annotations

from typing import Any

from core.models import User
from core.settings_versions import UnableToChangeSettings, decide_version, propose_version
from risk.domain import authority, fraud_settings, limits
from risk.models import LimitSettings

KIND = "risk.limit_settings"
FORMS: dict[str, Any] = {
    LimitSettings.Kind.AUTHORITY: authority,
    LimitSettings.Kind.APPETITE: limits,
    LimitSettings.Kind.FRAUD: fraud_settings,
}
"""The rules that read and write the documents of each kind, and hold its defaults."""


def propose_limits(*, kind: str, document: dict[str, Any], reason: str, actor: User, path: str = "") -> LimitSettings:
    """Ask for another matrix, appetite or other fraud rules. Raises UnableToChangeSettings: `unfit`, `unchanged`, and what `propose_version` raises."""
    kept = read_document(kind, document)
    active = LimitSettings.objects.filter(kind=kind, state=LimitSettings.State.ACTIVE).first()
    if kept == (read_document(kind, active.document) if active else defaults_of(kind)):
        raise UnableToChangeSettings("unchanged")
    return propose_version(LimitSettings, kind=KIND, document=kept, reason=reason, actor=actor, path=path, within={"kind": kind})


def decide_limits(*, proposed: LimitSettings, confirm: bool, reason: str, actor: User) -> LimitSettings:
    """Put the proposed settings in force or refuse them, as `decide_version` does."""
    action = "limit_settings.activated"
    return decide_version(proposed, kind=KIND, action=action, confirm=confirm, reason=reason, actor=actor, within=("kind",))


def read_document(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document in its one form. Raises UnableToChangeSettings `unfit` with the reason."""
    form = FORMS[kind]
    try:
        kept: dict[str, Any] = form.as_document(form.from_document(document))
    except (authority.UnfitAuthority, limits.UnfitAppetite, fraud_settings.UnfitFraudRules) as fault:
        raise UnableToChangeSettings("unfit", reason=str(fault)) from fault
    return kept


def defaults_of(kind: str) -> dict[str, Any]:
    """What holds before the first version."""
    form = FORMS[kind]
    kept: dict[str, Any] = form.as_document(form.DEFAULTS)
    return kept
