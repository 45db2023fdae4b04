"""How collateral reacts to the room below: money that comes in may meet a margin call, a file that closes pledges nothing more."""

from __future__ import annotations

from uuid import UUID

from collateral.events import ValuationAccepted
from collateral.models import Asset, MarginCall, Pledge
from collateral.services.margin_calls import review_cover
from collateral.services.payout_holds import settle_payout_holds
from collateral.services.pledges import withdraw_waiting
from core.business_date import get_business_date
from core.events import subscribe
from loans.events import ApplicationStatusChanged, LoanClosed, PaymentPosted
from loans.models import Loan
from loans.services.states import CLOSED_APPLICATIONS


def meet_margin_call(event: PaymentPosted | LoanClosed) -> None:
    """Measure a loan anew whose borrower was asked for more cover and has paid."""
    if MarginCall.objects.filter(loan=event.loan_id, state__in=MarginCall.WAITING).exists():
        review_cover(Loan.objects.get(pk=event.loan_id), business_date=get_business_date())


def withdraw_what_was_proposed(event: ApplicationStatusChanged) -> None:
    """An asset proposed for a file that came to nothing is free for another, and takes no rank."""
    if event.new_state in CLOSED_APPLICATIONS:
        proposed = Pledge.objects.filter(application=UUID(event.application_id))
        withdraw_waiting(proposed, reason="The application is closed", business_date=get_business_date())


def let_go_what_a_new_value_settled(event: ValuationAccepted) -> None:
    """A value accepted after a flag about another one was upheld puts it right: the files it held go on."""
    settle_payout_holds(Asset.objects.get(pk=event.asset_id), business_date=get_business_date())


def register() -> None:
    """Subscribe to what happens below."""
    subscribe(PaymentPosted, meet_margin_call)
    subscribe(LoanClosed, meet_margin_call)
    subscribe(ApplicationStatusChanged, withdraw_what_was_proposed)
    subscribe(ValuationAccepted, let_go_what_a_new_value_settled)
