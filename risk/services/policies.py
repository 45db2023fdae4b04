"""The policy: a versioned table of thresholds. Drafted by people, put in force by others (`policy_activation`),
and held against each application.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from core import audit, four_eyes
from core.errors import Conflict, DomainError, Fault
from core.models import User
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
from risk.models import PolicyEvaluation, PolicyVersion, Score
from risk.models.scoring import VersionState
from risk.selectors.facts import SHOWN, KnownFact
from risk.selectors.policy_words import words_listed
from risk.services.version_lock import POLICIES, lock_versions


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
        "tried_before": "{base} came into force after this table was tried. Try it again, against the policy in force now.",
    }


class DraftChangedMeanwhile(Conflict):
    """Somebody saved another table after this one was read."""

    title = "The policy was not changed"
    messages = {
        "examples_changed": "{who} changed the examples after you opened this one. It stands here as you wrote it, and is saved when you save again.",
        "example_gone": "{who} took out or renamed this example after you opened it. It stands here as you wrote it; saved again, it is added anew.",
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
    may_change(actor)
    lock_versions(POLICIES)
    current = active_policy()
    table = list(rules) if rules is not None else current.rules if current else [rule.to_dict() for rule in DEFAULT_RULES]
    # What is in force may be begun from, whatever is held against it by now: that is told when the draft is saved.
    kept = table if rules is None and current else _checked(table)
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
    may_change(actor)
    _lock_unchanged(version, seen, revision_of, "changed_since")
    kept = _checked(rules)
    change_draft(version, rules=kept, jdm=_model_of(kept), note=note, drafted_by=actor)
    version.editors.add(actor)
    audit.record("policy.edited", actor=actor, target=version, label=str(version), business_date=business_date, note=note)
    return version


@transaction.atomic
def save_examples(
    *, version: PolicyVersion, examples: Sequence[Mapping[str, Any]], actor: User, business_date: date, seen: str | None = None
) -> PolicyVersion:
    """Keep the examples of a draft, all of them anew. Who edits is among its editors from then on. `seen` is the `examples_revision_of` the
    change was made on.

    Raises UnableToChangePolicy: `not_entitled`, `not_a_draft`, `invalid_example` with a fault per cell ("example-2-name");
    DraftChangedMeanwhile when somebody saved other examples meanwhile.
    """
    may_change(actor)
    _lock_unchanged(version, seen, examples_revision_of, "examples_changed")
    kept, faults = check_examples(examples)
    if faults:
        raise UnableToChangePolicy(
            "invalid_example", faults=[Fault(f"example-{fault.number}-{fault.cell}", "invalid", fault.detail) for fault in faults]
        )
    change_draft(version, examples=[one.to_dict() for one in kept], drafted_by=actor)
    version.editors.add(actor)
    audit.record("policy.examples_saved", actor=actor, target=version, label=str(version), business_date=business_date, examples=len(kept))
    return version


def try_examples(version: PolicyVersion) -> list[ExampleResult]:
    """What the version says of each of its examples, in their order. No database."""
    return run_examples(table_of(version), [PolicyExample.from_dict(kept) for kept in version.examples])


def revision_of(version: PolicyVersion) -> str:
    """Tells one state of a draft's table from another."""
    return four_eyes.fingerprint([version.rules, version.note])


def examples_revision_of(version: PolicyVersion) -> str:
    """Tells one state of a draft's examples from another."""
    return four_eyes.fingerprint(version.examples)


def last_writer_of(version: PolicyVersion) -> str:
    """Who saved a draft last."""
    return version.drafted_by.full_name if version.drafted_by else "Somebody"


def table_of(version: PolicyVersion) -> PolicyTable:
    """The version as the engine reads it."""
    return PolicyTable.stored(version.rules, version.jdm)


def evaluate_application(
    *,
    application: Application,
    policy: tuple[PolicyVersion, PolicyTable],
    facts: Mapping[str, KnownFact],
    score: Score | None,
    parts: Mapping[str, Any],
    business_date: date,
    marks: AbstractSet[str],
) -> PolicyEvaluation:
    """Hold the facts against a version's table, and freeze facts, their parts, rows and outcome; still to be added. Policy and score
    together give the outcome. No query.
    """
    version, table = policy
    frozen = {code: fact.as_evidence() | {"stale": fact.is_stale} for code, fact in facts.items()}
    score_passes = None if score is None else score.points >= int(score.model_version.definition["grades"]["cut_off"])
    evaluation, outcome = held_against(table, frozen, marks=marks, score_passes=score_passes)
    return PolicyEvaluation(
        application=application,
        policy_version=version,
        score=score,
        facts=frozen,
        parts=parts,
        marks=sorted(marks),
        rows=[row.to_dict() for row in evaluation.rows],
        outcome=outcome.value,
        business_date=business_date,
    )


def evaluate_frozen(
    policy: PolicyVersion, facts: Mapping[str, Mapping[str, Any]], *, marks: Iterable[str], score_passes: bool | None
) -> tuple[Evaluation, Recommended]:
    """The same from stored facts: what a replay calls. No query, no clock."""
    return held_against(table_of(policy), facts, marks=marks, score_passes=score_passes)


def held_against(
    table: PolicyTable, facts: Mapping[str, Mapping[str, Any]], *, marks: Iterable[str], score_passes: bool | None
) -> tuple[Evaluation, Recommended]:
    """Frozen facts against a table; policy and score together. No query, no clock."""
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
    evaluation = table.evaluate(known, frozenset(marks))
    return evaluation, combine(evaluation.outcome, score_passes=score_passes)


def marks_of(application: Application, *, pledged: bool | None = None) -> frozenset[str]:
    """What the rows of the policy apply to: person or company, and secured. `pledged` false where it is known that nothing ever was."""
    marks = {"company" if application.borrower and application.borrower.kind == BorrowerKind.COMPANY else "person"}
    version = application.product_version
    if (version is not None and version.collateral_required) or (pledged is not False and _is_pledged(application)):
        marks.add("secured")
    return frozenset(marks)


def _is_pledged(application: Application) -> bool:
    return application.pledges.exclude(state="WITHDRAWN").exists()


def marks_held(evaluation: PolicyEvaluation) -> list[str]:
    """What the application was marked as when it was evaluated."""
    kept: list[str] = evaluation.marks
    return kept or sorted(marks_of(evaluation.application))


def may_change(actor: User | None) -> None:
    """Raises UnableToChangePolicy `not_entitled`. `actor` None is the set-up."""
    if actor is not None and not actor.has_role(Role.RISK_MANAGER):
        raise UnableToChangePolicy("not_entitled")


def change_draft(version: PolicyVersion, **changes: Any) -> None:
    """Write in a draft as long as it is one. Raises UnableToChangePolicy `not_a_draft`."""
    changed = PolicyVersion.objects.filter(pk=version.pk, state=VersionState.DRAFT).update(**changes)
    version.refresh_from_db()
    if not changed:
        raise UnableToChangePolicy("not_a_draft", state=version.get_state_display().lower())


def _lock_unchanged(version: PolicyVersion, seen: str | None, revision: Callable[[PolicyVersion], str], code: str) -> None:
    """Keep others from a draft until the end of the transaction. Raises DraftChangedMeanwhile `code` when it is not as it was `seen`."""
    present = PolicyVersion.objects.select_for_update(of=("self",)).select_related("drafted_by").get(pk=version.pk)
    if seen is not None and seen != revision(present):
        raise DraftChangedMeanwhile(code, who=last_writer_of(present))


def _checked(table: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    faults = [
        Fault(f"row-{fault.row}-{fault.cell}", "invalid", f"Row {fault.row}: {fault.detail}")
        for fault in check_rules(table, words_listed())
    ]
    if faults:
        raise UnableToChangePolicy("invalid", faults=faults)
    return [PolicyRule.from_dict(row).to_dict() for row in table]


def _model_of(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return to_jdm([PolicyRule.from_dict(row) for row in rules])
