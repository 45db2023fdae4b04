"""Statements of the applicant's accounts: those still to be read, those read after somebody signed, and how far files agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q

from core.row_security import whole_bank
from loans.models import Application, StatementPeriod
from loans.selectors.accounts import accounts_of_person, imports_of_person
from risk.domain.statement_gaps import Hole, Told, holes_of

WAITING = ("RECEIVED", "READING")
STATEMENT_WAITING = "A statement of the applicant's accounts is still being read. Go on when it has been, in a moment."
STATEMENT_READ = "A statement was read after the facts were signed off. The file goes back to its investigator."


def unsigned_statement(application: Application, *, since: datetime | None) -> str:
    """Why nobody stands behind what statements of the file show, as the code of a refusal: `statement_waiting` for one that waits to be
    read, `statement_read` for one that brought new lines, or contradicted those there were, after `since`; empty where neither is so.
    One query.
    """
    new = Q(Q(accepted__gt=0) | Q(periods__conflicts__gt=0), read_at__gt=since) if since else Q(pk__in=())
    with whole_bank():
        states = set(imports_of_person(application.borrower_id).filter(Q(state__in=WAITING) | new).values_list("state", flat=True))
    if states.intersection(WAITING):
        return "statement_waiting"
    return "statement_read" if states else ""


@dataclass(frozen=True)
class Standing:
    """How far the files about somebody's accounts may be relied on: the days that none tells of, and how many lines contradict another file
    or their own. `files` is how many were looked at; `owners` are, account by account, the holders that its files name.
    """

    files: int = 0
    holes: list[Hole] = field(default_factory=list)
    conflicts: int = 0
    owners: list[frozenset[str]] = field(default_factory=list)


def standing_of(borrower: UUID | None, *, currency: str, since: date) -> Standing:
    """How the files stand that tell of days from `since` on. One query."""
    rows = StatementPeriod.objects.filter(account__in=accounts_of_person(borrower), currency=currency, last_date__gte=since)
    with whole_bank():
        found = list(rows.annotate(of=F("account__borrower")).order_by("account", "first_date", "pk"))
    owners: dict[UUID, set[str]] = {}
    # Another branch has looked at those of its own.
    for one in (one for one in found if one.of == borrower):
        owners.setdefault(one.account_id, set()).update({one.owner} - {""})
    told = [Told(one.account_id, one.first_date, one.last_date, one.opening, one.closing) for one in found]
    return Standing(len(found), holes_of(told), sum(one.conflicts for one in found), [frozenset(names) for names in owners.values()])
