"""The computed facts of a decision once more: from the parts that were frozen with it, and from the rows that these name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from loans.models import Application
from loans.models.borrowers import BorrowerKind
from risk.domain.facts import CATALOGUE
from risk.domain.request_parts import outlived
from risk.models import Decision
from risk.selectors.bureau import figures_of_report, mark_of_source
from risk.selectors.facts import KnownFact, known_from_evidence
from risk.services.accounts import facts_from_accounts, mark_of_paper
from risk.services.fact_parts import Parts, asked_by, charge_from, currency_of, facts_from_checks, facts_from_moment
from risk.services.our_books import facts_from_books
from risk.services.request_facts import OWN, Charge, Found, ages_of, lasting_facts, priced_facts
from risk.services.statements import Seen, on_file, statement_facts_again

BUREAU = ("bureau_worst_dpd", "bureau_enquiries")


@dataclass(frozen=True)
class WorkedAgain:
    """What comes out: {code: (value, source, authenticity)}, and the days of what is older than the assessment. `known` is the file as it
    was frozen, each fact stale or fresh by its day and the shelf lives of then.
    """

    found: Found
    days: dict[str, date]
    known: dict[str, KnownFact]
    asked: Application
    charge: Charge
    seen: Seen | None
    on: date


def work_out_again(decision: Decision) -> WorkedAgain:
    """Only of evidence that keeps the parts. A query each where statements were read or a bureau was asked."""
    evidence = decision.evidence
    parts: Parts = evidence["parts"]
    kept, score = evidence["evaluation"], evidence["score"]
    facts, day = kept["facts"], date.fromisoformat(kept["business_date"])
    asked, known = asked_by(parts), _known(parts, facts, day)
    charge = charge_from(parts).of_grade(asked, score["grade"] if score else "")
    found = (
        lasting_facts(asked, known, business_date=day)
        | priced_facts(asked, known, charge)
        | facts_from_moment(parts, business_date=day)
        | facts_from_checks(parts)
        | {"statements_on_file": (on_file(parts["statements"]), "Statements", OWN)}
    )
    days = ages_of(known)
    if parts["accounts"]:
        worked, told = _from_accounts(parts["accounts"])
        found |= {code: fact for code, fact in worked.items() if code in facts and CATALOGUE[code].computed}
        days |= told
    seen = statement_facts_again(parts["statements"], currency=parts["request"]["currency"]) if parts["statements"] else None
    if seen is not None:
        found |= seen
        days |= seen.ages()
    if parts["bureau"]:
        worked, told = _from_report(decision, parts, facts)
        found |= worked
        days |= told
    return WorkedAgain(found | _from_books(parts), days, known, asked, charge, seen, day)


def _known(parts: Parts, facts: Mapping[str, Any], day: date) -> dict[str, KnownFact]:
    """The frozen facts, stale by their days; as they were marked where the shelf lives of then are not kept."""
    known = known_from_evidence(facts)
    if "shelves" not in parts:
        return known
    days = {code: fact.row.as_of_date for code, fact in known.items()}
    return {code: replace(fact, is_stale=bool(outlived(code, days, day, parts["shelves"]))) for code, fact in known.items()}


def _from_accounts(kept: Mapping[str, Any]) -> tuple[Found, dict[str, date]]:
    worked, mark = facts_from_accounts(kept), mark_of_paper(kept.get("paper"))
    return {code: (value, "", mark) for code, value in worked.items()}, dict.fromkeys(worked, date.fromisoformat(kept["year_end"]))


def _from_report(decision: Decision, parts: Parts, facts: Mapping[str, Any]) -> tuple[Found, dict[str, date]]:
    """What the report says. Where the business day lagged behind the calendar its facts are older than it; none is younger."""
    told = figures_of_report(parts["bureau"], decision.application_id, currency_of(parts))
    if told is None:
        return dict.fromkeys(BUREAU, (None, "", "")), {}
    is_company = parts["request"]["borrower_kind"] == BorrowerKind.COMPANY
    figures = {code: value for code, value in told.figures.items() if code != "bureau_debt_service" or is_company}
    frozen = facts.get("bureau_worst_dpd")
    mark = mark_of_source(frozen["source"] if frozen else "")
    day = min(told.as_of_date, date.fromisoformat(frozen["as_of_date"])) if frozen else told.as_of_date
    return {code: (value, "", mark) for code, value in figures.items()}, dict.fromkeys(figures, day)


def _from_books(parts: Parts) -> Found:
    if "own_books" in parts:
        return facts_from_books(parts["own_books"], parts["request"]["borrower_kind"], currency_of(parts))
    if "own_loans" in parts:  # in the form of before, which kept the sums alone
        return {code: (value, "", OWN) for code, value in parts["own_loans"].items()}
    if parts["request"]["borrower_kind"] == BorrowerKind.COMPANY:  # of an older house, which asked its books of companies alone
        return {"own_debt_service": (parts["own_payments"], "", OWN)}
    return {}
