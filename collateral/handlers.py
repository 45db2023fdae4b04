"""How collateral reacts to the room below: money that comes in may meet a margin call, a file that closes pledges nothing more."""

from __future__ import annotations

from uuid import UUID

from collateral.models import MarginCall, Pledge
from collateral.services.assets import CLOSED_APPLICATIONS
from collateral.services.margin_calls import review_cover
from collateral.services.pledges import withdraw_waiting
from core.business_date import get_business_date
from core.events import subscribe
from loans.events import ApplicationStatusChanged, LoanClosed, PaymentPosted
from loans.models import Loan


def meet_margin_call(event: PaymentPosted | LoanClosed) -> None:
    """Measure a loan anew whose borrower was asked for more cover and has paid."""
    if MarginCall.objects.filter(loan=event.loan_id, state__in=MarginCall.WAITING).exists():
        review_cover(Loan.objects.get(pk=event.loan_id), business_date=get_business_date())


def withdraw_what_was_proposed(event: ApplicationStatusChanged) -> None:
    """An asset proposed for a file that came to nothing is free for another, and takes no rank."""
    if event.new_state in CLOSED_APPLICATIONS:
        proposed = Pledge.objects.filter(application=UUID(event.application_id))
        withdraw_waiting(proposed, reason="The application is closed", business_date=get_business_date())


def register() -> None:
    """Subscribe to what happens below."""
    subscribe(PaymentPosted, meet_margin_call)
    subscribe(LoanClosed, meet_margin_call)
    subscribe(ApplicationStatusChanged, withdraw_what_was_proposed)
