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
from risk.selectors.bad_loans import BAD_DAYS, FAIR_DAYS, FARED

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
ENDINGS = f"""
WITH chosen AS (
    SELECT l.id, l.application_id, l.written_off_date, l.closed_date, %(day)s::date AS ends
    FROM loans_loan l WHERE l.application_id = ANY (%(keys)s::uuid[]) AND l.disbursed_date <= %(day)s
), {FARED}
SELECT c.application_id, max(f.worst), bool_or(f.bad), bool_or(coalesce(c.written_off_date <= c.ends, false)), bool_or(f.lost),
    bool_or(f.restructured), bool_or(f.pursued), bool_and(coalesce(c.closed_date <= c.ends, false))
FROM chosen c JOIN fared f ON f.id = c.id GROUP BY c.application_id
"""

# Of each application: what was granted (a contract that replaces another grants nothing anew), what was written off and has not come in
# since, and what is owed now: principal, and what of interest, fees and penalties is due.
MONEY = f"""
SELECT l.application_id, coalesce(sum(l.principal) FILTER (WHERE l.restructured_from_id IS NULL), 0),
    sum({LOST_OF_LOAN.format(loan="l")}), sum(l.outstanding_principal + {CHARGES_OF_LOAN.format(loan="l", day="%(day)s")})
FROM loans_loan l WHERE l.application_id = ANY (%(keys)s::uuid[]) AND l.disbursed_date <= %(day)s GROUP BY l.application_id
"""


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
    PARTLY_WRITTEN_OFF = "PARTLY_WRITTEN_OFF"


@dataclass(frozen=True)
class Became:
    """An ending, with the days past due at their worst; `closed` where nothing is owed any more,
    `bad` as `risk.selectors.bad_loans` has it.
    """

    ending: Ending
    worst: int = 0
    closed: bool = False
    bad: bool = False


NEVER = Became(Ending.NO_LOAN)


def near_cases(
    *, model: ModelVersion, product_id: int, borrower_kind: str, keys: Sequence[str], own: UUID, day: date, today: date
) -> list[tuple[UUID, UUID, str]]:
    """Candidates decided up to `day`: application, decision and first key, in no order. One statement that reads a bounded stretch of each
    index.

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


def endings_of(applications: Sequence[UUID], *, day: date) -> dict[UUID, Became]:
    """What became of these applications by the end of `day`; absent where nothing was paid out. One statement.
    The caller sees the whole bank.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENDINGS, {"keys": list(applications), "day": day})
        return {key: _became(*told) for key, *told in cursor.fetchall()}


@dataclass(frozen=True)
class Cost:
    """What an application's loans came to, in their currency:
    `granted`, `written_off` less what was recovered, and what is `owed` still.
    """

    granted: Decimal
    written_off: Decimal
    owed: Decimal

    def lost(self, became: Became) -> Decimal:
        """What was written off and has not come in; of an application that ended badly all that is still owed besides, unless only a part
        was written off and the rest is paid as agreed.
        """
        paid_on = not became.bad or became.ending == Ending.PARTLY_WRITTEN_OFF
        return self.written_off + (Decimal(0) if paid_on else self.owed)


def costs_of(applications: Sequence[UUID], *, day: date) -> dict[UUID, Cost]:
    """What the loans of these applications that were paid out by `day` came to, as their books stand now; absent where nothing was paid
    out.

    One statement. The caller sees the whole bank.
    """
    with connection.cursor() as cursor:
        cursor.execute(MONEY, {"keys": list(applications), "day": day})
        return {key: Cost(*told) for key, *told in cursor.fetchall()}


def _became(worst: int, bad: bool, written_off: bool, lost: bool, restructured: bool, pursued: bool, closed: bool) -> Became:
    befallen = {
        Ending.WRITTEN_OFF: written_off,
        Ending.RESTRUCTURED: restructured,
        Ending.PURSUED: pursued,
        Ending.DEFAULTED: worst > BAD_DAYS,
        Ending.PARTLY_WRITTEN_OFF: lost,
        Ending.PAID_OFF: closed,
        Ending.LATE: worst > FAIR_DAYS,
    }
    return Became(next((ending for ending, told in befallen.items() if told), Ending.PERFORMING), worst, closed, bad)
