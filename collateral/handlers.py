"""How collateral reacts to the room below: money that comes in may meet a margin call."""

from __future__ import annotations

from collateral.models import MarginCall
from collateral.services.margin_calls import review_cover
from core.business_date import get_business_date
from core.events import subscribe
from loans.events import LoanClosed, PaymentPosted
from loans.models import Loan


def meet_margin_call(event: PaymentPosted | LoanClosed) -> None:
    """Measure a loan anew whose borrower was asked for more cover and has paid."""
    if MarginCall.objects.filter(loan=event.loan_id, state__in=MarginCall.WAITING).exists():
        review_cover(Loan.objects.get(pk=event.loan_id), business_date=get_business_date())


def register() -> None:
    """Subscribe to what happens below."""
    subscribe(PaymentPosted, meet_margin_call)
    subscribe(LoanClosed, meet_margin_call)
