"""Past decided applications near a file, and what became of them: a constant number of statements at any size of the book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection

from loans.selectors.write_offs import CHARGES_OF_LOAN, LOST_OF_LOAN
from risk.domain.similar import TURNS
from risk.models import ModelVersion
from risk.selectors.delays import DELAYS

REACH = 150
"""So many cases are looked at on either side of a file's place in each of the orders."""
FORMER_REACH = 600
"""The same when a past day is asked, since what was decided later is passed over."""

_SIDE = """
(SELECT application_id, decision_id, decided_date, key_0 FROM risk_pastcase
 WHERE model_version_id = %(model)s AND product_id = %(product)s AND borrower_kind = %(kind)s AND key_{turn} {side} %(key_{turn})s
 ORDER BY key_{turn} {order} LIMIT %(reach)s)
"""
NEAR = (
    "SELECT DISTINCT application_id, decision_id, key_0 FROM ("
    + " UNION ALL ".join(
        _SIDE.format(turn=turn, side=side, order=order) for turn in range(TURNS) for side, order in ((">=", ""), ("<", "DESC"))
    )
    + ") near WHERE application_id <> %(own)s AND decided_date <= %(day)s"
)

# What became of each application by the end of a day: every loan under it together.
ENDINGS = (
    """
WITH chosen AS (
    SELECT l.id, l.application_id, l.written_off_date, l.closed_date, l.state, %(day)s::date AS ends
    FROM loans_loan l WHERE l.application_id = ANY (%(keys)s::uuid[]) AND l.disbursed_date <= %(day)s
), """
    + DELAYS
    + """
SELECT c.application_id, coalesce(max(d.worst), 0), bool_or(c.written_off_date <= %(day)s),
    bool_or(EXISTS (SELECT 1 FROM loans_loan r WHERE r.restructured_from_id = c.id AND r.signed_date <= %(day)s)),
    bool_and(coalesce(c.closed_date <= %(day)s, false)), bool_or(c.state = ANY (%(pursued)s) AND %(now)s)
FROM chosen c LEFT JOIN delays d ON d.id = c.id GROUP BY c.application_id
"""
)
PURSUED = ["CALLED", "ENFORCEMENT", "SOLD"]

# Of each application: what was granted (a contract that replaces another grants nothing anew), what was written off and has not come in since, and
# what is owed now: principal, and what of interest, fees and penalties is due.
MONEY = f"""
SELECT l.application_id, coalesce(sum(l.principal) FILTER (WHERE l.restructured_from_id IS NULL), 0),
    sum({LOST_OF_LOAN.format(loan="l")}), sum(l.outstanding_principal + {CHARGES_OF_LOAN.format(loan="l", day="%(day)s")})
FROM loans_loan l WHERE l.application_id = ANY (%(keys)s::uuid[]) AND l.disbursed_date <= %(day)s GROUP BY l.application_id
"""
BAD_DAYS, FAIR_DAYS = 90, 30
"""Days past due beyond which a loan is in default, and up to which it counts as paid on time, as for the samples scorecards learn from."""


class Ending(StrEnum):
    """What became of an application."""

    NO_LOAN = "NO_LOAN"
    PERFORMING = "PERFORMING"
    LATE = "LATE"
    PAID_OFF = "PAID_OFF"
    DEFAULTED = "DEFAULTED"
    RESTRUCTURED = "RESTRUCTURED"
    PURSUED = "PURSUED"
    WRITTEN_OFF = "WRITTEN_OFF"


BAD_ENDINGS = frozenset({Ending.DEFAULTED, Ending.RESTRUCTURED, Ending.PURSUED, Ending.WRITTEN_OFF})


@dataclass(frozen=True)
class Became:
    """An ending, with the days past due at their worst; `closed` where nothing is owed any more."""

    ending: Ending
    worst: int = 0
    closed: bool = False


NEVER = Became(Ending.NO_LOAN)


def near_cases(
    *, model: ModelVersion, product_id: int, borrower_kind: str, keys: Sequence[str], own: UUID, day: date, today: date
) -> list[tuple[UUID, UUID, str]]:
    """Candidates decided up to `day`: application, decision and first key, in no order. One statement that reads a bounded stretch of each index.

    The caller sees the whole bank.
    """
    asked: dict[str, Any] = {f"key_{turn}": key for turn, key in enumerate(keys)}
    asked |= {
        "model": model.pk, "product": product_id, "kind": borrower_kind, "own": own, "day": day,
        "reach": REACH if day >= today else FORMER_REACH,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(NEAR, asked)
        return list(cursor.fetchall())


def endings_of(applications: Sequence[UUID], *, day: date, today: date) -> dict[UUID, Became]:
    """What became of these applications by the end of `day`; absent where nothing was paid out. One statement. The caller sees the whole bank."""
    with connection.cursor() as cursor:
        cursor.execute(ENDINGS, {"keys": list(applications), "day": day, "pursued": PURSUED, "now": day >= today})
        return {key: _became(*told) for key, *told in cursor.fetchall()}


@dataclass(frozen=True)
class Cost:
    """What an application's loans came to, in their currency: `granted`, `written_off` less what was recovered, and what is `owed` still."""

    granted: Decimal
    written_off: Decimal
    owed: Decimal

    def lost(self, became: Became) -> Decimal:
        """What was written off and has not come in; of an application that ended badly all that is still owed besides."""
        return self.written_off + (self.owed if became.ending in BAD_ENDINGS else Decimal(0))


def costs_of(applications: Sequence[UUID], *, day: date) -> dict[UUID, Cost]:
    """What the loans of these applications that were paid out by `day` came to, as their books stand now; absent where nothing was paid out.

    One statement. The caller sees the whole bank.
    """
    with connection.cursor() as cursor:
        cursor.execute(MONEY, {"keys": list(applications), "day": day})
        return {key: Cost(*told) for key, *told in cursor.fetchall()}


def _became(worst: int, written_off: bool | None, restructured: bool, closed: bool, pursued: bool) -> Became:
    if written_off:
        return Became(Ending.WRITTEN_OFF, worst, closed)
    if restructured:
        return Became(Ending.RESTRUCTURED, worst, closed)
    if pursued:
        return Became(Ending.PURSUED, worst, closed)
    if worst > BAD_DAYS:
        return Became(Ending.DEFAULTED, worst, closed)
    if closed:
        return Became(Ending.PAID_OFF, worst, closed)
    return Became(Ending.LATE if worst > FAIR_DAYS else Ending.PERFORMING, worst, closed)
