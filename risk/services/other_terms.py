"""A file on other terms than were asked for: the same policy and scorecard over the facts of its evaluation, with those that follow from
amount, term and rate worked out anew. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from collateral.selectors.coverage import Coverage, coverage_from, coverage_of
from loans.models import Application
from risk.domain.affordability import heaviest_payment, step_of
from risk.domain.application_score import score_row
from risk.domain.facts import CATALOGUE
from risk.domain.policy import Result
from risk.domain.states import Recommended
from risk.models import Fact, PolicyEvaluation
from risk.selectors.facts import KnownFact, known_from_evidence
from risk.selectors.terms import repayment_of
from risk.services.fact_parts import charge_from, kept_with
from risk.services.policies import evaluate_frozen, marks_held
from risk.services.request_facts import BEFORE_GRADES, OWN, Found, amounts_of, before_grades, charge_for, lasting_facts, priced_facts
from risk.services.scoring import amount_to_income

# The facts that follow from the request whatever the rate.
FOLLOWING = ("dti", "age_at_maturity", "ltv", "collateral_coverage")

SCORED = ("points", "pd", "grade", "contributions", "reasons")
"""What of a score is kept and comes out the same in a replay."""


@dataclass(frozen=True)
class OnTerms:
    """The file on these terms: what the policy and the scorecard say of it. Amounts in the application's currency, the rate a fraction per
    year.

    `score` holds the row it was made from and every point, None where the file was assessed without a scorecard.
    """

    amount: Decimal
    term_months: int
    annual_rate: Decimal
    facts: dict[str, Any]
    rows: list[dict[str, Any]]
    outcome: Recommended
    score: dict[str, Any] | None

    @property
    def instalment(self) -> Decimal | None:
        """A month's payment."""
        kept = self.facts.get("new_instalment")
        return Decimal(kept["value"]) if kept else None

    @property
    def grade(self) -> str:
        return str(self.score["grade"]) if self.score else ""

    def as_evidence(self) -> dict[str, Any]:
        """What is frozen into a decision on these terms: a replay needs nothing else but the versions it names."""
        return {
            "amount": self.amount,
            "term_months": self.term_months,
            "annual_rate": self.annual_rate,
            "facts": self.facts,
            "rows": self.rows,
            "outcome": self.outcome.value,
            "score": self.score,
        }


Hold = Callable[[Decimal, int, Decimal | None], OnTerms]


def holding(application: Application, evaluation: PolicyEvaluation) -> Hold:
    """A function that holds the file with another amount, term and rate against the same policy and scorecard; no query for each.

    Without a rate at the price of the grade that the file has on these terms.
    """
    known = known_from_evidence(evaluation.facts)
    marks = marks_held(evaluation)
    day, step = evaluation.business_date, step_of(application.currency)
    parts = kept_with(evaluation)
    cover = None
    if "ltv" in evaluation.facts:
        cover = coverage_from(parts["collateral"]) if parts else coverage_of(application, business_date=day)
    charge = charge_from(parts) if parts else charge_for(application, evaluation.score.grade if evaluation.score else "")

    def hold(amount: Decimal, term: int, rate: Decimal | None) -> OnTerms:
        asked = copy(application)
        asked.amount, asked.term_months = amount, term
        frozen = _with(evaluation.facts, lasting_facts(asked, known, business_date=day) | _covered(cover, amount), day, step)
        passes, score, at = None, None, charge
        if evaluation.score is not None:
            row = _row(evaluation.score.facts, frozen, asked, known)
            again = score_row(evaluation.score.model_version.definition, row)
            passes, score = again["passes"], {"row": row} | {name: again[name] for name in SCORED}
            frozen = _with(frozen, {"score": (again["points"], "", OWN), "grade": (again["grade"], "", OWN)}, day, step)
            at = charge.of_grade(asked, again["grade"])
        if rate is not None:
            at = charge.at(rate)
        frozen = _with(frozen, priced_facts(asked, known, at), day, step)
        result, outcome = evaluate_frozen(evaluation.policy_version, frozen, marks=marks, score_passes=passes)
        return OnTerms(amount, term, at.annual_rate, frozen, [line.to_dict() for line in result.rows], outcome, score)

    return hold


def burdens_more(application: Application, evaluation: PolicyEvaluation, annual_rate: Decimal) -> bool:
    """Whether the request at this rate costs more a month than the instalment that the evaluation looked at."""
    assert application.amount is not None and application.term_months is not None  # the database refuses a submitted one without
    seen = evaluation.facts.get("new_instalment")
    now = heaviest_payment(application.amount, annual_rate, application.term_months, repayment_of(application))
    return seen is None or now > Decimal(seen["value"])


def said_of(evaluation: PolicyEvaluation, on_terms: OnTerms | None) -> str:
    """What the system recommends about the terms decided."""
    return on_terms.outcome.value if on_terms else evaluation.outcome


def told_on_terms(evidence: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is told of the terms decided, out of the evidence: the outcome, and the rows that read otherwise than on the request or do not
    pass. None where the terms are what was assessed."""
    terms = evidence.get("terms")
    if not terms:
        return None
    before = {row["code"]: row["value"] for row in evidence["evaluation"]["rows"]}
    rows = [row for row in terms["rows"] if row["result"] != Result.PASS or row["value"] != before.get(row["code"], row["value"])]
    return {"outcome": terms["outcome"], "rows": rows}


def _covered(cover: Coverage | None, amount: Decimal) -> Found:
    """Loan to value and coverage of another amount over the same collateral."""
    if cover is None or cover.ltv is None:
        return {}
    prior = cover.ltv * cover.market_value - cover.exposure
    ltv = (amount + prior) / cover.market_value
    return {"ltv": (ltv, "", OWN), "collateral_coverage": (cover.available / amount, "", OWN)}


def _with(facts: Mapping[str, Any], derived: Found, day: date, step: Decimal) -> dict[str, Any]:
    """Frozen facts with those that follow from the terms worked out anew, as reliable as they were; what is unknown goes."""
    changed = dict(facts)
    for code, (value, source, authenticity) in derived.items():
        if value is None:
            changed.pop(code, None)
            continue
        before = facts.get(code) or {
            "authenticity": authenticity, "stale": False, "source": source, "as_of_date": day.isoformat(), "document": None, "fact": None,
        }  # fmt: skip
        stored = CATALOGUE[code].canonical(value, step)
        # A value that was never recorded points at no fact.
        changed[code] = dict(before)
        if before.get("value") != stored:
            changed[code] |= {"value": stored, "fact": None, "source": source or before["source"]}
    return changed


def _row(
    row: Mapping[str, str | None], frozen: Mapping[str, Any], asked: Application, known: Mapping[str, KnownFact]
) -> dict[str, str | None]:
    """What the scorecard looked at, with the request and what follows from it put in."""
    assert asked.amount is not None
    usable = {code: fact.row.value for code, fact in known.items() if fact.row.authenticity != Fact.Authenticity.CONFLICTING}
    request: dict[str, str | None] = {
        "amount": format(asked.amount, "f"),
        "term_months": str(asked.term_months),
        "amount_to_income": amount_to_income(asked.amount, usable),
    }
    burden = before_grades(asked, amounts_of(known))
    # A figure that came without its parts is taken as it came.
    request |= {code: burden.get(code, row.get(code)) for code in BEFORE_GRADES}
    request |= {code: frozen[code]["value"] if code in frozen else None for code in FOLLOWING}
    return {name: request.get(name, value) for name, value in row.items()}
