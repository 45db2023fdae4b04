"""The loans a person or company has or had with us, alone or with others, in any branch, and how late they ever were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from core.row_security import whole_bank
from loans.models import ApplicationParty
from loans.selectors.groups import LOANS_OF_PERSON
from risk.selectors.bad_loans import BAD_DAYS, FARED

# Nobody is late with money that never left. A loan that is closed is late no longer than to its end, whatever of it was never paid.
_HISTORY = f"""
WITH chosen AS (
    SELECT l.id, l.days_past_due, least(%(day)s::date, coalesce(l.closed_date, %(day)s::date)) AS ends
    FROM loans_loan l WHERE l.id IN ({{loans}}) AND l.disbursed_date IS NOT NULL
), {FARED}
SELECT greatest(f.worst, c.days_past_due), f.bad OR c.days_past_due > {BAD_DAYS} FROM chosen c JOIN fared f ON f.id = c.id ORDER BY 1
"""
HISTORY = _HISTORY.format(loans=LOANS_OF_PERSON)
# Those of everybody who answers for a file beside its applicant, without the loans of the file itself, which are the applicant's history.
ANSWERING = tuple(ApplicationParty.Part[name].value for name in ("CO_BORROWER", "GUARANTOR"))
PARTIES = _HISTORY.format(
    loans=f"""
SELECT with_us.id FROM loans_applicationparty party CROSS JOIN LATERAL ({LOANS_OF_PERSON.replace("%(borrower)s", "party.borrower_id")}) with_us
JOIN loans_loan elsewhere ON elsewhere.id = with_us.id AND elsewhere.application_id <> party.application_id
WHERE party.application_id = %(application)s AND party.part = ANY (%(answering)s)"""
)


@dataclass(frozen=True)
class OwnHistory:
    """For each loan the days of the worst delay of any instalment, paid late or not at all, the least first; never which loan. `defaulted`
    is how many of them went bad.
    """

    delays: tuple[int, ...]
    defaulted: int = 0

    @property
    def loans(self) -> int:
        return len(self.delays)

    @property
    def worst(self) -> int:
        return max(self.delays, default=0)


NONE = OwnHistory(())


def own_history(borrower_id: UUID, *, day: date) -> OwnHistory:
    """The history up to a day. One query over the whole bank: what is told of other branches are numbers."""
    return _read(HISTORY, {"borrower": borrower_id, "day": day})


def parties_history(application_id: UUID, *, day: date) -> OwnHistory:
    """The same of all co-borrowers and guarantors of a file together, but of other files' loans; never whose. One query."""
    return _read(PARTIES, {"application": application_id, "answering": list(ANSWERING), "day": day})


def _read(statement: str, asked: dict[str, Any]) -> OwnHistory:
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(statement, asked)
        found = cursor.fetchall()
    return OwnHistory(tuple(days for days, _ in found), sum(bad for _, bad in found))
