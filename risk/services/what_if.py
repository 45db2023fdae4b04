"""What would change a recommendation: the same file with a smaller or longer loan, worked out from the frozen facts. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from collateral.selectors.coverage import Coverage, coverage_of
from loans.models import Application
from risk.domain.application_score import score_row
from risk.domain.facts import CATALOGUE
from risk.domain.states import Recommended
from risk.models import PolicyEvaluation
from risk.selectors.facts import KnownFact, known_from_evidence
from risk.services.derivation import OWN, Found, facts_of_request
from risk.services.policies import evaluate_frozen, marks_of
from risk.services.scoring import amount_to_income

BETTER = {Recommended.DECLINE: (Recommended.APPROVE, Recommended.REFER), Recommended.REFER: (Recommended.APPROVE,), Recommended.APPROVE: ()}
# The facts that follow from the request.
FOLLOWING = ("new_instalment", "dsti", "dti", "disposable_income", "dscr", "age_at_maturity", "ltv", "collateral_coverage")
STEP = Decimal(100)
TERM_STEP = 6


@dataclass(frozen=True)
class Variant:
    """The file with another request: what the system would recommend then. Amounts in the application's currency."""

    amount: Decimal
    term_months: int
    instalment: Decimal | None
    outcome: Recommended
    grade: str


@dataclass(frozen=True)
class Offers:
    """The least changes of the request that better the recommendation; None where none does."""

    smaller: Variant | None
    longer: Variant | None


def better_requests(*, application: Application, evaluation: PolicyEvaluation) -> Offers:
    """The largest smaller amount and the shortest longer term that better the recommendation, within the product's limits.

    Everything else of the file stays as the evaluation froze it. A few dozen evaluations, no query for each.
    """
    version = application.product_version
    wanted = BETTER[Recommended(evaluation.outcome)]
    if version is None or application.amount is None or application.term_months is None or not wanted:
        return Offers(None, None)
    vary = _varying(application, evaluation)
    amount, term = application.amount, application.term_months
    smaller = longer = None
    for outcome in wanted:
        smaller = smaller or _largest(vary, outcome, version.min_amount, amount, term)
        terms = range(-(-(term + 1) // TERM_STEP) * TERM_STEP, version.max_term_months + 1, TERM_STEP)
        longer = longer or next((one for months in terms if (one := vary(amount, months)).outcome == outcome), None)
    return Offers(smaller, longer)


Vary = Callable[[Decimal, int], Variant]


def _largest(vary: Vary, outcome: Recommended, least: Decimal, most: Decimal, term: int) -> Variant | None:
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


def _varying(application: Application, evaluation: PolicyEvaluation) -> Vary:
    """A function that holds the file with another amount and term against the same policy and scorecard."""
    known = known_from_evidence(evaluation.facts)
    marks = sorted(marks_of(application))
    cover = coverage_of(application, business_date=evaluation.business_date) if "ltv" in evaluation.facts else None

    def vary(amount: Decimal, term: int) -> Variant:
        asked = copy(application)
        asked.amount, asked.term_months = amount, term
        derived = facts_of_request(asked, known, business_date=evaluation.business_date) | _covered(cover, amount)
        frozen = _with(evaluation.facts, derived, evaluation.business_date)
        passes, grade = None, ""
        if evaluation.score is not None:
            row = _row(evaluation.score.facts, frozen, asked, known)
            score = score_row(evaluation.score.model_version.definition, row)
            passes, grade = score["passes"], score["grade"]
            frozen = _with(frozen, {"score": (score["points"], "", OWN), "grade": (grade, "", OWN)}, evaluation.business_date)
        _, outcome = evaluate_frozen(evaluation.policy_version, frozen, marks=marks, score_passes=passes)
        return Variant(amount, term, derived["new_instalment"][0], outcome, grade)

    return vary


def _covered(cover: Coverage | None, amount: Decimal) -> Found:
    """Loan to value and coverage of another amount over the same collateral."""
    if cover is None or cover.ltv is None:
        return {}
    prior = cover.ltv * cover.market_value - cover.exposure
    ltv = (amount + prior) / cover.market_value
    return {"ltv": (ltv, "", OWN), "collateral_coverage": (cover.available / amount, "", OWN)}


def _with(facts: Mapping[str, Any], derived: Found, day: date) -> dict[str, Any]:
    """Frozen facts with those that follow from the request worked out anew, as reliable as they were; what is unknown goes."""
    changed = dict(facts)
    for code, (value, source, authenticity) in derived.items():
        if value is None:
            changed.pop(code, None)
        else:
            before = facts.get(code) or {"authenticity": authenticity, "stale": False, "source": source}
            changed[code] = dict(before) | {"value": CATALOGUE[code].canonical(value)}
    return changed


def _row(
    row: Mapping[str, str | None], frozen: Mapping[str, Any], asked: Application, known: Mapping[str, KnownFact]
) -> dict[str, str | None]:
    """What the scorecard looked at, with the request and what follows from it put in."""
    assert asked.amount is not None
    request: dict[str, str | None] = {
        "amount": format(asked.amount, "f"),
        "term_months": str(asked.term_months),
        "amount_to_income": amount_to_income(asked.amount, {code: fact.row.value for code, fact in known.items()}),
    }
    request |= {code: frozen[code]["value"] if code in frozen else None for code in FOLLOWING}
    return {name: request.get(name, value) for name, value in row.items()}
