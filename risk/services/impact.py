"""Adverse impact of the scorecards in force on who applies: how often each age band reaches the cut-off, by month.

One statement per scorecard. Ages come from the facts of the files; no name, number or address is read.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from core.row_security import whole_bank
from risk.domain.adverse_impact import BANDS, STARTS, impact
from risk.domain.scorecard import GradeTable
from risk.models import ModelImpact, ModelVersion
from risk.services.scoring import RETAIL

# What counts of an application is the last score that the version gave it in the twelve months, and the last age that is known of it.
BY_BAND = """
WITH latest AS (
    SELECT DISTINCT ON (application_id) application_id, points FROM risk_score
    WHERE model_version_id = %(version)s AND business_date > %(since)s AND business_date <= %(until)s
    ORDER BY application_id, id DESC
)
SELECT width_bucket(age.years, %(starts)s::int[]), count(*), count(*) FILTER (WHERE points >= %(cut_off)s)
FROM latest CROSS JOIN LATERAL (
    SELECT value::int AS years FROM risk_fact f
    WHERE f.application_id = latest.application_id AND f.code = 'age' AND f.authenticity <> 'CONFLICTING'
    ORDER BY f.id DESC LIMIT 1
) AS age
GROUP BY 1
"""


def measure_impact(version: ModelVersion, *, business_date: date) -> ModelImpact | None:
    """Measure a scorecard for persons on the applications of the twelve months up to the business date, and keep it for its month. None
    where it is for companies, or where nobody of known age was scored.
    """
    if version.name != RETAIL:
        return None
    rows, passed = [0] * len(BANDS), [0] * len(BANDS)
    asked: dict[str, Any] = {
        "version": version.pk,
        "since": _a_year_before(business_date),
        "until": business_date,
        "starts": list(STARTS),
        "cut_off": GradeTable.from_dict(version.definition["grades"]).cut_off,
    }
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(BY_BAND, asked)
        for band, held, reached in cursor.fetchall():
            rows[band], passed[band] = held, reached
    if not any(rows):
        return None
    kept, _ = ModelImpact.objects.update_or_create(
        model_version=version, month=business_date.replace(day=1), defaults={"found": impact(rows, passed)}
    )
    return kept


def _a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28))
