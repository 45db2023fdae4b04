"""Calling a loan in: all that is owed falls due at once, and nothing of it on later dates any more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from core import audit, four_eyes
from core.models import User
from loans.domain.prepayment import whole_payoff
from loans.domain.states import DisbursementState, LoanState
from loans.models import Instalment, Loan, ScheduleChange
from loans.services import locks
from loans.services.disbursement import PROPOSAL
from loans.services.due_items import book_due
from loans.services.figures import refresh_loan
from loans.services.schedule_changes import draw_together, look_ahead
from loans.services.states import advance
from loans.services.suspense import apply_suspense

ZERO = Decimal(0)


@transaction.atomic
def call_loan(*, loan: Loan, reason: str, actor: User | None, business_date: date) -> bool:
    """Let the principal ahead fall due today with the interest that has run on it, and move the loan to CALLED. Whether it was called.

    Only a running loan that owes something is called; what of it was not paid out yet is not lent any more. One whose every date has gone
    by, or that is called, written off or closed, has nothing ahead and stays as it is. Imported loans without terms fall due as they stand.
    What waits in suspense pays what falls due.
    """
    held = locks.lock_loan(loan.pk)
    if held.state != LoanState.ACTIVE or held.written_off_date is not None or not held.outstanding_principal:
        return False
    book_due(business_date=business_date, first_loan_id=held.pk, last_loan_id=held.pk)
    ahead = look_ahead(held)
    if ahead is None:
        return False
    unlent = held.undrawn
    owed = ahead.balance - _end_commitment(held, ahead.balance, reason=reason, actor=actor, business_date=business_date)
    run = whole_payoff(ahead.terms, ahead.period, balance=owed, on=business_date, fee_percent=ZERO)
    draw_together(
        held, ahead, ScheduleChange.Kind.CALLED, run.interest, principal=owed, reason=reason, actor=actor, business_date=business_date
    )
    advance(held, LoanState.CALLED, actor=actor, business_date=business_date, reason=reason)
    held.maturity_date = business_date
    held.save(update_fields=["maturity_date"])
    refresh_loan(held, business_date=business_date)
    audit.record(
        "loan.called",
        actor=actor,
        target=held,
        label=held.reference,
        branch=held.branch_id,
        business_date=business_date,
        principal=owed,
        interest=run.interest,
        unlent=unlent,
        reason=reason,
    )
    apply_suspense(loan_id=held.pk, business_date=business_date)
    return True


def _end_commitment(held: Loan, ahead: Decimal, *, reason: str, actor: User | None, business_date: date) -> Decimal:
    """Let what was not paid out of a loan in stages never be: requested payouts end, and the schedule asks for it no more. Returns how much
    of it stood in the principal `ahead`; the rest is taken off what fell due last of principal that nobody was paid.
    """
    if not held.undrawn:
        return ZERO
    for waiting in held.disbursements.filter(state=DisbursementState.REQUESTED).order_by("pk"):
        four_eyes.void(kind=PROPOSAL, target=waiting, reason=reason)
        advance(waiting, DisbursementState.CANCELLED, actor=actor, business_date=business_date, reason=reason)
    taken: Decimal = min(held.undrawn, ahead)
    left = held.undrawn - taken
    for row in Instalment.objects.filter(loan=held, due_booked=True).order_by("-number"):
        part = min(left, row.principal - row.paid_principal)
        if part > 0:
            row.principal -= part
            row.save(update_fields=["principal"])
            left -= part
    held.principal -= held.undrawn
    held.undrawn = ZERO
    held.save(update_fields=["principal", "undrawn"])
    return taken
