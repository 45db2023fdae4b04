"""Putting a policy in force: tried on past applications against the one in force, proposed by one person, confirmed by another."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from core import audit, four_eyes
from core.business_date import get_bank
from core.errors import Conflict
from core.models import Proposal, User
from core.roles import Role
from risk.models import PolicyRun, PolicyVersion
from risk.models.scoring import VersionState
from risk.selectors.policy_runs import assessed_applications
from risk.services.policies import UnableToChangePolicy, active_policy, change_draft, may_change, try_examples
from risk.services.version_lock import POLICIES, lock_versions

ACTIVATION = "policy_activation"
CONFIRMERS = (Role.RISK_MANAGER, Role.VALIDATOR)


def lacking_trial(version: PolicyVersion) -> str:
    """Why this very table has to be tried on past applications before it goes on: `untried`, or `tried_before` when that was against a
    policy that is not in force any more. Empty when it was tried; the first policy, and one with nothing to be tried on, need no trial.
    """
    base = active_policy()
    if base is None or not assessed_applications(get_bank().currency).exists():
        return ""
    done = PolicyRun.objects.filter(policy_version=version, state=PolicyRun.State.DONE, rules=version.rules, jdm=version.jdm)
    against = set(done.values_list("base_version_id", flat=True))
    return "" if base.pk in against else "tried_before" if against else "untried"


@transaction.atomic
def propose_policy(*, version: PolicyVersion, actor: User, business_date: date, path: str = "") -> Proposal:
    """Ask for a second person's eyes on a draft whose examples hold and which was tried on past applications.

    Raises UnableToChangePolicy: `not_entitled`, `not_a_draft`, `no_examples`, `examples_fail`, `untried`, `tried_before`; UnableToPropose.
    """
    may_change(actor)
    change_draft(version, state=VersionState.TESTED)
    results = try_examples(version)
    if not results:
        raise UnableToChangePolicy("no_examples")
    failed = [one.example.name for one in results if not one.passes]
    if failed:
        raise UnableToChangePolicy("examples_fail", names=", ".join(failed))
    _check_tried(version)
    return four_eyes.propose(
        kind=ACTIVATION,
        target=version,
        title=f"Put {version} in force",
        roles=CONFIRMERS,
        actor=actor,
        content=_content(version),
        path=path,
    )


@transaction.atomic
def confirm_policy(*, version: PolicyVersion, actor: User, business_date: date, seen: UUID | None = None) -> PolicyVersion:
    """Put a proposed policy in force, as it was proposed in `seen`, and retire the one before it, which has to be the one it was tried
    against. Neither who proposed it nor anybody who wrote in its draft confirms. What else is proposed was tried against what is retired
    here: it ends, and is a draft again.

    Raises UnableToConfirm: `no_proposal`, `already_decided`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `changed`;
    UnableToChangePolicy: `untried`, `tried_before`.
    """
    # Two versions confirmed at once wait here for each other; the second one then finds its proposal ended.
    lock_versions(POLICIES)
    proposal = four_eyes.seen_proposal(kind=ACTIVATION, target=version, seen=seen)
    version.refresh_from_db()
    # Older proposals name what they were tried against, too; the trial itself says that below.
    content = proposal.content | _content(version)
    four_eyes.confirm(proposal, actor=actor, content=content, barred=four_eyes.writers_of(version))
    _check_tried(version)
    PolicyVersion.objects.filter(state=VersionState.ACTIVE).update(state=VersionState.RETIRED)
    changed = PolicyVersion.objects.filter(pk=version.pk, state=VersionState.TESTED).update(
        state=VersionState.ACTIVE, activated_by=actor, activated_date=business_date
    )
    version.refresh_from_db()
    if not changed:
        raise Conflict("already_advanced", state=version.get_state_display())
    audit.record("policy.activated", actor=actor, target=version, label=str(version), business_date=business_date)
    _end_other_proposals(version)
    return version


@transaction.atomic
def reject_policy(*, version: PolicyVersion, reason: str, actor: User, business_date: date, seen: UUID | None = None) -> PolicyVersion:
    """Refuse a proposed policy, or take one's own proposal back; it is a draft again. Raises UnableToConfirm."""
    four_eyes.reject(four_eyes.seen_proposal(kind=ACTIVATION, target=version, seen=seen), actor=actor, reason=reason)
    PolicyVersion.objects.filter(pk=version.pk, state=VersionState.TESTED).update(state=VersionState.DRAFT)
    version.refresh_from_db()
    return version


def _content(version: PolicyVersion) -> dict[str, Any]:
    return {
        "policy": str(version),
        "rules": version.rules,
        "jdm": four_eyes.fingerprint(version.jdm),
        "examples": version.examples,
        "note": version.note,
    }


def _check_tried(version: PolicyVersion) -> None:
    lacking = lacking_trial(version)
    if lacking:
        raise UnableToChangePolicy(lacking, base=str(active_policy()))


def _end_other_proposals(version: PolicyVersion) -> None:
    others = list(PolicyVersion.objects.filter(state=VersionState.TESTED).exclude(pk=version.pk))
    reason = f"{version} came into force. Try this one again, against it, and propose it anew."
    four_eyes.void_all(kind=ACTIVATION, targets=others, reason=reason)
    PolicyVersion.objects.filter(pk__in=[other.pk for other in others], state=VersionState.TESTED).update(state=VersionState.DRAFT)
