"""What those who borrow together pay and owe elsewhere by the reports on all of them, held against the figure that counts.

It is no figure by itself. Two reports name a joint loan twice, and who earns beside the applicant may carry debts out of an income that
nobody recorded: somebody has to say which, and a second person accepts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from loans.models import Application
from loans.models.applications import ApplicationParty
from risk.domain.bureau import paid_in_a_year
from risk.domain.cross_checks import JOINT, Pair
from risk.domain.facts import CATALOGUE
from risk.selectors.bureau import is_outdated, reports_on_parties


def joint_duties(application: Application, seen: Mapping[tuple[str, str], str], *, kind: str, step: Decimal) -> Iterator[tuple[Pair, str]]:
    """Each duty that counts for the household, with what the reports on the applicant, in `seen`, and on co-borrowers show of it together;
    none where no co-borrower has any. Who only guarantees pays when the others do not: their debts are none of the household. Two queries,
    one where nobody but the applicant was asked about.
    """
    reports = [
        report
        for part, report in reports_on_parties(application)
        if part == ApplicationParty.Part.CO_BORROWER and report.in_file_at and not is_outdated(report, report.borrower)
    ]
    for pair in (pair for pair in JOINT if reports and pair.only == kind):
        theirs = sum((_of(report.figures, pair.seen) for report in reports), Decimal(0))
        own = Decimal(seen.get((pair.seen, "bureau report"), 0))
        if theirs:
            yield pair, CATALOGUE[pair.seen].canonical(own + theirs, step)


def _of(figures: Mapping[str, str], code: str) -> Decimal:
    if code == "bureau_debt_service":
        return paid_in_a_year(Decimal(figures["monthly_obligations"]))
    return Decimal(figures[code])
