"""Four eyes: one mechanism. A proposal by one person takes effect when an entitled *other* person confirms it.

A service proposes with `propose(...)`; the confirming service calls `confirm(...)` in its own transaction and then does the
effect. Rejecting and voiding work the same way. Roles that may confirm are fixed when the proposal is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from core import audit
from core.business_date import get_business_date
from core.errors import DomainError, Fault
from core.models import Proposal, ProposalState, User
from core.roles import Role


class UnableToPropose(DomainError):
    """The proposal cannot be made."""

    title = "This cannot be proposed"
    messages = {"already_open": "The same thing is already proposed and waits for a second person."}


class UnableToConfirm(DomainError):
    """The second pair of eyes was refused."""

    title = "You cannot confirm this"
    messages = {
        "own_proposal": "You proposed this yourself. Another person has to confirm it.",
        "not_entitled": "Your roles do not allow you to confirm this.",
        "conflict_of_interest": "You worked on this file before. Somebody who did not has to confirm it.",
        "already_decided": "{name} was first: {state} at {at}.",
        "changed": "What was proposed has changed since. It has to be proposed again.",
        "reason_missing": "Write down why it is refused; who proposed it reads the reason.",
        "no_proposal": "There is no open proposal for this any more: it was decided or taken back.",
    }


class Asked(NamedTuple):
    """What a second pair of eyes is asked for: `content` is what will be done, `path` the page where it can be seen and confirmed. The
    branch is the target's without a `branch_id`.
    """

    target: models.Model
    title: str
    content: dict[str, Any]
    path: str = ""
    branch_id: int | None = None


def fingerprint(content: Any) -> str:
    """A stable hash of what is proposed: canonical JSON, SHA-256, hex."""
    encoded = json.dumps(audit.plain(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(encoded.encode()).hexdigest()


@transaction.atomic
def propose(
    *,
    kind: str,
    target: models.Model,
    title: str,
    roles: tuple[Role, ...],
    actor: User | None,
    content: dict[str, Any] | None = None,
    path: str = "",
    branch_id: int | None = None,
) -> Proposal:
    """Ask for a second pair of eyes. `content` is what will be done; `path` is the page where it can be seen and confirmed.

    Raises UnableToPropose: `already_open`.
    """
    asked = Asked(target, title, content or {}, path, branch_id)
    try:
        with transaction.atomic():
            return propose_all(kind=kind, asked=[asked], roles=roles, actor=actor)[0]
    except IntegrityError as error:
        raise UnableToPropose("already_open") from error


@transaction.atomic
def propose_all(*, kind: str, asked: Sequence[Asked], roles: tuple[Role, ...], actor: User | None) -> list[Proposal]:
    """The same for many of one kind: three statements for any number.

    Raises IntegrityError where the same thing is proposed already.
    """
    made = [
        Proposal(
            kind=kind,
            target_type=one.target._meta.label_lower,
            target_id=str(one.target.pk),
            title=one.title[:200],
            path=one.path,
            branch_id=one.branch_id if one.branch_id is not None else getattr(one.target, "branch_id", None),
            content=audit.plain(one.content),
            content_hash=fingerprint(one.content),
            roles=[role.value for role in roles],
            proposed_by=actor,
        )
        for one in asked
    ]
    Proposal.objects.bulk_create(made)
    today = get_business_date()
    audit.record_all(
        [audit.entry(f"{kind}.proposed", actor=actor, target=one.target, business_date=today, title=one.title) for one in asked]
    )
    return made


def open_proposal(*, kind: str, target: models.Model) -> Proposal | None:
    """The open proposal of this kind for the target, if there is one."""
    return Proposal.objects.filter(
        kind=kind, target_type=target._meta.label_lower, target_id=str(target.pk), state=ProposalState.OPEN
    ).first()


def open_proposals(*, kind: str, targets: Iterable[models.Model]) -> dict[str, Proposal]:
    """The open proposals of this kind for rows of one model, by the key of the row, with who asked: one query, none without rows."""
    rows = list(targets)
    if not rows:
        return {}
    found = Proposal.objects.filter(
        kind=kind, target_type=rows[0]._meta.label_lower, target_id__in=[str(row.pk) for row in rows], state=ProposalState.OPEN
    )
    return {proposal.target_id: proposal for proposal in found.select_related("proposed_by")}


def seen_proposal(*, kind: str, target: models.Model, seen: UUID | None) -> Proposal:
    """The open proposal of this kind for the target; when another was looked at, that one, whose end `confirm` and `reject` then tell.

    Raises UnableToConfirm `no_proposal`.
    """
    found = open_proposal(kind=kind, target=target)
    if seen is not None and (found is None or found.pk != seen):
        found = Proposal.objects.filter(kind=kind, target_type=target._meta.label_lower, target_id=str(target.pk), pk=seen).first()
    if found is None:
        raise UnableToConfirm("no_proposal")
    return found


def decided_proposals(*, kind: str, target: models.Model) -> models.QuerySet[Proposal]:
    """What became of earlier proposals of this kind for the target, the newest first, with who asked and who answered: one query."""
    of_target = Proposal.objects.filter(kind=kind, target_type=target._meta.label_lower, target_id=str(target.pk))
    return of_target.exclude(state=ProposalState.OPEN).select_related("proposed_by", "decided_by").order_by("-id")


def writers_of(draft: Any) -> frozenset[int]:
    """Everybody who wrote in a draft that keeps its `editors`, whoever saved it last (`drafted_by`): none of them puts it in force.
    One query.
    """
    last = [draft.drafted_by_id] if draft.drafted_by_id else []
    return frozenset({*draft.editors.values_list("pk", flat=True), *last})


@transaction.atomic
def confirm(
    proposal: Proposal,
    *,
    actor: User,
    content: dict[str, Any] | None = None,
    barred: frozenset[int] = frozenset(),
    reason: str = "",
) -> Proposal:
    """Be the second pair of eyes. With `content` the present state is compared with what was proposed; `barred` are user ids in conflict.

    Raises UnableToConfirm: `own_proposal`, `not_entitled`, `conflict_of_interest`, `already_decided`, `changed`.
    """
    locked = lock_proposal(proposal)
    check_second(locked, actor=actor, barred=barred)
    if content is not None and fingerprint(content) != locked.content_hash:
        raise UnableToConfirm("changed")
    return _decide(locked, actor=actor, state=ProposalState.CONFIRMED, reason=reason)


@transaction.atomic
def reject(proposal: Proposal, *, actor: User, reason: str) -> Proposal:
    """Refuse the proposal; who proposed it may take it back the same way.

    Raises UnableToConfirm: `not_entitled`, `already_decided`.
    """
    locked = lock_proposal(proposal)
    if locked.proposed_by_id != actor.pk:
        check_entitled(locked, actor)
    return _decide(locked, actor=actor, state=ProposalState.REJECTED, reason=reason)


@transaction.atomic
def refuse(proposal: Proposal, *, actor: User, reason: str) -> Proposal:
    """Refuse with a reason, which who proposed it reads; taking one's own back needs none.

    Raises UnableToConfirm: `not_entitled`, `reason_missing`, `already_decided`.
    """
    if not reason.strip() and proposal.proposed_by_id != actor.pk:
        raise UnableToConfirm("reason_missing", faults=[Fault("reason", "required", UnableToConfirm.messages["reason_missing"])])
    return reject(proposal, actor=actor, reason=reason.strip())


@transaction.atomic
def void(*, kind: str, target: models.Model, reason: str) -> bool:
    """End an open proposal because its ground changed. Returns whether there was one."""
    proposal = open_proposal(kind=kind, target=target)
    if proposal is None:
        return False
    # Who ended it meanwhile was first; there is nothing left to end.
    locked = Proposal.objects.select_for_update().filter(pk=proposal.pk, state=ProposalState.OPEN).first()
    if locked is None:
        return False
    locked.state = ProposalState.VOIDED
    locked.decided_at = timezone.now()
    locked.reason = reason
    locked.save(update_fields=["state", "decided_at", "reason"])
    audit.record(f"{kind}.voided", actor=None, target=target, reason=reason)
    return True


@transaction.atomic
def void_all(*, kind: str, targets: Iterable[models.Model], reason: str) -> int:
    """The same for rows of one model: four statements for any number. Returns how many were ended:
    what somebody decided first stays as decided.
    """
    rows = {str(row.pk): row for row in targets}
    if not rows:
        return 0
    label = next(iter(rows.values()))._meta.label_lower
    found = Proposal.objects.filter(kind=kind, target_type=label, target_id__in=rows, state=ProposalState.OPEN)
    # Held before they are ended and told of: what is being decided meanwhile is waited for, and is not among them when it was.
    held = dict(found.select_for_update().order_by("pk").values_list("pk", "target_id"))
    Proposal.objects.filter(pk__in=held).update(state=ProposalState.VOIDED, decided_at=timezone.now(), reason=reason)
    today = get_business_date()
    said = [audit.entry(f"{kind}.voided", actor=None, target=rows[key], business_date=today, reason=reason) for key in held.values()]
    audit.record_all(said)
    return len(held)


def lock_proposal(proposal: Proposal) -> Proposal:
    """The proposal, locked and still open. Raises UnableToConfirm `already_decided` with who was first."""
    locked = Proposal.objects.select_for_update(of=("self",)).select_related("decided_by").get(pk=proposal.pk)
    if locked.state != ProposalState.OPEN:
        name = locked.decided_by.full_name if locked.decided_by else "The system"
        at = locked.decided_at.strftime("%d %b %Y, %H:%M UTC") if locked.decided_at else ""
        raise UnableToConfirm("already_decided", name=name, state=ProposalState(locked.state).label.lower(), at=at)
    return locked


def check_second(proposal: Proposal, *, actor: User, barred: frozenset[int] = frozenset()) -> None:
    """Raises UnableToConfirm `own_proposal`, `not_entitled` or `conflict_of_interest` unless the person may be the second pair of eyes."""
    if proposal.proposed_by_id == actor.pk:
        raise UnableToConfirm("own_proposal")
    check_entitled(proposal, actor)
    if actor.pk in barred:
        raise UnableToConfirm("conflict_of_interest")


def check_entitled(proposal: Proposal, actor: User) -> None:
    """Raises UnableToConfirm `not_entitled` unless the person has a role that the proposal names, in its branch."""
    if not actor.is_active or not actor.has_role(*(Role(role) for role in proposal.roles)):
        raise UnableToConfirm("not_entitled")
    if proposal.branch_id and not actor.is_bank_wide and proposal.branch_id not in actor.branch_ids:
        raise UnableToConfirm("not_entitled")


def _decide(proposal: Proposal, *, actor: User, state: ProposalState, reason: str) -> Proposal:
    proposal.state = state
    proposal.decided_by = actor
    proposal.decided_at = timezone.now()
    proposal.reason = reason
    proposal.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.record(
        f"{proposal.kind}.{state.value.lower()}",
        actor=actor,
        target=proposal,
        label=proposal.title[:120],
        about=f"{proposal.target_type}:{proposal.target_id}",
        reason=reason,
    )
    return proposal
