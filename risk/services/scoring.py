"""Scores: the active model of the population says what it thinks of an application, and the answer is kept."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from core.industries import section_of
from loans.models import Application, Borrower
from loans.models.borrowers import BorrowerKind
from risk.domain.application_score import StoredCard
from risk.domain.facts import CATALOGUE, FactType, weakest
from risk.domain.request_parts import PRICED
from risk.domain.shelf_life import SHELVES, is_stale
from risk.models import Fact, ModelVersion, Score
from risk.models.scoring import VersionState
from risk.selectors.counted import counted_in
from risk.selectors.facts import KnownFact
from risk.services.request_facts import OWN, PARTS_OF_REQUEST, before_grades

RETAIL, BUSINESS = "retail", "business"


def population_of(borrower: Borrower | None) -> str:
    """Which scorecard a borrower is scored with."""
    return BUSINESS if borrower is not None and borrower.kind == BorrowerKind.COMPANY else RETAIL


def active_model(population: str) -> ModelVersion | None:
    """The model in force for a population, if there is one."""
    return ModelVersion.objects.filter(name=population, state=VersionState.ACTIVE).first()


def scoring_row(application: Application, facts: Mapping[str, KnownFact]) -> dict[str, str | None]:
    """What a scorecard may look at: every fact under its code, and the request itself. Text, or None where nothing is known.

    What follows from the instalment is worked out at the product's rate before grades, since the price of the grade follows from the score;
    only a figure that came without its parts is taken as it came. Nothing under stress.

    Flags become "1" and "0". A conflicting fact is not known; an unverified or stale one is scored (policy refers on it).
    """
    return _row(application, {code: (fact.row.value, fact.row.authenticity) for code, fact in facts.items()})


def frozen_row(application: Application, facts: Mapping[str, Mapping[str, Any]]) -> dict[str, str | None]:
    """The same from facts as an evaluation froze them. No query where product and borrower are there."""
    return _row(application, {code: (kept["value"], kept["authenticity"]) for code, kept in facts.items() if code in CATALOGUE})


def _row(application: Application, facts: Mapping[str, tuple[str, str]]) -> dict[str, str | None]:
    row: dict[str, str | None] = {}
    for code, (value, authenticity) in facts.items():
        if authenticity == Fact.Authenticity.CONFLICTING:
            continue
        row[code] = {"true": "1", "false": "0"}.get(value, value) if CATALOGUE[code].type == FactType.FLAG else value
    amounts = {code: Decimal(facts[code][0]) for code in PARTS_OF_REQUEST if code in row}
    row = {code: value for code, value in row.items() if code not in PRICED} | before_grades(application, amounts)
    amount = application.amount
    version = application.product_version
    row["amount"] = None if amount is None else format(amount, "f")
    row["term_months"] = None if application.term_months is None else str(application.term_months)
    row["purpose"] = application.purpose_code or None
    row["product"] = version.product.code if version else None
    row["channel"] = application.channel
    row["industry"] = (section_of(application.borrower.industry) or None) if application.borrower else None
    row["amount_to_income"] = amount_to_income(amount, row)
    return row


def amount_to_income(amount: Decimal | None, known: Mapping[str, str | None]) -> str | None:
    """The amount over the yearly income, or the turnover where no income is known; None where neither is."""
    yearly = Decimal(known.get("monthly_income") or 0) * 12 or Decimal(known.get("turnover") or 0)
    return format((amount / yearly).quantize(Decimal("0.0001")), "f") if amount is not None and yearly > 0 else None


def scored(
    application: Application, facts: Mapping[str, KnownFact], model: ModelVersion, scorecard: StoredCard, *, business_date: date
) -> Score:
    """What a model, read as this scorecard, says of an application; still to be added. No query."""
    row = {name: value for name, value in scoring_row(application, facts).items() if name in model.features}
    result = scorecard.score(row)
    return Score(
        application=application,
        model_version=model,
        points=result["points"],
        pd=Decimal(result["pd"]),
        grade=result["grade"],
        contributions=result["contributions"],
        reasons=result["reasons"],
        facts=row,
        business_date=business_date,
    )


def standing_of(
    score: Score, known: Mapping[str, KnownFact], *, business_date: date, shelves: Mapping[str, int] = SHELVES
) -> tuple[str, str, date]:
    """Source, authenticity and day of a score and its grade: as weak as the weakest fact that counted in it, and where one of these passed
    its shelf life, as old as it; unverified where nothing counted at all. The source names what is doubtful, so that a row of the policy
    says why it refers. `shelves` are the lives of another day. No query.
    """
    used = {
        code: (known[code], known[code].is_stale or is_stale(CATALOGUE[held_by], known[code].row.as_of_date, business_date, shelves))
        for code, held_by in counted_in(score.facts, known)
    }
    unshown = [fact.kind.title for fact, old in used.values() if not old and fact.row.authenticity == Fact.Authenticity.UNVERIFIED]
    stale = [fact.kind.title for fact, old in used.values() if old]
    said = [str(score.model_version)]
    said += [f"{word}: {', '.join(titles)}" for word, titles in (("unverified", unshown), ("too old", stale)) if titles]
    if all(value is None for value in score.facts.values()):
        # What is known of nobody says nothing of this one.
        return f"{score.model_version}; nothing it looks at is known", Fact.Authenticity.UNVERIFIED, business_date
    authenticity = weakest([OWN, *(fact.row.authenticity for fact, _ in used.values())])
    as_of = min([business_date, *(fact.row.as_of_date for fact, old in used.values() if old)])
    return textwrap.shorten("; ".join(said), 80, placeholder=" \N{HORIZONTAL ELLIPSIS}"), authenticity, as_of
