"""Changing the revaluation calendar and the curves: proposed by one person, put in force by another."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from collateral.domain.revaluation import UnfitSettings, as_document, from_document
from collateral.models import ValueSettings
from core import audit, four_eyes
from core.errors import DomainError
from core.models import User
from core.roles import Role

KIND = "collateral.value_settings"


class UnableToChangeValueSettings(DomainError):
    """The settings stay as they are."""

    title = "The settings of values were not changed"
    messages = {
        "not_entitled": "Only risk managers change the revaluation calendar.",
        "unfit": "{reason}",
        "reason_missing": "Say why; the reason goes into the audit trail.",
        "already_open": "A change is already proposed and waits for a second person.",
        "no_proposal": "No change is proposed.",
    }


@transaction.atomic
def propose_value_settings(*, document: dict[str, Any], reason: str, actor: User, path: str = "") -> ValueSettings:
    """Ask for other settings. Raises UnableToChangeValueSettings: `not_entitled`, `unfit`, `reason_missing`, `already_open`."""
    if not actor.has_role(Role.RISK_MANAGER):
        raise UnableToChangeValueSettings("not_entitled")
    try:
        kept = as_document(from_document(document))
    except UnfitSettings as fault:
        raise UnableToChangeValueSettings("unfit", reason=str(fault)) from fault
    if not reason.strip():
        raise UnableToChangeValueSettings("reason_missing")
    number = (ValueSettings.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            proposed = ValueSettings.objects.create(number=number, document=kept, reason=reason.strip(), proposed_by=actor)
    except IntegrityError as error:
        raise UnableToChangeValueSettings("already_open") from error
    four_eyes.propose(
        kind=KIND, target=proposed, title=f"Put {proposed} in force", roles=(Role.RISK_MANAGER,), actor=actor, content=kept, path=path
    )
    return proposed


@transaction.atomic
def decide_value_settings(*, proposed: ValueSettings, confirm: bool, reason: str, actor: User) -> ValueSettings:
    """Put the proposed settings in force or refuse them. Raises UnableToChangeValueSettings `no_proposal`; core's UnableToConfirm."""
    proposal = four_eyes.open_proposal(kind=KIND, target=proposed)
    if proposal is None:
        raise UnableToChangeValueSettings("no_proposal")
    if not confirm:
        four_eyes.reject(proposal, actor=actor, reason=reason.strip())
        proposed.state = ValueSettings.State.REJECTED
        proposed.save(update_fields=["state"])
        return proposed
    four_eyes.confirm(proposal, actor=actor, content=proposed.document, reason=reason.strip())
    ValueSettings.objects.filter(state=ValueSettings.State.ACTIVE).update(state=ValueSettings.State.RETIRED)
    proposed.state, proposed.confirmed_by, proposed.confirmed_at = ValueSettings.State.ACTIVE, actor, timezone.now()
    proposed.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    audit.record("value_settings.activated", actor=actor, target=proposed, label=str(proposed), reason=reason)
    return proposed
