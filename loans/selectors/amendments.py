"""Amendments of a customer's record, and what is stated of a customer otherwise, for their readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core import access
from core.models import User
from loans.domain.otherwise import PLACE
from loans.models import Application, ApplicationParty, Borrower, CustomerAmendment
from loans.selectors.applications import visible_applications
from loans.selectors.otherwise import LABELS, Otherwise, otherwise_of

MOST = 50
UNJUDGED = frozenset({"phone", "email"})
"""What of a record no judgement stands on: by it people are reached, not known."""
WORDS = LABELS | {"address_line": "Street and number", "postcode": "Postcode", "city": "City", "country": "Country"}


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


def is_judged_by(amendment: CustomerAmendment) -> bool:
    """Whether it changed what an application is judged by: who somebody is and where they live."""
    return not UNJUDGED.issuperset(amendment.fields)


def amended_since(application: Application, moment: datetime) -> list[CustomerAmendment]:
    """Amendments of what an application is judged by, of all its parties' records, confirmed after a moment, the oldest first:
    one query.
    """
    rows = CustomerAmendment.objects.filter(
        borrower__in=application.parties.values("borrower"), state=CustomerAmendment.State.CONFIRMED, decided_at__gt=moment
    )
    named = rows.select_related("borrower").only("fields", "decided_date", "decided_at", "borrower__reference").order_by("decided_at", "pk")
    return [one for one in named if is_judged_by(one)]


def amendments_in_words(amendments: Sequence[CustomerAmendment]) -> str:
    """Whose record was amended, in what and when; the values stay out of it."""
    changed = dict.fromkeys(
        "address" if name in PLACE else WORDS[name].lower() for one in amendments for name in one.fields if name not in UNJUDGED
    )
    whose = " and ".join(dict.fromkeys(one.borrower.reference for one in amendments))
    return f"the record of {whose} was amended ({', '.join(changed)}) on {amendments[-1].decided_date:%d %b %Y}"
