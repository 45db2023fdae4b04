"""Calling a loan in: all that is owed falls due at once, and nothing of it on later dates any more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from core import audit
from core.models import User
from loans.domain.prepayment import whole_payoff
from loans.domain.states import LoanState
from loans.models import Loan, ScheduleChange
from loans.services import locks
from loans.services.due_items import book_due
from loans.services.figures import refresh_loan
from loans.services.schedule_changes import draw_together, look_ahead
from loans.services.states import advance

ZERO = Decimal(0)


@transaction.atomic
def call_loan(*, loan: Loan, reason: str, actor: User | None, business_date: date) -> bool:
    """Let the principal ahead fall due today with the interest that has run on it, and move the loan to CALLED. Whether it was called.

    Only a running loan that is paid out in full and owes something is called. One whose every date has gone by, or that is called,
    written off or closed, has nothing ahead and stays as it is. Imported loans without terms fall due as they stand.
    """
    held = locks.lock_loan(loan.pk)
    if held.state != LoanState.ACTIVE or held.written_off_date is not None or held.undrawn or not held.outstanding_principal:
        return False
    book_due(business_date=business_date, first_loan_id=held.pk, last_loan_id=held.pk)
    ahead = look_ahead(held)
    if ahead is None:
        return False
    run = whole_payoff(ahead.terms, ahead.period, balance=ahead.balance, on=business_date, fee_percent=ZERO)
    draw_together(held, ahead, ScheduleChange.Kind.CALLED, run.interest, reason=reason, actor=actor, business_date=business_date)
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
        principal=ahead.balance,
        interest=run.interest,
        reason=reason,
    )
    return True
