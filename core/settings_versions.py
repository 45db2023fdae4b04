"""Settings that hold from version to version: one person proposes a document, another puts it in force, and what held before is kept.

The room that owns the settings keeps the table (`SettingsVersion` made concrete), reads and checks the document, and words its refusals.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.utils import timezone

from core import audit, four_eyes
from core.errors import DomainError
from core.models import User
from core.roles import Role
from core.uuids import uuid7


class SettingsVersion(models.Model):
    """One version. The concrete table holds that one is in force and one proposed at most, and that two people put it in force."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        ACTIVE = "ACTIVE", "In force"
        RETIRED = "RETIRED", "Replaced"
        REJECTED = "REJECTED", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7)
    number = models.PositiveIntegerField()
    document = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    reason = models.TextField()
    proposed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class UnableToChangeSettings(DomainError):
    """The settings stay as they are. Rooms add what is wrong with a document of theirs."""

    title = "The settings were not changed"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Only risk managers change these settings.",
        "unfit": "{reason}",
        "reason_missing": "Say why; the reason goes into the audit trail.",
        "unchanged": "Nothing differs from what is in force.",
        "already_open": "A change is already proposed and waits for a second person.",
        "no_proposal": "No change is proposed any more: somebody decided it or took it back.",
    }


V = TypeVar("V", bound=SettingsVersion)
CHANGERS = (Role.RISK_MANAGER,)


@transaction.atomic
def propose_version(
    model: type[V], *, kind: str, document: dict[str, Any], reason: str, actor: User, path: str, within: dict[str, Any] | None = None
) -> V:
    """Ask for another document, already in its one form. `kind` is that of the proposal; `within` says which versions are counted together.

    Raises UnableToChangeSettings: `not_entitled`, `reason_missing`, `already_open`.
    """
    if not actor.has_role(*CHANGERS):
        raise UnableToChangeSettings("not_entitled")
    if not reason.strip():
        raise UnableToChangeSettings("reason_missing")
    same = within or {}
    number = (model._default_manager.filter(**same).aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            proposed = model._default_manager.create(number=number, document=document, reason=reason.strip(), proposed_by=actor, **same)
    except IntegrityError as error:
        raise UnableToChangeSettings("already_open") from error
    four_eyes.propose(
        kind=kind, target=proposed, title=f"Put {proposed} in force", roles=CHANGERS, actor=actor, content=document, path=path
    )
    return proposed


@transaction.atomic
def decide_version(proposed: V, *, kind: str, action: str, confirm: bool, reason: str, actor: User, within: Iterable[str] = ()) -> V:
    """Put a proposed version in force, in place of the one before, or refuse it. `action` is what the audit trail calls it.

    Raises UnableToChangeSettings `no_proposal`; core's UnableToConfirm.
    """
    proposal = four_eyes.open_proposal(kind=kind, target=proposed)
    if proposal is None:
        raise UnableToChangeSettings("no_proposal")
    State = SettingsVersion.State
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        proposed.state = State.REJECTED
        proposed.save(update_fields=["state"])
        return proposed
    four_eyes.confirm(proposal, actor=actor, content=proposed.document, reason=reason.strip())
    same = {name: getattr(proposed, name) for name in within}
    type(proposed)._default_manager.filter(state=State.ACTIVE, **same).update(state=State.RETIRED)
    proposed.state, proposed.confirmed_by, proposed.confirmed_at = State.ACTIVE, actor, timezone.now()
    proposed.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    audit.record(action, actor=actor, target=proposed, label=str(proposed), reason=reason)
    return proposed
