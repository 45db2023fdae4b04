"""What has to be covered of a file: what is owed on it, may still be drawn, or was granted and has not left."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from collateral.services.proceeds import settles
from loans.models import Application, Facility, Loan
from loans.selectors.applications import CLOSED_APPLICATIONS
from loans.selectors.loans import LIVE
from loans.selectors.money_to_leave import open_limit
from loans.selectors.write_offs import written_off_of_loan

ZERO = Decimal(0)


def loan_of(application: Application) -> Loan | None:
    """The loan of a file: the running one, else the last there was. Of several drawings, which share each pledge in proportion and so are
    covered alike, the largest.
    """
    rows = Loan.objects.filter(application=application).select_related("application")
    return rows.filter(state__in=LIVE).order_by("-outstanding_principal").first() or rows.order_by("-id").first()


def to_cover(application: Application, day: date) -> Decimal:
    """What its pledges have to cover together, in its currency: what settles the loan on a day or is on its way out, what was written off
    and has not come in since, under a limit all of it while it may be drawn, and before there is a contract what was asked for. Nothing
    once the file is closed or all is repaid.
    """
    return exposure_of(application, loan_of(application), open_limit(application), day)


def exposure_of(application: Application, loan: Loan | None, limit: Facility | None, day: date) -> Decimal:
    """The same where its loan and the limit that may be drawn are known."""
    if loan is None and limit is None:
        asked = application.amount or ZERO
        return ZERO if application.state in CLOSED_APPLICATIONS else asked
    loans = Loan.objects.filter(application=application)
    lost = sum((written_off_of_loan(one)[1] for one in loans), ZERO)
    if limit is not None:
        charges = sum((settles(one, day) - one.outstanding_principal for one in loans.filter(state__in=LIVE)), ZERO)
        most: Decimal = limit.limit_amount
        return lost + charges + most
    assert loan is not None
    if loan.state in LIVE:
        undrawn: Decimal = loan.undrawn
        return lost + settles(loan, day) + undrawn
    return lost + (loan.undrawn if loan.state == "SIGNED" else ZERO)
