"""Changing who may decide how much, the risk appetite, or what is marked as a sign of fraud:
proposed by one risk manager, put in force by another.
"""

from __future__ import annotations

from typing import Any, ClassVar

from core.models import User
from core.settings_versions import CHANGERS, UnableToChangeSettings, decide_version, propose_version
from risk.models import LimitSettings
from risk.services.fraud_trials import is_untried
from risk.services.limit_documents import check_proposed, defaults_of, read_document

KIND = "risk.limit_settings"


class UnableToProposeLimits(UnableToChangeSettings):
    """The settings are not proposed."""

    messages: ClassVar[dict[str, str]] = UnableToChangeSettings.messages | {
        "untried": "Try these rules on the open files first, beside those in force now: which signals would be raised otherwise is read before they hold.",
    }


def propose_limits(*, kind: str, document: dict[str, Any], reason: str, actor: User, path: str = "") -> LimitSettings:
    """Ask for another matrix, appetite or other fraud rules; these are held to a trial on the open files, whoever calls.

    Raises UnableToChangeSettings: `unfit`, `unchanged`, and what `propose_version` raises; UnableToProposeLimits `untried`.
    """
    kept = read_document(kind, document)
    check_proposed(kind, kept)
    active = LimitSettings.objects.filter(kind=kind, state=LimitSettings.State.ACTIVE).first()
    if kept == (read_document(kind, active.document) if active else defaults_of(kind)):
        raise UnableToChangeSettings("unchanged")
    if kind == LimitSettings.Kind.FRAUD and actor.has_role(*CHANGERS) and is_untried(kept):
        raise UnableToProposeLimits("untried")
    return propose_version(LimitSettings, kind=KIND, document=kept, reason=reason, actor=actor, path=path, within={"kind": kind})


def decide_limits(*, proposed: LimitSettings, confirm: bool, reason: str, actor: User) -> LimitSettings:
    """Put the proposed settings in force or refuse them, as `decide_version` does."""
    action = "limit_settings.activated"
    return decide_version(proposed, kind=KIND, action=action, confirm=confirm, reason=reason, actor=actor, within=("kind",))
