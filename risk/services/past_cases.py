"""Decided applications prepared each night for the scorecards in force, and the nearest of them to a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform

from core.models import User
from core.row_security import whole_bank
from loans.models import Application
from loans.models.borrowers import BorrowerKind
from loans.selectors.applications import visible_applications
from risk.domain.application_score import title_of, values_of
from risk.domain.scorecard import Card
from risk.domain.similar import Measure
from risk.domain.states import APPROVALS
from risk.models import Decision, ModelVersion, PastCase, PolicyEvaluation
from risk.models.scoring import VersionState
from risk.selectors.past_cases import NEVER, Became, endings_of, near_cases
from risk.services.request_facts import PARTS_OF_REQUEST
from risk.services.scoring import BUSINESS, active_model, frozen_row, population_of

BATCH = 500
SHOWN = 6
FINAL = (*APPROVALS, "DECLINED")

# The decision that counts of each application of a population, where it is not prepared for this version yet.
UNPREPARED = """
SELECT d.id, d.application_id FROM (
    SELECT DISTINCT ON (application_id) id, application_id FROM risk_decision
    WHERE outcome = ANY (%(final)s) AND application_id > %(after)s ORDER BY application_id, id DESC
) d
JOIN loans_application a ON a.id = d.application_id
JOIN loans_borrower b ON b.id = a.borrower_id AND (b.kind = %(company)s) = %(of_companies)s
WHERE NOT EXISTS (
    SELECT 1 FROM risk_pastcase c WHERE c.application_id = d.application_id AND c.decision_id = d.id AND c.model_version_id = %(version)s
) ORDER BY d.application_id LIMIT %(limit)s
"""
# Only what the card looks at leaves the database: the evidence of a decision is long.
FACTS = """
(SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(risk_decision.evidence->'evaluation'->'facts') WHERE key = ANY (%s))
"""
FIRST = UUID(int=0)


def prepare_past_cases(*, business_date: date) -> int:
    """Lay out what was decided since the last night, and everything when another scorecard came into force. Returns how many.

    In batches of one transaction each; what is prepared is not prepared again.
    """
    written = 0
    with whole_bank():
        for version in ModelVersion.objects.filter(state=VersionState.ACTIVE):
            card = Card.from_dict(version.definition["card"])
            measure = Measure.of(card)
            for batch in _unprepared(version, business_date):
                written += _prepare(version, card, measure, batch)
    return written


def _unprepared(version: ModelVersion, business_date: date) -> Iterator[list[UUID]]:
    after = FIRST
    while True:
        asked: dict[str, Any] = {
            "final": list(FINAL), "company": BorrowerKind.COMPANY, "of_companies": version.name == BUSINESS, "version": version.pk,
            "limit": BATCH, "after": after,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(UNPREPARED, asked)
            found = cursor.fetchall()
        if not found:
            return
        yield [decision for decision, _ in found]
        after = found[-1][1]


@transaction.atomic
def _prepare(version: ModelVersion, card: Card, measure: Measure, keys: list[UUID]) -> int:
    rows = Decision.objects.filter(pk__in=keys).select_related("application__borrower", "application__product_version__product")
    facts = RawSQL(FACTS, [[one.name for one in card.features] + [*PARTS_OF_REQUEST, "turnover"]], output_field=JSONField())  # noqa: S611 -- a fixed text, the codes are a parameter
    cases = [_case(version, card, measure, row) for row in rows.defer("evidence", "votes", "authority").annotate(known=facts)]
    fields = ["decision", "decided_date", "model_version", "product", "borrower_kind", *(f"key_{turn}" for turn in range(4))]
    PastCase.objects.bulk_create(cases, update_conflicts=True, unique_fields=["application"], update_fields=fields)
    return len(cases)


def _case(version: ModelVersion, card: Card, measure: Measure, decision: Any) -> PastCase:
    application = decision.application
    places = measure.places(card, values_of(card, frozen_row(application, decision.known)))
    keys = measure.keys(places, application.amount or Decimal(0))
    return PastCase(
        application=application,
        decision=decision,
        decided_date=decision.decided_date,
        model_version=version,
        product_id=application.product_version.product_id,
        borrower_kind=application.borrower.kind,
        **{f"key_{turn}": key for turn, key in enumerate(keys)},
    )


@dataclass(frozen=True)
class Similar:
    """A past case beside a file. `distance` as `risk.domain.similar` measures it; `differs` are factors (name, title) with the case's
    answer, the furthest first.

    `application` is None where the reader may not see the file: then it is told of it only how it was decided and how it went.
    """

    distance: float
    application: Application | None
    decision: Decision
    grade: str
    differs: tuple[tuple[str, str, str], ...]
    became: Became

    @property
    def approved(self) -> bool:
        return self.decision.outcome in APPROVALS


@dataclass(frozen=True)
class SimilarCases:
    """The nearest cases as known on a day, nearest first. `model` is the scorecard they were measured by; None where none is in force."""

    day: date
    model: ModelVersion | None
    cases: tuple[Similar, ...]
    factors: int


def similar_cases(*, application: Application, user: User, day: date, business_date: date) -> SimilarCases | None:
    """The decided applications nearest to a file in the eyes of the scorecard in force, of the same product and kind of borrower.

    Never the file itself, and none decided after `day`; what became of them is told as it stood then. None where the file was not assessed
    by then. A constant number of queries.
    """
    evaluation = PolicyEvaluation.objects.filter(application=application, business_date__lte=day).order_by("-id").first()
    if evaluation is None or application.borrower is None or application.product_version is None:
        return None
    model = active_model(population_of(application.borrower))
    if model is None:
        return SimilarCases(day, None, (), 0)
    card = Card.from_dict(model.definition["card"])
    measure = Measure.of(card)
    places = measure.places(card, values_of(card, frozen_row(application, evaluation.facts)))
    amount = application.amount or Decimal(0)
    with whole_bank():
        found = near_cases(
            model=model,
            product_id=application.product_version.product_id,
            borrower_kind=application.borrower.kind,
            keys=measure.keys(places, amount),
            own=application.pk,
            day=day,
            today=business_date,
        )
        ranked = sorted((_rank(measure, places, amount, key, decision) for _, decision, key in found), key=lambda one: one[:3])[:SHOWN]
        nearest = {decision: (distance, other) for distance, _, decision, other in ranked}
        decisions = _decisions(list(nearest))
        files = [one.application_id for one in decisions]
        became = endings_of(files, day=day)
    visible = set(visible_applications(user).filter(pk__in=files).values_list("pk", flat=True))
    titles = model.definition.get("titles") or {}
    labels = {one.name: [each.label for each in one.bins] for one in card.features}
    cases = []
    for decision in decisions:
        distance, other = nearest[decision.pk]
        seen = decision.application_id in visible
        told = [(name, title_of(name, titles), labels[name][index]) for name, index in measure.differing(places, other)] if seen else []
        end = became.get(decision.application_id, NEVER)
        cases.append(Similar(distance, decision.application if seen else None, decision, decision.grade or "", tuple(told), end))
    order = {decision: place for place, decision in enumerate(nearest)}
    return SimilarCases(day, model, tuple(sorted(cases, key=lambda one: order[one.decision.pk])), len(measure.names))


def _rank(
    measure: Measure, places: tuple[int, ...], amount: Decimal, key: str, decision: UUID
) -> tuple[float, float, UUID, tuple[int, ...]]:
    """What cases are put in order by: the distance, and of equal ones how far the amount is off."""
    other, asked = measure.read(key)
    return measure.distance(places, other), abs(float(amount) - asked), decision, other


def _decisions(keys: list[UUID]) -> list[Any]:
    rows = Decision.objects.filter(pk__in=keys).select_related("application__borrower", "application__product_version__product")
    return list(
        rows.defer("evidence", "votes", "authority").annotate(grade=KeyTextTransform("grade", KeyTextTransform("score", "evidence")))
    )
