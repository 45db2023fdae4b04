"""What would change a recommendation: the same file with a smaller or longer loan, worked out from the frozen facts. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from loans.models import Application
from risk.domain.states import Recommended
from risk.models import PolicyEvaluation
from risk.services.other_terms import OnTerms, holding

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

    Everything else of the file stays as the evaluation froze it. A few dozen evaluations, no query for each.
    """
    version = application.product_version
    wanted = BETTER[Recommended(evaluation.outcome)]
    if version is None or application.amount is None or application.term_months is None or not wanted:
        return Offers(None, None)
    hold = holding(application, evaluation)

    def vary(amount: Decimal, term: int) -> OnTerms:
        return hold(amount, term, None)

    amount, term = application.amount, application.term_months
    smaller = longer = None
    for outcome in wanted:
        smaller = smaller or _largest(vary, outcome, version.min_amount, amount, term)
        terms = range(-(-(term + 1) // TERM_STEP) * TERM_STEP, version.max_term_months + 1, TERM_STEP)
        longer = longer or next((one for months in terms if (one := vary(amount, months)).outcome == outcome), None)
    return Offers(smaller, longer)


Vary = Callable[[Decimal, int], OnTerms]


def _largest(vary: Vary, outcome: Recommended, least: Decimal, most: Decimal, term: int) -> OnTerms | None:
    """By bisection over whole hundreds: what a smaller loan gets is at least as good. None when the product's least amount is too much."""
    low, high = -(-least // STEP), (most - 1) // STEP
    if low > high or vary(low * STEP, term).outcome != outcome:
        return None
    while low < high:
        middle = (low + high + 1) // 2
        if vary(middle * STEP, term).outcome == outcome:
            low = middle
        else:
            high = middle - 1
    return vary(low * STEP, term)
