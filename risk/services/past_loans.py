"""Loans whose end is known: each judged on what was known on its day, by a scorecard that has not seen it.

The loans are dealt into folds. For each fold a scorecard learns from the other loans and is kept as a draft version; the loans of
the fold are scored with it and held against the policy in force. A last draft learns from all of them; it judges none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
from django.db import transaction
from numpy.typing import NDArray

from core.models import User
from loans.models import Application
from risk.domain import metrics
from risk.domain.application_score import StoredCard
from risk.domain.factor_forms import in_form
from risk.domain.facts import CATALOGUE, FactType
from risk.domain.scorecard import Card
from risk.domain.statement_months import Rules
from risk.domain.training import folds_of, make_challenger, train
from risk.domain.training_table import Prepared, prepare
from risk.models import ModelVersion
from risk.selectors.facts import current_facts
from risk.services.assessment import recommend, work_out_facts
from risk.services.facts import record_computed
from risk.services.models import data_fingerprint, register_model, train_and_register
from risk.services.scoring import RETAIL, scored, scoring_row
from risk.services.statements import Found, Seen, statement_facts_of_many

TARGET = "bad"
REQUEST = ("amount", "term_months", "amount_to_income")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PastLoan:
    """An application of the past, the day it was granted, and how the loan ended: `bad` is not paid or in debt."""

    application: Application
    granted_date: date
    bad: bool


@dataclass(frozen=True)
class Judged:
    """What came out for one past loan: points (higher is safer), probability of default, and the recommendation."""

    loan: PastLoan
    points: int | None
    pd: Decimal | None
    recommendation: str


def judge_past_loans(
    *, loans: Sequence[PastLoan], actor: User | None, business_date: date, folds: int = 5, seed: int = 42, progress: Progress | None = None
) -> tuple[list[Judged], float | None]:
    """Facts from statements, out-of-fold scores and a recommendation for each loan. Returns them with the AUC over all (1 is perfect).

    `actor` answers for the drafts. Too few loans of either ending to learn from: nobody is scored, and the AUC is None.
    """
    rows = []
    # Their lines say of hardly anything that came in what it was paid for, nor did they to whoever granted them: all of it counted.
    seen = statement_facts_of_many([(loan.application, loan.granted_date) for loan in loans], rules=Rules.LATELY)
    for number, (loan, found) in enumerate(zip(loans, seen, strict=True)):
        rows.append(_known_on_the_day(loan, found))
        if progress:
            progress(number, 2 * len(loans))
    frame = pd.DataFrame([{name: None if text is None else float(Decimal(text)) for name, text in row.items()} for row in rows])
    frame[TARGET] = [int(loan.bad) for loan in loans]
    models = _learn(frame, actor, business_date, _folds_possible(loans, folds), seed)
    judged = []
    for number, (loan, model) in enumerate(zip(loans, models, strict=True)):
        judged.append(_judge(loan, model))
        if progress:
            progress(len(loans) + number + 1, 2 * len(loans))
    scored = [(one.loan.bad, one.points) for one in judged if one.points is not None]
    area = metrics.auc([bad for bad, _ in scored], [-points for _, points in scored]) if scored else None
    return judged, area


@transaction.atomic
def _known_on_the_day(loan: PastLoan, seen: Seen) -> dict[str, str | None]:
    """Record what the statements before the grant show, and give it as a scorecard looks at it."""
    application, day = loan.application, loan.granted_date
    shown = _affordability(seen)
    days = {} if seen.until is None else dict.fromkeys(shown, seen.until)
    record_computed(application=application, facts=shown, business_date=day, as_of_dates=days, author_name="import")
    known = work_out_facts(application=application, business_date=day, statements=seen)
    return {name: value for name, value in scoring_row(application, known).items() if name in REQUEST or _is_figure(name)}


def _affordability(seen: Found) -> Found:
    """Income, payments to lenders and other regular outgoings per month, as far as the lines show them."""
    if not seen:
        return {}
    income, outgoings, duty = (seen[code][0] for code in ("statement_income", "statement_outgoings", "statement_obligations"))
    _, said, mark = seen["statement_income"]
    living = None if outgoings is None or duty is None else max(outgoings - duty, Decimal(0))
    return {"monthly_income": (income, said, mark), "monthly_obligations": (duty, said, mark), "living_expenses": (living, said, mark)}


def _is_figure(name: str) -> bool:
    kind = CATALOGUE.get(name)
    return kind is not None and kind.type in (FactType.MONEY, FactType.RATIO, FactType.NUMBER, FactType.INTEGER)


def _folds_possible(loans: Sequence[PastLoan], wanted: int) -> int:
    """So many folds that each fold's scorecard still meets enough of both endings to be cut into grades; 0 when there are too few."""
    rarer = min(sum(loan.bad for loan in loans), sum(not loan.bad for loan in loans))
    return next((folds for folds in range(wanted, 1, -1) if rarer - -(-rarer // folds) >= folds), 0)


def _learn(frame: pd.DataFrame, actor: User | None, business_date: date, folds: int, seed: int) -> list[ModelVersion | None]:
    """For each row the draft that learnt from the other folds."""
    models: list[ModelVersion | None] = [None] * len(frame)
    if not folds:
        return models
    prepared = prepare(in_form(frame, leave=[TARGET])[0], TARGET, "1")
    for learnt, held in folds_of(prepared.bad, folds, seed):
        version = _register_fold(frame, prepared, learnt, held, actor, business_date, folds, seed)
        for place in held:
            models[place] = version
    train_and_register(
        frame=frame, target=TARGET, name=RETAIL, actor=actor, business_date=business_date, positive="1", folds=folds, seed=seed
    )
    return models


def _register_fold(
    frame: pd.DataFrame,
    prepared: Prepared,
    learnt: NDArray[np.intp],
    held: NDArray[np.intp],
    actor: User | None,
    business_date: date,
    folds: int,
    seed: int,
) -> ModelVersion:
    part = Prepared(prepared.factors.iloc[learnt], prepared.bad[learnt], prepared.positive, prepared.remarks)
    definition = train(part, folds=folds, seed=seed)
    outside, bad = prepared.factors.iloc[held], prepared.bad[held]
    card = Card.from_dict(definition["card"])
    challenger = make_challenger(part.factors, seed=seed).fit(part.factors, part.bad)
    own = metrics.summary(bad, 1 / (1 + np.exp(-card.log_odds_bad(card.points_of(outside)))))
    other = metrics.summary(bad, challenger.predict_proba(outside)[:, 1])
    return register_model(
        name=RETAIL,
        definition=definition,
        metrics={
            "rows": len(learnt),
            "bads": int(part.bad.sum()),
            "positive": part.positive,
            "seed": seed,
            "folds": [own],
            "mean": own,
            "iv": {one.name: one.iv for one in sorted(card.features, key=lambda one: -one.iv)},
            "challenger": {"folds": [other], "mean": other},
            "remarks": [*part.remarks, f"Learnt without the {len(held)} loans it judges, which the measures are taken on."],
        },
        features=[str(column) for column in part.factors.columns],
        data_rows=len(learnt),
        fingerprint=data_fingerprint(frame.iloc[learnt]),
        actor=actor,
        business_date=business_date,
    )


@transaction.atomic
def _judge(loan: PastLoan, model: ModelVersion | None) -> Judged:
    application, day = loan.application, loan.granted_date
    score = None
    if model is not None:
        card, known = StoredCard.read(model.definition), current_facts(application, business_date=day)
        score = scored(application, known, model, card, business_date=day)
    evaluation = recommend(application=application, score=score, business_date=day)
    return Judged(loan, score.points if score else None, score.pd if score else None, evaluation.outcome)
