"""Which versions of the authority matrix, the risk appetite and the fraud rules are in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core import access
from core.four_eyes import fingerprint
from core.models import User
from risk.domain import authority, fraud_settings, limits
from risk.models import LimitSettings

Kind, State = LimitSettings.Kind, LimitSettings.State


@dataclass(frozen=True)
class AuthorityInForce:
    """The matrix that holds, and which version of it; without one the defaults. `kept` names it in a decision."""

    authority: authority.Authority
    version: str
    kept: Mapping[str, Any]


@dataclass(frozen=True)
class AppetiteInForce:
    """The same of the appetite."""

    settings: limits.AppetiteSettings
    version: str
    kept: Mapping[str, Any]


@dataclass(frozen=True)
class FraudRulesInForce:
    """The same of the fraud rules."""

    thresholds: fraud_settings.Thresholds
    version: str
    kept: Mapping[str, Any]


def authority_in_force() -> AuthorityInForce:
    """The matrix by which decisions are taken now: one query."""
    found = LimitSettings.objects.filter(kind=Kind.AUTHORITY, state=State.ACTIVE).first()
    if found is None:
        return AuthorityInForce(authority.DEFAULTS, "authority matrix by default", _by_default(authority.as_document(authority.DEFAULTS)))
    return AuthorityInForce(authority.from_document(found.document), str(found), _numbered(found))


def appetite_held() -> AppetiteInForce:
    """The appetite that holds now, with its version: one query."""
    return appetite_from(LimitSettings.objects.filter(kind=Kind.APPETITE, state=State.ACTIVE).first())


def appetite_from(found: LimitSettings | None) -> AppetiteInForce:
    """The appetite of a version; without one the default. No query."""
    if found is None:
        return AppetiteInForce(limits.DEFAULTS, "risk appetite by default", _by_default(limits.as_document(limits.DEFAULTS)))
    return AppetiteInForce(limits.from_document(found.document), str(found), _numbered(found))


def appetite_in_force() -> limits.AppetiteSettings:
    """The appetite that holds now: one query."""
    return appetite_held().settings


def fraud_rules_held() -> FraudRulesInForce:
    """What is marked as a sign of fraud now: one query."""
    found = LimitSettings.objects.filter(kind=Kind.FRAUD, state=State.ACTIVE).first()
    if found is None:
        kept = _by_default(fraud_settings.as_document(fraud_settings.DEFAULTS))
        return FraudRulesInForce(fraud_settings.DEFAULTS, "fraud rules by default", kept)
    return FraudRulesInForce(fraud_settings.from_document(found.document), str(found), _numbered(found))


def _by_default(document: dict[str, Any]) -> dict[str, Any]:
    """The defaults are kept as they were: another release of the house may have others."""
    return {"number": None, "document": document, "hash": fingerprint(document)}


def _numbered(version: LimitSettings) -> dict[str, Any]:
    return {"number": version.number, "hash": fingerprint(version.document)}


def kept_document(kind: str, kept: Mapping[str, Any]) -> dict[str, Any] | None:
    """The settings that a decision names, as they stand now; None where the version is gone. One query at most."""
    if kept["number"] is None:
        return dict(kept["document"])
    return LimitSettings.objects.filter(kind=kind, number=kept["number"]).values_list("document", flat=True).first()


def list_versions(kind: str) -> QuerySet[LimitSettings]:
    """The versions of one kind, newest first."""
    return LimitSettings.objects.filter(kind=kind).select_related("proposed_by", "confirmed_by")


def access_version(user: User, pk: object) -> LimitSettings:
    """One version; the settings are the whole bank's, so everybody who may open the page sees each."""
    return access.one(LimitSettings.objects.select_related("proposed_by"), pk=pk)
