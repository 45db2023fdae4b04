"""The policy: a versioned table of thresholds. Drafted by one person, put in force by another, and held against each application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from core import audit, four_eyes
from core.business_date import get_bank
from core.errors import Conflict, DomainError, Fault
from core.models import Proposal, User
from core.roles import Role
from loans.models import Application
from loans.models.borrowers import BorrowerKind
from risk.domain.default_policy import DEFAULT_EXAMPLES, DEFAULT_RULES
from risk.domain.facts import CATALOGUE
from risk.domain.policy import Evaluation, PolicyFact, PolicyRule
from risk.domain.policy_checks import check_rules
from risk.domain.policy_engine import PolicyTable, to_jdm
from risk.domain.policy_examples import ExampleResult, PolicyExample, check_examples, run_examples
from risk.domain.states import Recommended, combine
from risk.models import PolicyEvaluation, PolicyRun, PolicyVersion, Score
from risk.models.scoring import VersionState
from risk.selectors.facts import SHOWN, KnownFact
from risk.selectors.policy_runs import assessed_applications

ACTIVATION = "policy_activation"
CONFIRMERS = (Role.RISK_MANAGER, Role.VALIDATOR)


class UnableToChangePolicy(DomainError):
    """The policy cannot be drafted, changed or proposed so."""

    title = "The policy was not changed"
    messages = {
        "not_entitled": "Only a risk manager drafts and proposes a policy.",
        "not_a_draft": "Only a draft can be changed or proposed; this version is {state}.",
        "invalid": "Some cells of the table need attention.",
        "invalid_example": "The example needs attention.",
        "no_examples": "Write at least one example that has to hold before the policy is proposed.",
        "nothing_lacks": "The policy in force lacks no row of the present default.",
        "examples_fail": "The table does not hold these examples: {names}.",
        "untried": "Try the table on past applications first, as it stands now: what would have come out otherwise is read before it goes live.",
    }


class DraftChangedMeanwhile(Conflict):
    """Somebody saved another table after this one was read."""

    title = "The policy was not changed"
    messages = {
        "changed_since": "{who} saved this draft after you opened it. Look at the table as it is now, and save again what is still to change.",
    }


def active_policy() -> PolicyVersion | None:
    """The policy in force."""
    return PolicyVersion.objects.filter(state=VersionState.ACTIVE).first()


def policy_on(day: date) -> PolicyVersion | None:
    """The policy that was in force at the end of a day."""
    return PolicyVersion.objects.filter(activated_date__lte=day).order_by("-activated_date", "-number").first()


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
    examples = current.examples if current else [] if rules is not None else [one.to_dict() for one in DEFAULT_EXAMPLES]
    last = PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0
    version = PolicyVersion.objects.create(number=last + 1, rules=kept, jdm=_model_of(kept), examples=examples, note=note, drafted_by=actor)
    if actor is not None:
        version.editors.add(actor)
    audit.record("policy.drafted", actor=actor, target=version, label=str(version), business_date=business_date, note=note)
    return version


@transaction.atomic
def edit_policy(
    *, version: PolicyVersion, rules: Sequence[Mapping[str, Any]], note: str, actor: User, business_date: date, seen: str | None = None
) -> PolicyVersion:
    """Change the table of a draft. Who edits is among its editors from then on. `seen` is the revision the change was made on.

    Raises UnableToChangePolicy as `draft_policy`, `not_a_draft`; DraftChangedMeanwhile when somebody saved another table meanwhile.
    """
    _may_change(actor)
    present = PolicyVersion.objects.select_for_update(of=("self",)).select_related("drafted_by").get(pk=version.pk)
    if seen is not None and seen != revision_of(present):
        raise DraftChangedMeanwhile("changed_since", who=present.drafted_by.full_name if present.drafted_by else "Somebody")
    kept = _checked(rules)
    _change_draft(version, rules=kept, jdm=_model_of(kept), note=note, drafted_by=actor)
    version.editors.add(actor)
    audit.record("policy.edited", actor=actor, target=version, label=str(version), business_date=business_date, note=note)
    return version


@transaction.atomic
def save_examples(*, version: PolicyVersion, examples: Sequence[Mapping[str, Any]], actor: User, business_date: date) -> PolicyVersion:
    """Keep the examples of a draft, all of them anew. Who edits is among its editors from then on.

    Raises UnableToChangePolicy: `not_entitled`, `not_a_draft`, `invalid_example` with a fault per cell ("example-2-name").
    """
    _may_change(actor)
    kept, faults = check_examples(examples)
    if faults:
        raise UnableToChangePolicy(
            "invalid_example", faults=[Fault(f"example-{fault.number}-{fault.cell}", "invalid", fault.detail) for fault in faults]
        )
    _change_draft(version, examples=[one.to_dict() for one in kept], drafted_by=actor)
    version.editors.add(actor)
    audit.record("policy.examples_saved", actor=actor, target=version, label=str(version), business_date=business_date, examples=len(kept))
    return version


def try_examples(version: PolicyVersion) -> list[ExampleResult]:
    """What the version says of each of its examples, in their order. No database."""
    return run_examples(table_of(version), [PolicyExample.from_dict(kept) for kept in version.examples])


def is_untried(version: PolicyVersion) -> bool:
    """Whether this very table was not held against past applications yet. The first policy, and one with nothing to be tried on, need no trial."""
    if PolicyRun.objects.filter(policy_version=version, state=PolicyRun.State.DONE, rules=version.rules, jdm=version.jdm).exists():
        return False
    return active_policy() is not None and assessed_applications(get_bank().currency).exists()


def revision_of(version: PolicyVersion) -> str:
    """Tells one state of a draft from another."""
    return four_eyes.fingerprint([version.rules, version.note])


def table_of(version: PolicyVersion) -> PolicyTable:
    """The version as the engine reads it."""
    return PolicyTable.stored(version.rules, version.jdm)


@transaction.atomic
def propose_policy(*, version: PolicyVersion, actor: User, business_date: date, path: str = "") -> Proposal:
    """Ask for a second person's eyes on a draft whose examples hold and which was tried on past applications.

    Raises UnableToChangePolicy: `not_entitled`, `not_a_draft`, `no_examples`, `examples_fail`, `untried`; UnableToPropose.
    """
    _may_change(actor)
    _change_draft(version, state=VersionState.TESTED)
    results = try_examples(version)
    if not results:
        raise UnableToChangePolicy("no_examples")
    failed = [one.example.name for one in results if not one.passes]
    if failed:
        raise UnableToChangePolicy("examples_fail", names=", ".join(failed))
    if is_untried(version):
        raise UnableToChangePolicy("untried")
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
    """Put a proposed policy in force, as it was proposed in `seen`, and retire the one before it. Neither who proposed it nor anybody who wrote
    in its draft confirms.

    Raises UnableToConfirm: `no_proposal`, `already_decided`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `changed`.
    """
    proposal = four_eyes.seen_proposal(kind=ACTIVATION, target=version, seen=seen)
    version.refresh_from_db()
    four_eyes.confirm(proposal, actor=actor, content=_content(version), barred=four_eyes.writers_of(version))
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
def reject_policy(*, version: PolicyVersion, reason: str, actor: User, business_date: date, seen: UUID | None = None) -> PolicyVersion:
    """Refuse a proposed policy, or take one's own proposal back; it is a draft again. Raises UnableToConfirm."""
    four_eyes.reject(four_eyes.seen_proposal(kind=ACTIVATION, target=version, seen=seen), actor=actor, reason=reason)
    PolicyVersion.objects.filter(pk=version.pk, state=VersionState.TESTED).update(state=VersionState.DRAFT)
    version.refresh_from_db()
    return version


def evaluate_application(
    *,
    application: Application,
    policy: PolicyVersion,
    facts: Mapping[str, KnownFact],
    score: Score | None,
    parts: Mapping[str, Any],
    business_date: date,
) -> PolicyEvaluation:
    """Hold the facts against the table, and keep facts, their parts, rows and outcome. Policy and score together give the outcome."""
    frozen = {code: fact.as_evidence() | {"stale": fact.is_stale} for code, fact in facts.items()}
    marks = sorted(marks_of(application))
    score_passes = None if score is None else score.points >= int(score.model_version.definition["grades"]["cut_off"])
    evaluation, outcome = evaluate_frozen(policy, frozen, marks=marks, score_passes=score_passes)
    return PolicyEvaluation.objects.create(
        application=application,
        policy_version=policy,
        score=score,
        facts=frozen,
        parts=parts,
        marks=marks,
        rows=[row.to_dict() for row in evaluation.rows],
        outcome=outcome.value,
        business_date=business_date,
    )


def evaluate_frozen(
    policy: PolicyVersion, facts: Mapping[str, Mapping[str, Any]], *, marks: Sequence[str], score_passes: bool | None
) -> tuple[Evaluation, Recommended]:
    """The same from stored facts: what a replay calls. No query, no clock."""
    known: dict[str, PolicyFact] = {}
    for code, fact in facts.items():
        kind = CATALOGUE[code]
        value = kind.typed(fact["value"])
        known[code] = PolicyFact(
            value=value.isoformat() if isinstance(value, date) else value,
            is_verified=fact["authenticity"] in SHOWN,
            is_stale=bool(fact["stale"]),
            source=fact["source"],
        )
    evaluation = table_of(policy).evaluate(known, frozenset(marks))
    return evaluation, combine(evaluation.outcome, score_passes=score_passes)


def marks_of(application: Application) -> frozenset[str]:
    """What the rows of the policy apply to: person or company, and secured."""
    marks = {"company" if application.borrower and application.borrower.kind == BorrowerKind.COMPANY else "person"}
    version = application.product_version
    if (version is not None and version.collateral_required) or application.pledges.exclude(state="WITHDRAWN").exists():
        marks.add("secured")
    return frozenset(marks)


def marks_held(evaluation: PolicyEvaluation) -> list[str]:
    """What the application was marked as when it was evaluated."""
    kept: list[str] = evaluation.marks
    return kept or sorted(marks_of(evaluation.application))


def _may_change(actor: User | None) -> None:
    if actor is not None and not actor.has_role(Role.RISK_MANAGER):
        raise UnableToChangePolicy("not_entitled")


def _change_draft(version: PolicyVersion, **changes: Any) -> None:
    changed = PolicyVersion.objects.filter(pk=version.pk, state=VersionState.DRAFT).update(**changes)
    version.refresh_from_db()
    if not changed:
        raise UnableToChangePolicy("not_a_draft", state=version.get_state_display().lower())


def _checked(table: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    faults = [Fault(f"row-{fault.row}-{fault.cell}", "invalid", f"Row {fault.row}: {fault.detail}") for fault in check_rules(table)]
    if faults:
        raise UnableToChangePolicy("invalid", faults=faults)
    return [PolicyRule.from_dict(row).to_dict() for row in table]


def _model_of(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return to_jdm([PolicyRule.from_dict(row) for row in rules])


def _content(version: PolicyVersion) -> dict[str, Any]:
    return {
        "policy": str(version),
        "rules": version.rules,
        "jdm": four_eyes.fingerprint(version.jdm),
        "examples": version.examples,
        "note": version.note,
    }
