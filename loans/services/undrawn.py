"""Contracts of which nothing was ever drawn: they end when their time is over, and so does what was decided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateField, ExpressionWrapper, F

from core import audit, four_eyes
from core.events import publish_all
from loans.domain.states import DisbursementState, FacilityState, LoanState
from loans.events import ContractLapsed, LoanClosed
from loans.models import Disbursement, Facility, Loan
from loans.services.disbursement import PROPOSAL
from loans.services.states import advance_all

LAPSED = "Nothing was paid out of the contract in time."


def draw_by(loan: Loan) -> date | None:
    """The last day on which money may leave for the first time;
    None where that has happened, or a limit with an end of its own stands behind it.
    """
    if loan.state != LoanState.SIGNED or loan.facility.revolving:
        return None
    return last_draw_day(loan)


def last_draw_day(loan: Loan) -> date:
    """The last day for a first payout, by the version applied for."""
    return loan.signed_date + timedelta(days=loan.product_version.draw_days)


@transaction.atomic
def lapse_undrawn(*, business_date: date) -> int:
    """End contracts whose last day for a first payout is before `business_date`, with what was asked for and not confirmed. The same few
    statements for any number of them. Returns how many.
    """
    last = ExpressionWrapper(F("signed_date") + F("product_version__draw_days"), output_field=DateField())
    over = Loan.objects.filter(state=LoanState.SIGNED, facility__revolving=False).annotate(last=last).filter(last__lt=business_date)
    rows = Loan.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(over.values_list("pk", flat=True)), state="SIGNED")
    loans = list(rows.order_by("pk"))
    if not loans:
        return 0
    who: dict[str, Any] = {"actor": None, "actor_name": "sweep", "business_date": business_date, "reason": LAPSED}
    advance_all(loans, LoanState.CLOSED, closed_date=business_date, **who)
    limits = Facility.objects.select_for_update(of=("self",), no_key=True).filter(loans__in=loans)
    if facilities := list(limits.exclude(state__in=(FacilityState.EXPIRED, FacilityState.CANCELLED)).order_by("pk")):
        advance_all(facilities, FacilityState.EXPIRED, **who)
    waiting = Disbursement.objects.select_for_update(of=("self",)).filter(loan__in=loans, state=DisbursementState.REQUESTED)
    if payouts := list(waiting.order_by("pk")):
        advance_all(payouts, DisbursementState.CANCELLED, **who)
        four_eyes.void_all(kind=PROPOSAL, targets=payouts, reason=LAPSED)
    audit.record_all([audit.entry("contract.lapsed", target=loan, **who) for loan in loans])
    day = business_date.isoformat()
    publish_all([*(LoanClosed(loan_id=loan.pk) for loan in loans), *(ContractLapsed(loan_id=loan.pk, business_date=day) for loan in loans)])
    return len(loans)
