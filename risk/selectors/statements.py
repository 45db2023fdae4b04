"""Statements of the applicant's accounts: those still to be read, those read after somebody signed, and how far files agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from core.row_security import whole_bank
from loans.models import Application, StatementImport, StatementPeriod
from loans.selectors.accounts import accounts_of_person, imports_of_person
from risk.domain.statement_gaps import Hole, Told, holes_of

WAITING = ("RECEIVED", "READING")
STATEMENT_WAITING = "A statement of the applicant's accounts is still being read. Go on when it has been, in a moment."
STATEMENT_READ = "A statement was read after the facts were signed off. The file goes back to its investigator."


def unsigned_statement(application: Application, *, since: datetime | None) -> str:
    """Why nobody stands behind what statements of the file show, as the code of a refusal: `statement_waiting` for one that waits to be
    read, `statement_read` for one that brought new lines, said more of those there were, or contradicted them, or was left out, after
    `since`; empty where neither is so. One query.
    """
    new = (
        Q(Q(accepted__gt=0) | Q(retold__gt=0) | Q(periods__conflicts__gt=0), read_at__gt=since) | Q(aside_at__gt=since)
        if since
        else Q(pk__in=())
    )
    with whole_bank():
        states = set(imports_of_person(application.borrower_id).filter(Q(state__in=WAITING) | new).values_list("state", flat=True))
    if states.intersection(WAITING):
        return "statement_waiting"
    return "statement_read" if states else ""


@dataclass(frozen=True)
class Standing:
    """How far the files about somebody's accounts may be relied on: the days that none tells of, and how many lines contradict another file
    or their own. `files` is how many were looked at; `owners` are, account by account, the holders that its files name. Of files that are
    left out nothing of it counts: `aside` are their keys.
    """

    files: int = 0
    holes: list[Hole] = field(default_factory=list)
    conflicts: int = 0
    owners: list[frozenset[str]] = field(default_factory=list)
    aside: list[UUID] = field(default_factory=list)


def standing_of(borrower: UUID | None, *, currency: str, since: date) -> Standing:
    """How the files stand that tell of days from `since` on. One query."""
    rows = StatementPeriod.objects.filter(account__in=accounts_of_person(borrower), currency=currency, last_date__gte=since)
    with whole_bank():
        told_of = list(rows.select_related("statement").annotate(of=F("account__borrower")).order_by("account", "first_date", "pk"))
    found = [one for one in told_of if not one.statement.aside]
    owners: dict[UUID, set[str]] = {}
    # Another branch has looked at those of its own.
    for one in (one for one in found if one.of == borrower):
        owners.setdefault(one.account_id, set()).update({one.owner} - {""})
    told = [Told(one.account_id, one.first_date, one.last_date, one.opening, one.closing) for one in found]
    aside = sorted({one.statement_id for one in told_of} - {one.statement_id for one in found})
    return Standing(len(found), holes_of(told), sum(one.conflicts for one in found), [frozenset(names) for names in owners.values()], aside)


@dataclass(frozen=True)
class Contradiction:
    """A file that contradicts what other files of an account say, or itself; `earlier` are those it was held against."""

    file: StatementImport
    count: int
    first: date
    last: date
    earlier: tuple[StatementImport, ...]


def contradictions_of(application: Application) -> list[Contradiction]:
    """The contradictions between files about the applicant's accounts that nobody settled, in the order the files came. One query."""
    rows = _periods_of(application).filter(statement__aside="").order_by("statement__read_at", "statement", "pk")
    told = list(rows)
    found: dict[UUID, Contradiction] = {}
    for place, one in enumerate(told):
        if not one.conflicts:
            continue
        before = {
            other.statement_id: other.statement
            for other in told[:place]
            if other.account_id == one.account_id and other.currency == one.currency and other.first_date <= one.last_date
            and one.first_date <= other.last_date and other.statement_id != one.statement_id
        }  # fmt: skip
        known = found.get(one.statement_id)
        found[one.statement_id] = Contradiction(
            one.statement,
            one.conflicts + (known.count if known else 0),
            min(one.first_date, known.first) if known else one.first_date,
            max(one.last_date, known.last) if known else one.last_date,
            tuple((({file.pk: file for file in known.earlier} if known else {}) | before).values()),
        )
    return list(found.values())


def left_out_of(application: Application, *, since: date) -> list[StatementPeriod]:
    """All days of files that are left out and tell of days from `since` on, of the applicant's accounts, besides files that were sent
    again. All days, so that a file is called the same as long as it counts. One query.
    """
    told = list(_periods_of(application).order_by("statement", "first_date"))
    young = {one.statement_id for one in told if one.last_date >= since}
    here = {one.statement.sha256 for one in told if not one.statement.aside}
    again = StatementImport.Aside.AGAIN
    left = [one for one in told if one.statement.aside and one.statement_id in young]
    return [one for one in left if not (one.statement.aside == again and one.statement.sha256 in here)]


def _periods_of(application: Application) -> QuerySet[StatementPeriod]:
    """Of the accounts as they stand with this borrower: another branch looks at those of its own."""
    rows = StatementPeriod.objects.filter(account__borrower=application.borrower_id, account__borrower__isnull=False)
    return rows.filter(currency=application.currency).select_related("statement__partner")
