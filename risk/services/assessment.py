"""An assessment of a file: facts derived, scored, held against the policy, and the recommendation noted where lists read it."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from core.bulk_rows import insert_rows
from core.errors import DomainError
from loans.models import Application
from loans.services.applications import note_recommendation
from risk.domain.affordability import step_of
from risk.domain.facts import CATALOGUE
from risk.models import Fact, PolicyEvaluation, Score
from risk.models.scoring import VersionState
from risk.selectors.facts import KnownFact, current_facts, joined, known_from_evidence
from risk.selectors.files import latest_evaluation
from risk.selectors.in_force import InForce, in_force
from risk.selectors.traces import traces_of
from risk.services.derivation import derive_facts
from risk.services.fact_parts import Parts, charge_parts, facts_of_the_moment, frozen, kept_with
from risk.services.facts import computed
from risk.services.our_books import facts_of_books
from risk.services.policies import evaluate_application, evaluate_frozen, marks_held, marks_of
from risk.services.request_facts import Found, ages_of, charge_for, charge_under, priced_facts
from risk.services.scoring import population_of, scored, standing_of
from risk.services.statements import Seen, statement_facts

AGE = "valuation_age_days"
"""The one fact of the moment that changes by itself, a day a day."""
ROUNDED = Decimal("1.01")
UNPASSED = ("FAIL", "SOFT", "MISSING", "UNVERIFIED", "STALE")


class UnableToAssess(DomainError):
    """The file cannot be assessed."""

    title = "The application cannot be assessed"
    messages = {
        "no_policy": "No policy is in force. A risk manager has to put one in force first.",
        "never_assessed": "The application was never assessed: its investigation is not signed off.",
    }


@transaction.atomic
def assess_application(*, application: Application, business_date: date) -> PolicyEvaluation:
    """Derive the computed facts, score, evaluate, note the recommendation. Raises UnableToAssess: `no_policy`."""
    found = _work_out(application, business_date)
    held = in_force(population_of(application.borrower))
    score = scored(application, found.known, *held.model, business_date=business_date) if held.model else None
    return recommend(application=application, score=score, found=found, held=held, business_date=business_date)


class WorkedOut(NamedTuple):
    """All that is known once the computed facts that no rate is needed for are, the codes unknown again, the parts these facts were worked
    out from, and their rows, which are still to be added. `pledged` is false where nothing ever was.
    """

    known: dict[str, KnownFact]
    lost: frozenset[str] = frozenset()
    parts: Parts | None = None
    rows: Sequence[Fact] = ()
    pledged: bool | None = None


def work_out_facts(*, application: Application, business_date: date, statements: Seen | None = None) -> dict[str, KnownFact]:
    """Derive and keep the computed facts that no rate is needed for, and give all that is known then.

    `statements` are the facts of the statements when they were worked out already.
    """
    found = _work_out(application, business_date, statements)
    insert_rows(found.rows)
    return found.known


def _work_out(application: Application, business_date: date, statements: Seen | None = None) -> WorkedOut:
    traces = traces_of(application)
    known = current_facts(application, business_date=business_date) if traces.facts else {}
    derived, ages, parts = derive_facts(application, known, business_date=business_date, statements=statements, traces=traces)
    rows = computed(application=application, facts=derived, business_date=business_date, as_of_dates=ages)
    # What can no longer be worked out is unknown again, whatever was computed before.
    lost = frozenset(code for code, (value, _, _) in derived.items() if value is None)
    return WorkedOut(_without(lost, joined(known, rows, business_date=business_date)), lost, parts, rows, traces.pledges)


@transaction.atomic(savepoint=False)
def recommend(
    *,
    application: Application,
    score: Score | None,
    business_date: date,
    found: WorkedOut | None = None,
    held: InForce | None = None,
) -> PolicyEvaluation:
    """Work out what the instalment does at the price of the grade and under stress, hold facts and score against the policy in force, and
    note what comes out. `found` is what was worked out just before, whose rows are added with these; without it the facts are read as they
    were kept. The score is added, too. `held` are the versions in force where they were asked already.

    Raises UnableToAssess: `no_policy`.
    """
    held = held or in_force(population_of(application.borrower))
    if held.policy is None:
        raise UnableToAssess("no_policy")
    known, lost, parts, rows, pledged = found or WorkedOut(current_facts(application, business_date=business_date))
    charge = charge_under(held.appetite, application, score.grade if score else "")
    results = priced_facts(application, known, charge)
    lost = lost | {code for code, (value, _, _) in results.items() if value is None}
    ages = ages_of(known)
    if score is not None:
        source, authenticity, as_of = standing_of(score, known, business_date=business_date)
        results |= {"score": (score.points, source, authenticity), "grade": (score.grade, source, authenticity)}
        ages |= {"score": as_of, "grade": as_of}
    priced = computed(application=application, facts=results, business_date=business_date, as_of_dates=ages)
    known = _without(lost, joined(known, priced, business_date=business_date))
    evaluation = evaluate_application(
        application=application,
        policy=held.policy,
        facts=known,
        score=score,
        parts=frozen(parts | {"charge": charge_parts(charge)}) if parts else {},
        marks=marks_of(application, pledged=pledged),
        business_date=business_date,
    )
    insert_rows([*([score] if score else []), *rows, *priced, evaluation])
    note_recommendation(
        application=application,
        grade=score.grade if score else "",
        score=score.points if score else None,
        recommendation=evaluation.outcome,
        flags=[f"{row['title']}: {_WORDS[row['result']]}" for row in evaluation.rows if row["result"] in UNPASSED],
        business_date=business_date,
    )
    return evaluation


def _without(codes: Set[str], facts: dict[str, KnownFact]) -> dict[str, KnownFact]:
    return {code: fact for code, fact in facts.items() if code not in codes}


_WORDS = {"FAIL": "fails", "SOFT": "over soft limit", "MISSING": "missing", "UNVERIFIED": "unverified", "STALE": "stale"}


def current_assessment(*, application: Application, business_date: date, renew: bool = True) -> PolicyEvaluation:
    """The assessment a decision stands on. With `renew` an outdated one is made anew inside the caller's transaction.

    Outdated: of another business date, older than the newest recorded fact, made when the collateral, holds or own history read
    differently, or by an older house that did not keep the parts of its figures.
    Raises UnableToAssess: `never_assessed`, `no_policy`.
    """
    latest = latest_evaluation(application)
    if latest is None:
        raise UnableToAssess("never_assessed")
    stands = kept_with(latest) is not None and latest.business_date == business_date
    if not renew or (stands and not is_overtaken(application, latest, business_date)):
        return latest
    assess_application(application=application, business_date=business_date)
    renewed = latest_evaluation(application)
    assert renewed is not None
    return renewed


def is_overtaken(application: Application, latest: PolicyEvaluation, business_date: date) -> bool:
    """Whether the ground of an evaluation has changed: its policy or scorecard out of force, a fact recorded since, the stress it was held
    under another one now, or collateral, holds, own history or what the statements show up to its day reading differently now, or more to
    pay on loans with us.

    A value that only grew older with the days is no change until a row of the policy reads it otherwise: what is put up today may be
    confirmed tomorrow.
    """
    score, step = latest.score, step_of(application.currency)
    if latest.policy_version.state != VersionState.ACTIVE or (score is not None and score.model_version.state != VersionState.ACTIVE):
        return True  # nobody signs under a policy or a scorecard that is no longer in force
    if marks_held(latest) != sorted(marks_of(application)):
        return True  # something was pledged since, or is no more: other rows apply
    if Fact.objects.filter(application=application, author__isnull=False, known_from__gt=latest.evaluated_at).exists():
        return True
    if _read_otherwise(statement_facts(application, business_date=latest.business_date), latest, step):
        return True  # a statement came in that reaches back before the evaluation
    charge = charge_for(application, score.grade if score else "")
    if _read_otherwise(priced_facts(application, known_from_evidence(latest.facts), charge), latest, step):
        return True
    if _owes_more(facts_of_books(application, business_date=business_date), latest):
        return True
    moment = facts_of_the_moment(application, business_date=business_date)
    changed = _read_otherwise(moment, latest, step)
    if not changed:
        return False
    aged = latest.facts.get(AGE)
    if set(changed) != {AGE} or aged is None or changed[AGE] != str(int(aged["value"]) + (business_date - latest.business_date).days):
        return True
    older = latest.facts | {AGE: aged | {"value": changed[AGE]}}
    evaluation, _ = evaluate_frozen(latest.policy_version, older, marks=marks_held(latest), score_passes=None)
    return [row.to_dict()["result"] for row in evaluation.rows] != [row["result"] for row in latest.rows]


def _read_otherwise(found: Found, latest: PolicyEvaluation, step: Decimal) -> dict[str, str | None]:
    """What reads otherwise now than in the evaluation, as it would be stored."""
    now = {code: None if value is None else CATALOGUE[code].canonical(value, step) for code, (value, _, _) in found.items()}
    return {code: stored for code, stored in now.items() if stored != _kept(latest, code)}


def _owes_more(books: Found, latest: PolicyEvaluation) -> bool:
    """Whether the borrower has to pay more on loans with us than when it was assessed, by more than the turn of a month makes of rounded
    instalments. Less, as by an instalment paid, takes nothing away.
    """
    return any(value is not None and value > Decimal(_kept(latest, code) or 0) * ROUNDED for code, (value, _, _) in books.items())


def _kept(evaluation: PolicyEvaluation, code: str) -> str | None:
    kept = evaluation.facts.get(code)
    return kept["value"] if kept else None
