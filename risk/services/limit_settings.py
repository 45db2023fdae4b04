"""Changing who may decide how much, or the risk appetite: proposed by one risk manager, put in force by another."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from core import audit, four_eyes
from core.errors import DomainError
from core.models import User
from core.roles import Role
from risk.domain import authority, limits
from risk.models import LimitSettings

KIND = "risk.limit_settings"


class UnableToChangeLimits(DomainError):
    """The settings stay as they are."""

    title = "The settings were not changed"
    messages = {
        "not_entitled": "Only risk managers change who may decide how much, and the risk appetite.",
        "unfit": "{reason}",
        "reason_missing": "Say why; the reason goes into the audit trail.",
        "unchanged": "Nothing differs from what is in force.",
        "already_open": "A change is already proposed and waits for a second person.",
        "no_proposal": "No change is proposed.",
    }


@transaction.atomic
def propose_limits(*, kind: str, document: dict[str, Any], reason: str, actor: User, path: str = "") -> LimitSettings:
    """Ask for another matrix or appetite.

    Raises UnableToChangeLimits: `not_entitled`, `unfit`, `reason_missing`, `unchanged`, `already_open`.
    """
    if not actor.has_role(Role.RISK_MANAGER):
        raise UnableToChangeLimits("not_entitled")
    kept = read_document(kind, document)
    if not reason.strip():
        raise UnableToChangeLimits("reason_missing")
    rows = LimitSettings.objects.filter(kind=kind)
    active = rows.filter(state=LimitSettings.State.ACTIVE).first()
    if kept == (active.document if active else defaults_of(kind)):
        raise UnableToChangeLimits("unchanged")
    number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            proposed = LimitSettings.objects.create(kind=kind, number=number, document=kept, reason=reason.strip(), proposed_by=actor)
    except IntegrityError as error:
        raise UnableToChangeLimits("already_open") from error
    four_eyes.propose(
        kind=KIND, target=proposed, title=f"Put {proposed} in force", roles=(Role.RISK_MANAGER,), actor=actor, content=kept, path=path
    )
    return proposed


@transaction.atomic
def decide_limits(*, proposed: LimitSettings, confirm: bool, reason: str, actor: User) -> LimitSettings:
    """Put the proposed settings in force or refuse them. Raises UnableToChangeLimits `no_proposal`; core's UnableToConfirm."""
    proposal = four_eyes.open_proposal(kind=KIND, target=proposed)
    if proposal is None:
        raise UnableToChangeLimits("no_proposal")
    State = LimitSettings.State
    if not confirm:
        four_eyes.reject(proposal, actor=actor, reason=reason.strip())
        proposed.state = State.REJECTED
        proposed.save(update_fields=["state"])
        return proposed
    four_eyes.confirm(proposal, actor=actor, content=proposed.document, reason=reason.strip())
    LimitSettings.objects.filter(kind=proposed.kind, state=State.ACTIVE).update(state=State.RETIRED)
    proposed.state, proposed.confirmed_by, proposed.confirmed_at = State.ACTIVE, actor, timezone.now()
    proposed.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    audit.record("limit_settings.activated", actor=actor, target=proposed, label=str(proposed), reason=reason)
    return proposed


def read_document(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document in its one form. Raises UnableToChangeLimits `unfit` with the reason."""
    try:
        if kind == LimitSettings.Kind.AUTHORITY:
            return authority.as_document(authority.from_document(document))
        return limits.as_document(limits.from_document(document))
    except (authority.UnfitAuthority, limits.UnfitAppetite) as fault:
        raise UnableToChangeLimits("unfit", reason=str(fault)) from fault


def defaults_of(kind: str) -> dict[str, Any]:
    """What holds before the first version."""
    if kind == LimitSettings.Kind.AUTHORITY:
        return authority.as_document(authority.DEFAULTS)
    return limits.as_document(limits.DEFAULTS)
