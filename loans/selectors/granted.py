"""What the bank has granted and not paid out, by the one definition for all who ask: the exposure to a group, the shares of the book."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from loans.domain.states import ApplicationState
from loans.models import Application
from loans.selectors.money_to_leave import ENDED_LIMITS

LIVE_LOANS = ("SIGNED", "ACTIVE", "MATURED_UNPAID", "CALLED", "ENFORCEMENT")
# Approved but not yet a loan: money in flight.
IN_FLIGHT = (ApplicationState.OFFERED.value, ApplicationState.ACCEPTED.value)

# Parts of (application_id, borrower_id, amount) in the bank's currency: of contracts what has not left yet, of limits under which may be
# drawn what has not been drawn, of offers what they promise. What is drawn under a limit and not paid out stands among the contracts.
# Needs `live`, `ended` and `in_flight`.
GRANTED = """
SELECT l.application_id, l.borrower_id, l.undrawn AS amount FROM loans_loan l WHERE l.undrawn > 0 AND l.state = ANY (%(live)s)
UNION ALL
SELECT y.application_id, y.borrower_id, y.limit_amount - y.drawn FROM loans_facility y WHERE y.revolving AND y.state <> ALL (%(ended)s)
UNION ALL
(
    SELECT DISTINCT ON (a.id, a.borrower_id) a.id, a.borrower_id, o.amount
    FROM loans_application a JOIN loans_applicationoutcome o ON o.application_id = a.id AND o.amount IS NOT NULL
    WHERE a.state = ANY (%(in_flight)s) ORDER BY a.id, a.borrower_id, o.id DESC
)"""
TO_GROUP = f"""
SELECT coalesce(sum(part.amount), 0) FROM ({GRANTED}) part
WHERE part.borrower_id = ANY (%(borrowers)s::uuid[]) AND part.application_id IS DISTINCT FROM %(without)s::uuid"""


def granted_to(borrowers: Collection[UUID], *, without: Application | None = None) -> Decimal:
    """What is granted to these borrowers and not paid out, in the bank's currency, `without` one application. One query.

    The caller sees the whole bank.
    """
    asked = {"borrowers": list(borrowers), "without": without.pk if without else None}
    with connection.cursor() as cursor:
        cursor.execute(TO_GROUP, asked | granted_parameters())
        amount: Decimal = cursor.fetchone()[0]
    return amount


def granted_parameters() -> dict[str, Any]:
    """What `GRANTED` asks for."""
    return {"live": list(LIVE_LOANS), "ended": list(ENDED_LIMITS), "in_flight": list(IN_FLIGHT)}
