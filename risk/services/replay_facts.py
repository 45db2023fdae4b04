"""What a replay asks of the figures: each as it was recorded, each worked out again from its frozen parts, and the terms as they were
decided.

Only evidence that keeps the parts is asked so; that of an older house replays from the figures themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from loans.models.applications import Channel
from loans.models.borrowers import BorrowerKind
from risk.domain.affordability import step_of
from risk.domain.facts import CATALOGUE
from risk.models import Decision, Fact, ModelVersion, PolicyEvaluation, PolicyVersion, Score
from risk.selectors.bureau import figures_of_report
from risk.selectors.facts import KnownFact
from risk.services.evidence import as_decided
from risk.services.fact_parts import Parts, asked_by, charge_parts, currency_of
from risk.services.our_books import SHOWN
from risk.services.replay_compared import MISSING, Compared, by_name, together
from risk.services.replay_standing import standing_on_terms
from risk.services.replay_worked import WorkedAgain
from risk.services.request_facts import BEFORE_GRADES
from risk.services.rules_of_decision import Terms, on_decided_terms
from risk.services.scoring import frozen_row

DECIDED_AS = {
    "outcome": "outcome decided",
    "amount": "amount decided",
    "term_months": "term decided",
    "annual_rate": "rate decided",
    "conditions": "conditions decided",
    "reasons": "reasons told",
    "rationale": "rationale",
    "override_code": "reason for leaving the recommendation",
    "price_code": "reason for another price",
}


def recorded_compared(decision: Decision) -> Iterator[Compared]:
    """Every frozen fact that was a row of the file against this row, which is never changed: one query."""
    evidence = decision.evidence
    frozen = [
        (code, kept) for facts in (evidence["facts"], evidence["evaluation"]["facts"]) for code, kept in facts.items() if kept.get("fact")
    ]
    rows = {
        str(row.pk): row for row in Fact.objects.filter(pk__in={kept["fact"] for _, kept in frozen}, application=decision.application_id)
    }
    named: dict[str, tuple[Any, Any]] = {}
    for code, kept in frozen:
        row = rows.get(kept["fact"])
        stored = {name: value for name, value in kept.items() if name != "stale"}
        found = KnownFact(CATALOGUE[code], row, False).as_evidence() if row is not None and row.code == code else MISSING
        if code not in named or named[code][0] == named[code][1]:
            named[code] = (stored, found)
    yield from by_name("facts as they were recorded", named, "{title}, as recorded")


def decided_compared(decision: Decision) -> Iterator[Compared]:
    """The terms in the evidence against those of the decision, and what the system said."""
    kept, now = decision.evidence["decided"], as_decided({name: getattr(decision, name) for name in DECIDED_AS})
    yield from together("terms as they were decided", {title: (kept[name], now[name]) for name, title in DECIDED_AS.items()})
    yield Compared("what the system recommended", decision.evidence["evaluation"]["outcome"], decision.system_recommendation, by_name=True)


def figures_compared(
    decision: Decision, worked: WorkedAgain, policy: PolicyVersion, model: ModelVersion | None, again: Mapping[str, Any] | None
) -> Iterator[Compared]:
    """Every computed fact against what its parts gave, what the scorecard looked at, and the same of the terms decided. `again` is the
    score worked out once more.
    """
    evidence = decision.evidence
    parts: Parts = evidence["parts"]
    kept, score = evidence["evaluation"], evidence["score"]
    facts, step = kept["facts"], step_of(currency_of(parts))
    yield Compared("rate it was assessed at", parts["charge"], charge_parts(worked.charge))
    yield Compared("request", _request(evidence["application"]), _request(parts["request"]))
    kinds = {"company" if parts["request"]["borrower_kind"] == BorrowerKind.COMPANY else "person"}
    secured = {"secured"} if parts["collateral"]["pledges"] else set(kept["marks"]) & {"secured"}
    yield Compared("what the rows apply to", kept["marks"], sorted(kinds | secured))
    if worked.seen is not None:
        yield Compared("lines of the statements", parts["statements"], worked.seen.parts or MISSING)
    if reported := [one for one in parts.get("parties_reports", []) if "worst_dpd" in one]:
        read = _of_parties(reported, decision.application_id, currency_of(parts))
        yield Compared("bureau reports on co-borrowers and guarantors", *read)
    if "own_books" in parts:
        yield Compared("days our books are held against", parts["own_books"].get("since"), _held_against(parts, facts))
    found: dict[str, Any] = {code: value for code, (value, _, _) in worked.found.items()}
    if again is not None:
        found |= {"score": again["points"], "grade": again["grade"]}
    yield from by_name(
        "figures from their parts", {code: (_value(facts, code), _canonical(code, value, step)) for code, value in found.items()}
    )
    if score is not None:
        row = frozen_row(worked.asked, facts)
        # A figure that came without its parts was scored as it came.
        looked_at = {name: row.get(name) for name in score["row"] if name not in BEFORE_GRADES or row.get(name) is not None}
        yield from together(
            "factors the scorecard looked at", {f"{name}, as scored": (score["row"][name], now) for name, now in looked_at.items()}
        )
    evaluation = PolicyEvaluation(
        facts=facts, parts=parts, marks=kept["marks"], business_date=worked.on, policy_version=policy, outcome=kept["outcome"]
    )
    if score is not None:
        evaluation.score = Score(facts=score["row"], grade=score["grade"], model_version=model)
    yield from _on_terms(evidence, evaluation)


def _of_parties(kept: list[Parts], application: UUID, currency: str) -> tuple[list[Any], list[Any]]:
    """The worst delays in the reports on parties, as they were kept and read once more from the answers. A query for each report."""
    read = [figures_of_report(one["report"], application, currency) for one in kept]
    return [one["worst_dpd"] for one in kept], [told.figures["bureau_worst_dpd"] if told else MISSING for told in read]


def _held_against(parts: Parts, facts: Mapping[str, Any]) -> dict[str, str | None] | None:
    """The days of what is recorded of the same as our sums, by the facts themselves; of what is unknown again as they were kept."""
    kept: dict[str, str | None] | None = parts["own_books"].get("since")
    shown = SHOWN | ({"bureau": "bureau_worst_dpd"} if "bureau_debt_service" in facts else {})
    return None if kept is None else kept | {name: facts[code]["as_of_date"] for name, code in shown.items() if code in facts}


def _on_terms(evidence: Mapping[str, Any], evaluation: PolicyEvaluation) -> Iterator[Compared]:
    """Whether the terms decided had to be held against the policy, and every figure on them."""
    terms, block = Terms.from_content(evidence["decided"]), evidence.get("terms")
    if evidence["parts"]["request"]["channel"] == Channel.IMPORT:
        return  # somebody else granted it; nothing was held against it
    if block:
        held = {name: block[name] for name in ("amount", "term_months", "annual_rate")}
        yield Compared("terms held against the policy", held, _same_as(terms, held))
        terms = replace(terms, amount=Decimal(block["amount"]), term_months=block["term_months"], annual_rate=Decimal(block["annual_rate"]))
    again = on_decided_terms(asked_by(evidence["parts"]), evaluation, terms)
    yield Compared("need to hold the terms against the policy", bool(block), again is not None)
    if block and again is not None:
        codes = {*block["facts"], *again.facts}
        named = {code: (_value(block["facts"], code), _value(again.facts, code)) for code in codes}
        yield from by_name("figures on the decided terms", named, "{title}, on the decided terms")
        if "shelves" in evidence["parts"]:
            yield from standing_on_terms(block["facts"], again.facts)


def _same_as(terms: Terms, held: Mapping[str, Any]) -> dict[str, Any]:
    """The terms decided, each as it was written where it is the same number."""
    decided = {"amount": terms.amount, "term_months": terms.term_months, "annual_rate": terms.annual_rate}
    return {name: held[name] if value is not None and Decimal(held[name]) == value else value for name, value in decided.items()}


def _request(kept: Mapping[str, Any]) -> dict[str, Any]:
    amount = None if kept["amount"] is None else format(Decimal(kept["amount"]).normalize(), "f")
    return {"amount": amount} | {name: kept[name] for name in ("term_months", "currency", "purpose")}


def _value(facts: Mapping[str, Any], code: str) -> str | None:
    kept = facts.get(code)
    return None if kept is None else str(kept["value"])


def _canonical(code: str, value: Any, step: Decimal) -> str | None:
    return None if value is None else CATALOGUE[code].canonical(value, step)
