"""The policy: a versioned table of thresholds. Drafted by one person, put in force by another, and held against each application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from core import audit, four_eyes
from core.errors import Conflict, DomainError, Fault
from core.models import Proposal, User
from core.roles import Role
from loans.models import Application
from loans.models.borrowers import BorrowerKind
from risk.domain.default_policy import DEFAULT_RULES
from risk.domain.facts import CATALOGUE, FactType
from risk.domain.policy import Evaluation, PolicyFact, PolicyRule, check_rules, evaluate
from risk.domain.states import Recommended, combine
from risk.models import Fact, PolicyEvaluation, PolicyVersion, Score
from risk.models.scoring import VersionState
from risk.selectors.facts import KnownFact

ACTIVATION = "policy_activation"
CONFIRMERS = (Role.RISK_MANAGER, Role.VALIDATOR)
VERIFIED = (Fact.Authenticity.DOCUMENT, Fact.Authenticity.THIRD_PARTY)


class UnableToChangePolicy(DomainError):
    """The policy cannot be drafted, changed or proposed so."""

    title = "The policy was not changed"
    messages = {
        "not_entitled": "Only a risk manager drafts and proposes a policy.",
        "not_a_draft": "Only a draft can be changed or proposed; this version is {state}.",
        "invalid": "Some cells of the table need attention.",
    }


def active_policy() -> PolicyVersion | None:
    """The policy in force."""
    return PolicyVersion.objects.filter(state=VersionState.ACTIVE).first()


@transaction.atomic
def draft_policy(
    *, actor: User | None, business_date: date, rules: Sequence[Mapping[str, Any]] | None = None, note: str = ""
) -> PolicyVersion:
    """Begin a new version: of `rules`, else as a copy of the policy in force, else of the default table. `actor` None is the set-up.

    Raises UnableToChangePolicy: `not_entitled`, `invalid` with a fault per cell.
    """
    _may_change(actor)
    current = active_policy()
    table = list(rules) if rules is not None else current.rules if current else [rule.to_dict() for rule in DEFAULT_RULES]
    kept = _checked(table)
    last = PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0
    version = PolicyVersion.objects.create(number=last + 1, rules=kept, note=note, drafted_by=actor)
    audit.record("policy.drafted", actor=actor, target=version, label=str(version), business_date=business_date, note=note)
    return version


@transaction.atomic
def edit_policy(
    *, version: PolicyVersion, rules: Sequence[Mapping[str, Any]], note: str, actor: User, business_date: date
) -> PolicyVersion:
    """Change the table of a draft. The last to edit counts as its drafter. Raises UnableToChangePolicy as `draft_policy`, `not_a_draft`."""
    _may_change(actor)
    kept = _checked(rules)
    changed = PolicyVersion.objects.filter(pk=version.pk, state=VersionState.DRAFT).update(rules=kept, note=note, drafted_by=actor)
    version.refresh_from_db()
    if not changed:
        raise UnableToChangePolicy("not_a_draft", state=version.get_state_display().lower())
    audit.record("policy.edited", actor=actor, target=version, label=str(version), business_date=business_date, note=note)
    return version


@transaction.atomic
def propose_policy(*, version: PolicyVersion, actor: User, business_date: date, path: str = "") -> Proposal:
    """Ask for a second person's eyes on a draft. Raises UnableToChangePolicy: `not_entitled`, `not_a_draft`; UnableToPropose."""
    _may_change(actor)
    changed = PolicyVersion.objects.filter(pk=version.pk, state=VersionState.DRAFT).update(state=VersionState.TESTED)
    version.refresh_from_db()
    if not changed:
        raise UnableToChangePolicy("not_a_draft", state=version.get_state_display().lower())
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
def confirm_policy(*, version: PolicyVersion, actor: User, business_date: date) -> PolicyVersion:
    """Put a proposed policy in force and retire the one before it. Neither who proposed nor who drafted it confirms.

    Raises UnableToConfirm: `no_proposal`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `changed`.
    """
    proposal = four_eyes.open_proposal(kind=ACTIVATION, target=version)
    if proposal is None:
        raise four_eyes.UnableToConfirm("no_proposal")
    version.refresh_from_db()
    drafter = frozenset() if version.drafted_by_id is None else frozenset({version.drafted_by_id})
    four_eyes.confirm(proposal, actor=actor, content=_content(version), barred=drafter)
    PolicyVersion.objects.filter(state=VersionState.ACTIVE).update(state=VersionState.RETIRED)
    changed = PolicyVersion.objects.filter(pk=version.pk, state=VersionState.TESTED).update(
        state=VersionState.ACTIVE, activated_by=actor, activated_date=business_date
    )
    version.refresh_from_db()
    if not changed:
        raise Conflict("already_advanced", state=version.get_state_display())
    audit.record("policy.activated", actor=actor, target=version, label=str(version), business_date=business_date)
    return version


@transaction.atomic
def reject_policy(*, version: PolicyVersion, reason: str, actor: User, business_date: date) -> PolicyVersion:
    """Refuse a proposed policy, or take one's own proposal back; it is a draft again. Raises UnableToConfirm."""
    proposal = four_eyes.open_proposal(kind=ACTIVATION, target=version)
    if proposal is None:
        raise four_eyes.UnableToConfirm("no_proposal")
    four_eyes.reject(proposal, actor=actor, reason=reason)
    PolicyVersion.objects.filter(pk=version.pk, state=VersionState.TESTED).update(state=VersionState.DRAFT)
    version.refresh_from_db()
    return version


def evaluate_application(
    *, application: Application, policy: PolicyVersion, facts: Mapping[str, KnownFact], score: Score | None, business_date: date
) -> PolicyEvaluation:
    """Hold the facts against the table, and keep facts, rows and outcome. Policy and score together give the outcome."""
    frozen = {code: fact.as_evidence() | {"stale": fact.is_stale} for code, fact in facts.items()}
    marks = sorted(marks_of(application))
    score_passes = None if score is None else score.points >= int(score.model_version.definition["grades"]["cut_off"])
    evaluation, outcome = evaluate_frozen(policy.rules, frozen, marks=marks, score_passes=score_passes)
    return PolicyEvaluation.objects.create(
        application=application,
        policy_version=policy,
        score=score,
        facts=frozen,
        rows=[row.to_dict() for row in evaluation.rows],
        outcome=outcome.value,
        business_date=business_date,
    )


def evaluate_frozen(
    rules: Sequence[Mapping[str, Any]], facts: Mapping[str, Mapping[str, Any]], *, marks: Sequence[str], score_passes: bool | None
) -> tuple[Evaluation, Recommended]:
    """The same from stored facts: what a replay calls. No database, no clock."""
    known: dict[str, PolicyFact] = {}
    for code, fact in facts.items():
        kind = CATALOGUE[code]
        value = kind.typed(fact["value"])
        known[code] = PolicyFact(
            value=value.isoformat() if isinstance(value, date) else value,
            is_verified=fact["authenticity"] in VERIFIED,
            is_stale=bool(fact["stale"]),
            source=fact["source"],
        )
    evaluation = evaluate([PolicyRule.from_dict(rule) for rule in rules], known, frozenset(marks))
    return evaluation, combine(evaluation.outcome, score_passes=score_passes)


def marks_of(application: Application) -> frozenset[str]:
    """What the rows of the policy apply to: person or company, and secured."""
    marks = {"company" if application.borrower and application.borrower.kind == BorrowerKind.COMPANY else "person"}
    version = application.product_version
    if (version is not None and version.collateral_required) or application.pledges.exists():
        marks.add("secured")
    return frozenset(marks)


def _may_change(actor: User | None) -> None:
    if actor is not None and not actor.has_role(Role.RISK_MANAGER):
        raise UnableToChangePolicy("not_entitled")


def _checked(table: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    comparable = {code for code, kind in CATALOGUE.items() if kind.type != FactType.DATE}
    faults = [
        Fault(f"row-{fault.row}-{fault.cell}", "invalid", f"Row {fault.row}: {fault.detail}") for fault in check_rules(table, comparable)
    ]
    if faults:
        raise UnableToChangePolicy("invalid", faults=faults)
    return [PolicyRule.from_dict(row).to_dict() for row in table]


def _content(version: PolicyVersion) -> dict[str, Any]:
    return {"policy": str(version), "rules": version.rules, "note": version.note}
