"""What would change a recommendation: the same file with a smaller or longer loan, worked out from the frozen facts. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from loans.models import Application
from risk.domain.facts import CATALOGUE
from risk.domain.policy_cells import NUMBERS
from risk.domain.states import Recommended
from risk.domain.what_if import largest, numbers_in
from risk.models import PolicyEvaluation
from risk.services.other_terms import OnTerms, holding
from risk.services.policies import table_of

BETTER = {Recommended.DECLINE: (Recommended.APPROVE, Recommended.REFER), Recommended.REFER: (Recommended.APPROVE,), Recommended.APPROVE: ()}
STEP = Decimal(100)
TERM_STEP = 6


@dataclass(frozen=True)
class Offers:
    """The least changes of the request that better the recommendation; None where none does."""

    smaller: OnTerms | None
    longer: OnTerms | None


def better_requests(*, application: Application, evaluation: PolicyEvaluation) -> Offers:
    """The largest smaller amount and the shortest longer term that better the recommendation, within the product's limits, each at the
    price of the grade it gets.

    Everything else of the file stays as the evaluation froze it. A smaller loan is not always better: rows may hold for some amounts only,
    and a scorecard may give more points for a larger one. Some dozen evaluations for each place where anything changes, no query for each.
    """
    version = application.product_version
    wanted = BETTER[Recommended(evaluation.outcome)]
    if version is None or application.amount is None or application.term_months is None or not wanted:
        return Offers(None, None)
    hold = holding(application, evaluation)
    asked, term, place = application.amount, application.term_months, _places(evaluation)

    @cache
    def vary(amount: Decimal, months: int) -> OnTerms:
        return hold(amount, months, None)

    def smaller(outcome: Recommended) -> OnTerms | None:
        low, high = int(-(-version.min_amount // STEP)), int((asked - 1) // STEP)
        found = largest(
            low, high, place=lambda steps: place(vary(steps * STEP, term)), wanted=lambda steps: vary(steps * STEP, term).outcome == outcome
        )
        return None if found is None else vary(found * STEP, term)

    def longer(outcome: Recommended) -> OnTerms | None:
        terms = range(-(-(term + 1) // TERM_STEP) * TERM_STEP, version.max_term_months + 1, TERM_STEP)
        return next((one for months in terms if (one := vary(asked, months)).outcome == outcome), None)

    return Offers(*(next((one for outcome in wanted if (one := best(outcome))), None) for best in (smaller, longer)))


def _places(evaluation: PolicyEvaluation) -> Callable[[OnTerms], tuple[object, ...]]:
    """Where a file stands on some terms: the bin of each factor, on which side of each threshold of the policy, and each word.

    Amounts between two of one place have it too. What a scorecard looks at rises or falls with the amount at one rate; so do, at the price
    of one grade, the figures that the policy holds. So a recommendation changes nowhere but where the place does.
    """
    rules = table_of(evaluation.policy_version).rules
    compared = [(one.fact, words) for one in rules for words in (one.soft, one.hard) if words is not None]
    compared += [(one.fact, one.value) for rule in rules for one in rule.conditions]
    thresholds = {(fact, number) for fact, words in compared if CATALOGUE[fact].type in NUMBERS for number in numbers_in(words)}
    ordered = sorted(thresholds)
    named = sorted({fact for fact, _ in compared if CATALOGUE[fact].type not in NUMBERS})

    def place(terms: OnTerms) -> tuple[object, ...]:
        values = {fact: kept["value"] for fact, kept in terms.facts.items()}
        sides = tuple(_side(values.get(fact), number) for fact, number in ordered)
        bins = tuple(row["bin"] for row in terms.score["contributions"]) if terms.score else ()
        return bins, sides, tuple(values.get(fact) for fact in named)

    return place


def _side(value: str | None, threshold: Decimal) -> int | None:
    """Below, at or beyond a threshold; None of what is unknown."""
    return None if value is None else (Decimal(value) > threshold) - (Decimal(value) < threshold)
