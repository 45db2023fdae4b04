"""Amendments of a customer's record, and what is stated of a customer otherwise, for their readers."""

from __future__ import annotations

from uuid import UUID

from core import access
from core.models import User
from loans.models import ApplicationParty, Borrower, CustomerAmendment
from loans.selectors.applications import visible_applications
from loans.selectors.otherwise import Otherwise, otherwise_of

MOST = 50


def access_amendment(borrower: Borrower, amendment_id: UUID) -> CustomerAmendment:
    """One amendment of a customer whom the user was let to, or NotFound."""
    return access.one(CustomerAmendment.objects.filter(borrower=borrower).select_related("proposed_by"), pk=amendment_id)


def open_amendment(borrower: Borrower) -> CustomerAmendment | None:
    """What is proposed for a customer and waits: one query."""
    rows = CustomerAmendment.objects.filter(borrower=borrower, state=CustomerAmendment.State.PROPOSED)
    return rows.select_related("proposed_by", "application").first()


def amendments_of(borrower: Borrower) -> list[CustomerAmendment]:
    """The newest amendments of a customer with who asked and who answered: one query."""
    return list(CustomerAmendment.objects.filter(borrower=borrower).select_related("proposed_by", "decided_by", "application")[:MOST])


def stated_of_customer(user: User, borrower: Borrower) -> list[Otherwise]:
    """What the newest applications that the user may see state of a customer otherwise than the record does now: one query."""
    rows = ApplicationParty.objects.filter(borrower=borrower, application__in=visible_applications(user)).exclude(differing=[])
    newest = rows.select_related("borrower", "application").order_by("-application__submitted_date", "-application_id")[:MOST]
    return [one for one in otherwise_of(newest) if one.differs]
