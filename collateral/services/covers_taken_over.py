"""Files that were granted and taken into the house without a decision here: what secured them on their first night stands for what they
were decided on.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from collateral.models import DecidedCover, Pledge
from collateral.selectors.coverage import coverage_of
from collateral.selectors.lapsed import available_with_lapsed
from core import audit
from core.bulk_rows import read_batches
from loans.models import Application
from loans.selectors.applications import GRANTED
from loans.selectors.loans import LIVE

# Granted, secured by what stands in the registry, with something that runs or may still be paid out, and never decided here. With the
# running loans, and what of the file is lent by them and may still be: not what was repaid.
UNDECIDED = """
SELECT a.id, a.reference, a.branch_id, coalesce(y.limit_amount, l.principal, a.amount, 0), l.running
FROM loans_application a
CROSS JOIN LATERAL (
  SELECT array_agg(id ORDER BY id) FILTER (WHERE state = ANY(%(live)s)) AS running,
         sum(principal) FILTER (WHERE state = ANY(%(live)s) OR state = 'SIGNED') AS principal,
         count(*) AS number, count(*) FILTER (WHERE state = 'SIGNED') AS signed
  FROM loans_loan WHERE application_id = a.id
) l
LEFT JOIN loans_facility y ON y.application_id = a.id AND y.revolving
WHERE a.state = ANY(%(granted)s) AND (l.running IS NOT NULL OR l.signed > 0 OR l.number = 0)
  AND EXISTS (SELECT FROM collateral_pledge p WHERE p.application_id = a.id AND p.state = ANY(%(standing)s))
  AND NOT EXISTS (SELECT FROM collateral_decidedcover d WHERE d.application_id = a.id)
  AND NOT EXISTS (SELECT FROM loans_applicationoutcome o WHERE o.application_id = a.id)
ORDER BY a.id
"""


@transaction.atomic
def take_over_covers(*, business_date: date) -> int:
    """Keep what is pledged now as the decided cover of files that nobody decided here, marked as taken over; values that ran out count as
    they last were. One query finds them, three statements write a batch; a file without a running loan is measured by itself. Idempotent.
    Returns of how many.
    """
    asked: dict[str, Any] = {
        "granted": list(GRANTED),
        "live": list(LIVE),
        "standing": [state.value for state in Pledge.STANDING],
    }
    taken = 0
    for batch in read_batches(UNDECIDED, asked):
        loans = [loan for *_, running in batch for loan in running or ()]
        counted = available_with_lapsed(loans, business_date=business_date, whenever=True)
        waiting = Application.objects.in_bulk([key for key, *_, running in batch if not running])
        rows = []
        for key, _, _, exposure, running in batch:
            available = (
                sum((counted.get(loan, Decimal(0)) for loan in running), Decimal(0))
                if running
                else coverage_of(waiting[key], business_date=business_date, standing=True, lapsed=True).available
            )
            rows.append(
                DecidedCover(application_id=key, available=available, exposure=exposure, decided_date=business_date, taken_over=True)
            )
        DecidedCover.objects.bulk_create(rows)
        audit.record_all(
            [
                audit.entry(
                    "application.cover_taken_over", actor=None, actor_name="rule", target=Application(pk=key), branch=branch,
                    label=reference, business_date=business_date, available=row.available,
                )
                for (key, reference, branch, *_), row in zip(batch, rows, strict=True)
            ]
        )  # fmt: skip
        taken += len(rows)
    return taken
