"""Drift of the scorecards in force, by month: the score (PSI) and each factor (CSI) against the sample they were trained on.

Two statements per scorecard count all months at once; the figures are kept, and those of closed months are never measured again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from core.events import publish
from core.row_security import whole_bank
from risk.domain import metrics
from risk.domain.application_score import title_of
from risk.domain.scorecard import Card, Feature
from risk.domain.scorecard.binning import OTHER_LABEL
from risk.events import ScorecardDrifted
from risk.models import ModelDrift, ModelVersion
from risk.models.scoring import VersionState
from risk.services.impact import measure_impact

SCORE = ""
SEVERITY = ("STABLE", "WATCH", "SHIFTED")

# What counts of an application in a month is the last score that the version gave it then.
LATEST = """
WITH latest AS (
    SELECT DISTINCT ON (date_trunc('month', business_date), application_id)
        date_trunc('month', business_date)::date AS month, points, contributions
    FROM risk_score
    WHERE model_version_id = %(version)s AND business_date >= %(since)s AND business_date <= %(until)s
    ORDER BY date_trunc('month', business_date), application_id, id DESC
)
"""
BY_POINTS = LATEST + "SELECT month, width_bucket(points::int, %(starts)s::int[]), count(*) FROM latest GROUP BY 1, 2"
BY_BIN = (
    LATEST + "SELECT month, one->>'factor', one->>'bin', count(*) FROM latest, jsonb_array_elements(contributions) AS one GROUP BY 1, 2, 3"
)


def measure_drift(*, business_date: date) -> int:
    """Measure the month of the business date and the months before it that nobody has measured yet. Returns the number of figures written.
    The impact on the ages of the applicants is measured beside it.

    Tells the world, once per scorecard, when a figure of the present month has become worse than it was the night before.
    """
    written = 0
    for version in ModelVersion.objects.filter(state=VersionState.ACTIVE):
        written += _measure(version, business_date)
        measure_impact(version, business_date=business_date)
    return written


@transaction.atomic
def _measure(version: ModelVersion, business_date: date) -> int:
    present = business_date.replace(day=1)
    before = {
        (row.month, row.factor): row.verdict for row in ModelDrift.objects.filter(model_version=version).only("month", "factor", "verdict")
    }
    closed = {month for month, _ in before if month < present}
    since = max(closed, default=None)
    since = _next_month(since) if since else date(1, 1, 1)
    rows = [row for row in _figures(version, since, business_date) if row.month not in closed]
    ModelDrift.objects.filter(model_version=version, month__in={row.month for row in rows}).delete()
    ModelDrift.objects.bulk_create(rows)
    worse = [
        row
        for row in rows
        if row.month == present and SEVERITY.index(row.verdict) > SEVERITY.index(before.get((row.month, row.factor), "STABLE"))
    ]
    if worse:
        worst = max(worse, key=lambda row: (SEVERITY.index(row.verdict), row.factor == SCORE, row.index))
        publish(
            ScorecardDrifted(
                model_version_id=str(version.pk),
                month=present.isoformat(),
                what=title_of(worst.factor, version.definition.get("titles")) if worst.factor else "the score",
                verdict=worst.verdict,
                index=format(worst.index, "f"),
                business_date=business_date.isoformat(),
            )
        )
    return len(rows)


def _figures(version: ModelVersion, since: date, until: date) -> list[ModelDrift]:
    """The figures of each month from `since` on in which something was scored."""
    card = Card.from_dict(version.definition["card"])
    edges, base = _score_base(version)
    asked: dict[str, Any] = {"version": version.pk, "since": since, "until": until, "starts": [edge + 1 for edge in edges]}
    months: dict[date, dict[str, list[int]]] = {}
    places = {one.name: _places(one) for one in card.features}
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(BY_POINTS, asked)
        for month, place, count in cursor.fetchall():
            months.setdefault(month, {}).setdefault(SCORE, [0] * len(base))[place] += count
        cursor.execute(BY_BIN, asked)
        for month, factor, label, count in cursor.fetchall():
            known = places.get(factor)
            if known is None:
                continue
            place = known.get(label, known.get(OTHER_LABEL))
            if place is not None:
                months[month].setdefault(factor, [0] * len(known))[place] += count
    bases = {SCORE: base} | {one.name: [each.rows for each in one.bins] for one in card.features}
    return [
        _figure(version, month, factor, bases[factor], counts)
        for month, found in sorted(months.items())
        for factor, counts in found.items()
        if sum(bases[factor])
    ]


def _figure(version: ModelVersion, month: date, factor: str, base: Sequence[int], counts: Sequence[int]) -> ModelDrift:
    found = metrics.psi(base, counts)
    return ModelDrift(
        model_version=version,
        month=month,
        factor=factor,
        rows=sum(counts),
        index=_six(found.index),
        noise_limit=_six(found.noise_limit),
        verdict=found.verdict,
        base=list(base),
        counts=list(counts),
    )


def _score_base(version: ModelVersion) -> tuple[list[int], list[int]]:
    """Upper edges of the score's tenths with their rows in training; nothing where they were not kept."""
    kept = version.development.get("distribution", {"edges": [], "rows": [0]})
    return list(kept["edges"]), list(kept["rows"])


def _places(feature: Feature) -> dict[str, int]:
    return {one.label: place for place, one in enumerate(feature.bins)}


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _six(number: float) -> Decimal:
    return Decimal(repr(round(number, 6)))
