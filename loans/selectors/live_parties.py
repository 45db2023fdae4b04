"""Whoever stands behind the bank's running loans: borrowers, and everybody with a part in what was applied for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import QuerySet

from loans.models import ApplicationParty, Borrower, Loan
from loans.selectors.loans import LIVE


def live_loans() -> QuerySet[Loan]:
    """The loans of which money is out."""
    return Loan.objects.filter(state__in=LIVE)


def people_behind_live_loans() -> Iterator[Borrower]:
    """Every borrower of a running loan, co-borrower, guarantor and owner of what was pledged for it, each once, in pieces."""
    parties = ApplicationParty.objects.filter(application__in=live_loans().values("application")).values("borrower")
    borrowers = live_loans().values("borrower")
    return Borrower.objects.filter(pk__in=borrowers.union(parties)).iterator(chunk_size=500)


def live_loans_of(people: Iterable[UUID]) -> list[tuple[Loan, Borrower, str]]:
    """The running loans that these people stand behind: (loan, person, part), the part empty for the borrower. Three queries."""
    keys = list(people)
    own = live_loans().filter(borrower__in=keys).select_related("borrower")
    found = [(loan, loan.borrower, "") for loan in own]
    parts = list(
        ApplicationParty.objects.filter(borrower__in=keys, application__in=live_loans().values("application")).select_related("borrower")
    )
    behind: dict[UUID, list[Loan]] = {}
    for loan in live_loans().filter(application__in={part.application_id for part in parts}).select_related("borrower"):
        behind.setdefault(loan.application_id, []).append(loan)
    found += [
        (loan, part.borrower, part.part)
        for part in parts
        for loan in behind.get(part.application_id, [])
        if loan.borrower_id != part.borrower_id
    ]
    return found
