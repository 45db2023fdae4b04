"""How long what a decision stands on stays fresh: a stale fact never approves, and no offer outlives the facts it was made on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from loans.models import Application
from loans.services.decisions import offer_end
from risk.domain.facts import CATALOGUE, OF_THE_MOMENT
from risk.domain.request_parts import last_day_of
from risk.domain.shelf_life import last_fresh_day
from risk.models import PolicyEvaluation
from risk.selectors.counted import counted_in
from risk.selectors.facts import known_from_evidence
from risk.services.parties_reports import WORST, reports_fresh_until
from risk.services.policies import table_of


@dataclass(frozen=True)
class FreshUntil:
    """The last day on which everything that the policy reads is fresh, and the titles of the facts that end with it."""

    day: date
    titles: tuple[str, ...]


def stale_facts(evaluation: PolicyEvaluation, business_date: date) -> list[str]:
    """The titles of the facts that the policy reads, conditions of its rows and what its grade stands on among them, that have passed their
    shelf life on the business date, or stand on one that has."""
    return _titles(code for code, last in _last_days(evaluation) if last < business_date)


def fresh_until(evaluation: PolicyEvaluation) -> FreshUntil | None:
    """Until when an approval on this evaluation holds; None where nothing that it read ages."""
    ends = list(_last_days(evaluation))
    if not ends:
        return None
    first = min(last for _, last in ends)
    ending = [code for code, last in ends if last == first]
    # What was worked out ends with what it was worked out from, which is what somebody can renew.
    recorded = [code for code in ending if not CATALOGUE[code].computed]
    return FreshUntil(first, tuple(_titles(recorded or ending)))


def offer_cut_short(application: Application, evaluation: PolicyEvaluation, business_date: date) -> FreshUntil | None:
    """What would end an offer made on the business date before its product does, if anything would."""
    fresh, version = fresh_until(evaluation), application.product_version
    if fresh is None or version is None:
        return None
    return fresh if fresh.day < offer_end(version, business_date=business_date, no_later_than=None) else None


def _titles(codes: Iterable[str]) -> list[str]:
    return [CATALOGUE[code].title for code in dict.fromkeys(codes)]


def _last_days(evaluation: PolicyEvaluation) -> Iterator[tuple[str, date]]:
    """The codes of what the policy reads, and of what the scorecard looked at where it reads the score, with the last day of each."""
    read = dict.fromkeys(code for rule in table_of(evaluation.policy_version).rules for code in rule.facts)
    days = {code: date.fromisoformat(fact["as_of_date"]) for code, fact in evaluation.facts.items()}
    for code in read:
        last = last_day_of(code, days) if code in days and code not in OF_THE_MOMENT else None
        if last is not None:
            yield code, last
    # Our books are looked up again whenever it is decided, and no bureau is.
    if WORST in read and (reported := reports_fresh_until(evaluation.parts or {})) is not None:
        yield WORST, reported
    if evaluation.score is None or not read.keys() & {"score", "grade"}:
        return
    for code, held_by in counted_in(evaluation.score.facts, known_from_evidence(evaluation.facts)):
        lasting = [day for kind in (code, held_by) if (day := last_fresh_day(CATALOGUE[kind], days[code]))]
        if lasting and code not in OF_THE_MOMENT:
            yield code, min(lasting)
