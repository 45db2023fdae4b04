"""The documents of authority matrix, risk appetite and fraud rules in their one form, each by the rules that read and write it."""

from __future__ import annotations

from typing import Any

from core.settings_versions import UnableToChangeSettings
from risk.domain import authority, fraud_settings, limits
from risk.models import LimitSettings

FORMS: dict[str, Any] = {
    LimitSettings.Kind.AUTHORITY: authority,
    LimitSettings.Kind.APPETITE: limits,
    LimitSettings.Kind.FRAUD: fraud_settings,
}
"""The rules that read and write the documents of each kind, and hold its defaults."""


def read_document(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document in its one form. Raises UnableToChangeSettings `unfit` with the reason."""
    form = FORMS[kind]
    try:
        kept: dict[str, Any] = form.as_document(form.from_document(document))
    except (authority.UnfitAuthority, limits.UnfitAppetite, fraud_settings.UnfitFraudRules) as fault:
        raise UnableToChangeSettings("unfit", reason=str(fault)) from fault
    return kept


def check_proposed(kind: str, document: dict[str, Any]) -> None:
    """Held to a new version beyond its form, which versions of before need not be. Raises UnableToChangeSettings `unfit`."""
    if kind != LimitSettings.Kind.AUTHORITY:
        return
    try:
        authority.check_titles(authority.from_document(document).rows)
    except authority.UnfitAuthority as fault:
        raise UnableToChangeSettings("unfit", reason=str(fault)) from fault


def defaults_of(kind: str) -> dict[str, Any]:
    """What holds before the first version."""
    form = FORMS[kind]
    kept: dict[str, Any] = form.as_document(form.DEFAULTS)
    return kept
