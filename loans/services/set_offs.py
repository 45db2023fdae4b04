"""A credit balance of the borrower used for what is due on another of their loans. Called by `changes` with both loans locked."""

from __future__ import annotations

from datetime import date
from typing import Any

from core import audit
from core.events import publish
from core.models import User
from core.references import next_reference
from loans.events import PaymentPosted
from loans.ledger.services import post
from loans.models import Loan, Payment, SetOff
from loans.services import allocations
from loans.services.change_checks import check_set_off
from loans.services.credit_balances import take_from_suspense
from loans.services.due_items import book_due
from loans.services.payments import SET_OFF, payment_entry, recognise_payment, settle, write_payment


def set_off(loan: Loan, values: dict[str, Any], *, reason: str, proposed_by: User | None, confirmed_by: User, business_date: date) -> None:
    """Pay `amount` of what is due from what waits in suspense of `from_loan` (public id), another loan of the same borrower."""
    book_due(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    source, amount = check_set_off(loan, values, business_date)
    parts = allocations.plan(loan, amount, value_date=business_date, business_date=business_date)
    payment = write_payment(
        Payment(
            reference=next_reference("PM"),
            loan=loan,
            amount=amount,
            currency=loan.currency,
            value_date=business_date,
            booking_date=business_date,
            source=SET_OFF,
            posted_by=confirmed_by,
        )
    )
    allocations.apply(payment, parts)
    made = SetOff.objects.create(
        from_loan=source,
        payment=payment,
        amount=amount,
        booking_date=business_date,
        reason=reason[:200],
        proposed_by=proposed_by,
        confirmed_by=confirmed_by,
    )
    take_from_suspense(made, target=loan, actor=confirmed_by)
    post(payment_entry(loan, payment, parts), actor=confirmed_by)
    recognise_payment(loan, payment, parts, actor=confirmed_by)
    settle(loan, actor=confirmed_by, business_date=business_date)
    for row in (loan, source):
        audit.record(
            "loan.set_off",
            actor=confirmed_by,
            target=row,
            business_date=business_date,
            amount=amount,
            reason=reason,
            from_loan=source.reference,
            loan=loan.reference,
        )
    publish(PaymentPosted(loan_id=loan.pk, payment_id=str(payment.pk)))
