"""The one order in which rows are locked: bank, application, loan, then its facility, payouts, payments and instalments.

Whoever writes to a loan's instalments, payouts or payments holds the loan first, the sweep included. So two writers of one
loan wait in line at one place, and never for each other.
"""

from __future__ import annotations

from uuid import UUID

from core.errors import NotFound
from loans.models import Application, Facility, Loan


def lock_loan(loan_id: int) -> Loan:
    """The loan, held until the transaction ends. Late readers see it afterwards. Raises NotFound."""
    loan = (
        Loan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("application", "borrower", "product_version", "facility")
        .filter(pk=loan_id)
        .first()
    )
    if loan is None:
        raise NotFound
    return loan


def lock_in_order(*loan_ids: int) -> None:
    """Several loans at once, in the order of their ids, as the sweep does: who needs two waits for nobody who needs the same two."""
    list(Loan.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=loan_ids).order_by("pk").values_list("pk"))


def lock_facility(facility_id: UUID) -> Facility:
    """The facility, held until the transaction ends. After the loans, never before them. Raises NotFound."""
    facility = Facility.objects.select_for_update(of=("self",), no_key=True).select_related("application").filter(pk=facility_id).first()
    if facility is None:
        raise NotFound
    return facility


def lock_application(application: Application) -> Application:
    """The application as it stands now, held until the transaction ends."""
    return Application.objects.select_for_update(of=("self",), no_key=True).select_related("borrower", "branch").get(pk=application.pk)
