"""How long what a decision stands on stays fresh: a stale fact never approves, and no offer outlives the facts it was made on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from risk.domain.facts import CATALOGUE, OF_THE_MOMENT, last_fresh_day
from risk.domain.request_parts import last_day_of
from risk.models import PolicyEvaluation, Score
from risk.selectors.counted import counted_in
from risk.selectors.facts import known_from_evidence
from risk.services.policies import table_of

_RECORDED = frozenset(kind.title for kind in CATALOGUE.values() if not kind.computed)


@dataclass(frozen=True)
class FreshUntil:
    """The last day on which everything that the policy reads is fresh, and the titles of the facts that end with it."""

    day: date
    titles: tuple[str, ...]


def stale_facts(evaluation: PolicyEvaluation, business_date: date) -> list[str]:
    """The titles of the facts that the policy reads, conditions of its rows and what its grade stands on among them, and that have passed their shelf life on the business
    date, or stand on one that has."""
    return list(dict.fromkeys(title for title, last in _last_days(evaluation) if last < business_date))


def fresh_until(evaluation: PolicyEvaluation) -> FreshUntil | None:
    """Until when an approval on this evaluation holds; None where nothing that it read ages."""
    ends = list(_last_days(evaluation))
    if not ends:
        return None
    first = min(last for _, last in ends)
    ending = list(dict.fromkeys(title for title, last in ends if last == first))
    # What was worked out ends with what it was worked out from, which is what somebody can renew.
    recorded = [title for title in ending if title in _RECORDED]
    return FreshUntil(first, tuple(recorded or ending))


def _last_days(evaluation: PolicyEvaluation) -> Iterator[tuple[str, date]]:
    read = dict.fromkeys(code for rule in table_of(evaluation.policy_version).rules for code in rule.facts)
    days = {code: date.fromisoformat(fact["as_of_date"]) for code, fact in evaluation.facts.items()}
    for code in read:
        last = last_day_of(code, days) if code in days and code not in OF_THE_MOMENT else None
        if last is not None:
            yield CATALOGUE[code].title, last
    if evaluation.score is not None and read.keys() & {"score", "grade"}:
        yield from _counted_in(evaluation.score, evaluation, days)


def _counted_in(score: Score, evaluation: PolicyEvaluation, days: Mapping[str, date]) -> Iterator[tuple[str, date]]:
    """A grade stands on what the scorecard looked at, whether or not a row of the policy reads it too."""
    for code, held_by in counted_in(score.facts, known_from_evidence(evaluation.facts)):
        last = min((day for kind in (code, held_by) if (day := last_fresh_day(CATALOGUE[kind], days[code]))), default=None)
        if last is not None and code not in OF_THE_MOMENT:
            yield CATALOGUE[code].title, last
