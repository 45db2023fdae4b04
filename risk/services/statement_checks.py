"""Whether the statements that somebody sent may be relied on, as checks that stand beside what was stated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, timedelta

from blacklist.selectors.names import name_likeness
from loans.models import Application, Borrower, StatementImport, StatementPeriod
from loans.models.borrowers import BorrowerKind
from risk.domain.cross_checks import STATEMENTS_LEFT_OUT, STATEMENTS_OWNER, STATEMENTS_WHOLE
from risk.domain.statement_gaps import hole_words, joint_holders
from risk.domain.statement_window import WINDOW_DAYS
from risk.selectors.statements import Standing, left_out_of, standing_of

OWNER_LIKENESS = 0.85
"""As near as names are for the same person written by two houses."""
OWNER_UNNAMED = "not named"
LEFT_OUT, TO_BE_SENT = "left out", "to be sent again"
Check = tuple[str, str, str, bool]
"""A check by its code: what should be, what is, and whether it agrees."""


def statement_checks(application: Application, *, business_date: date) -> Iterator[Check]:
    """Whether the accounts are the applicant's, and the files of a year follow from one another and agree; nothing where nobody sent any.
    One query.
    """
    since = business_date - timedelta(days=WINDOW_DAYS)
    standing = standing_of(application.borrower_id, currency=application.currency, since=since)
    if not standing.files:
        return
    if application.borrower is not None:
        strange = [name for names in standing.owners for name in _not_theirs(names, application.borrower)]
        yield STATEMENTS_OWNER, application.borrower.name, ", ".join(sorted(strange)) or application.borrower.name, not strange
    lacks = _lacks(standing)
    yield STATEMENTS_WHOLE, "whole", ", ".join(lacks) or "whole", not lacks


def _lacks(standing: Standing) -> list[str]:
    lacks = [f"none of {hole_words(hole)}" for hole in standing.holes]
    if standing.conflicts:
        lacks.append("1 contradiction" if standing.conflicts == 1 else f"{standing.conflicts} contradictions")
    return lacks


def files_left_out(application: Application, *, business_date: date) -> Iterator[tuple[str, str, str]]:
    """Each file about the last year that counts no more, by the code of its check, in words, and why. One that somebody left out stays a
    difference, so that whoever signs says that they looked at it; one that is to be sent again is none once it was. One query.
    """
    told: dict[StatementImport, list[StatementPeriod]] = defaultdict(list)
    for one in left_out_of(application, since=business_date - timedelta(days=WINDOW_DAYS)):
        told[one.statement].append(one)
    for file, periods in told.items():
        first, last = min(one.first_date for one in periods), max(one.last_date for one in periods)
        why = LEFT_OUT if file.aside == StatementImport.Aside.OUTWEIGHED else TO_BE_SENT
        yield left_out_code(file), file_words(file, first, last), why


def left_out_code(file: StatementImport) -> str:
    """The code of the check that a file counts no more."""
    return f"{STATEMENTS_LEFT_OUT}_{file.pk.hex[-8:]}"


def file_words(file: StatementImport, first: date, last: date) -> str:
    """A file as people know it: by whom it was sent, as what, and its days."""
    form = f"{file.form} " if file.form else ""
    return f"{form}file from {file.source}, {first:%d %b %Y} to {last:%d %b %Y}"


def _not_theirs(names: Collection[str], borrower: Borrower) -> list[str]:
    """Of the holders of one account those who are not this borrower, alone or among joint holders; that none is named is not theirs
    either.
    """
    company = borrower.kind == BorrowerKind.COMPANY
    strange = [name for name in names if not any(_is_theirs(one, borrower.name, company) for one in joint_holders(name))]
    return strange if names else [OWNER_UNNAMED]


def _is_theirs(name: str, theirs: str, company: bool) -> bool:
    return name_likeness(name, theirs, company=company) >= OWNER_LIKENESS
