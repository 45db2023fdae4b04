"""A file as it stood on a day of the past: the facts known then, held against the policy that was in force then. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from loans.models import Application
from risk.domain.policy import Evaluation
from risk.domain.states import Recommended
from risk.models import PolicyEvaluation, PolicyVersion, Score
from risk.selectors.facts import KnownFact, current_facts
from risk.services.policies import evaluate_frozen, marks_of, policy_on


@dataclass(frozen=True)
class Recalled:
    """What was known by the end of `day`, and what the policy of that day says of it. `changed` are the codes known otherwise today."""

    day: date
    policy: PolicyVersion | None
    score: Score | None
    facts: dict[str, KnownFact]
    now: dict[str, KnownFact]
    evaluation: Evaluation | None
    outcome: Recommended | None

    @property
    def changed(self) -> list[str]:
        return [code for code in {**self.facts, **self.now} if _value(self.facts.get(code)) != _value(self.now.get(code))]


def recall_application(*, application: Application, day: date, business_date: date) -> Recalled:
    """Ask a past day again: facts recorded up to it, stale or fresh as they were, the score given last, the policy in force.

    Whether the borrower is a company and the loan secured is taken as it is now; the request is part of the facts that follow from it.
    """
    facts = _known_then(application, current_facts(application, business_date=day, recorded_until=day), day)
    policy = policy_on(day)
    score = Score.objects.filter(application=application, business_date__lte=day).select_related("model_version").order_by("-id").first()
    evaluation, outcome = None, None
    if policy is not None and facts:
        frozen = {code: fact.as_evidence() | {"stale": fact.is_stale} for code, fact in facts.items()}
        passes = None if score is None else score.points >= int(score.model_version.definition["grades"]["cut_off"])
        evaluation, outcome = evaluate_frozen(policy, frozen, marks=sorted(marks_of(application)), score_passes=passes)
    now = _known_then(application, current_facts(application, business_date=business_date), business_date)
    return Recalled(day, policy, score, facts, now, evaluation, outcome)


def _known_then(application: Application, facts: dict[str, KnownFact], day: date) -> dict[str, KnownFact]:
    """Without what the last evaluation of the day could no longer work out:
    an older figure stands in the file and was unknown all the same.
    """
    evaluations = PolicyEvaluation.objects.filter(application=application, business_date__lte=day)
    last = evaluations.only("facts", "evaluated_at").order_by("-id").first()
    if last is None:
        return facts
    return {
        code: fact
        for code, fact in facts.items()
        if not fact.kind.computed or code in last.facts or fact.row.known_from > last.evaluated_at
    }


def _value(fact: KnownFact | None) -> tuple[str, str] | None:
    return None if fact is None else (fact.row.value, fact.row.authenticity)
