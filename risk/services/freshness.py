"""How long what a decision stands on stays fresh: a stale fact never approves, and no offer outlives the facts it was made on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from risk.domain.facts import CATALOGUE, OF_THE_MOMENT
from risk.domain.request_parts import last_day_of
from risk.models import PolicyEvaluation
from risk.services.policies import table_of


@dataclass(frozen=True)
class FreshUntil:
    """The last day on which everything that the policy reads is fresh, and the titles of the facts that end with it."""

    day: date
    titles: tuple[str, ...]


def stale_facts(evaluation: PolicyEvaluation, business_date: date) -> list[str]:
    """The titles of the facts that the policy reads, conditions of its rows among them, and that have passed their shelf life on the business
    date, or stand on one that has."""
    return [title for title, last in _last_days(evaluation) if last < business_date]


def fresh_until(evaluation: PolicyEvaluation) -> FreshUntil | None:
    """Until when an approval on this evaluation holds; None where nothing that it read ages."""
    ends = list(_last_days(evaluation))
    if not ends:
        return None
    first = min(last for _, last in ends)
    return FreshUntil(first, tuple(title for title, last in ends if last == first))


def _last_days(evaluation: PolicyEvaluation) -> Iterator[tuple[str, date]]:
    read = dict.fromkeys(code for rule in table_of(evaluation.policy_version).rules for code in rule.facts)
    days = {code: date.fromisoformat(fact["as_of_date"]) for code, fact in evaluation.facts.items()}
    for code in read:
        last = last_day_of(code, days) if code in days and code not in OF_THE_MOMENT else None
        if last is not None:
            yield CATALOGUE[code].title, last
