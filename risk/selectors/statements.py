"""Statements of the applicant's accounts that are still to be read, or were read after somebody signed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from loans.models import Application, StatementImport

WAITING = ("RECEIVED", "READING")
STATEMENT_WAITING = "A statement of the applicant's accounts is still being read. Go on when it has been, in a moment."
STATEMENT_READ = "A statement was read after the facts were signed off. The file goes back to its investigator."


def statements_for(application: Application) -> QuerySet[StatementImport]:
    """The files that were sent of the applicant's accounts, for this application or another: their lines count for all."""
    return StatementImport.objects.filter(application__borrower=application.borrower_id)


def unsigned_statement(application: Application, *, since: datetime | None) -> str:
    """Why nobody stands behind what statements of the file show, as the code of a refusal: `statement_waiting` for one that waits to be
    read, `statement_read` for one that brought new lines after `since`; empty where neither is so. One query.
    """
    new = Q(accepted__gt=0, read_at__gt=since) if since else Q(pk__in=())
    found = statements_for(application).filter(Q(state__in=WAITING) | new).values_list("state", flat=True)
    states = set(found)
    if states.intersection(WAITING):
        return "statement_waiting"
    return "statement_read" if states else ""
