"""Money in suspense taken for another loan, and given back. Call with both loans locked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils import timezone

from core.models import User
from loans.ledger import chart
from loans.ledger.selectors import standing_entries
from loans.ledger.services import EntryDraft, post, reverse
from loans.models import Loan, Payment, PaymentAllocation, SetOff
from loans.services.allocations import SUSPENSE, lower, put_in_suspense

TAKEN = PaymentAllocation.Component.SET_OFF


def credit_of(loan: Loan) -> Decimal:
    """What waits in suspense of a loan, in its currency."""
    rows = PaymentAllocation.objects.filter(payment__loan=loan, payment__reversed_at=None, component=SUSPENSE)
    return sum(rows.values_list("amount", flat=True), Decimal(0))


def take_from_suspense(made: SetOff, *, target: Loan, actor: User | None) -> None:
    """Take the amount of a set-off out of suspense of its loan, the oldest payment first."""
    left = made.amount
    waiting = PaymentAllocation.objects.filter(payment__loan=made.from_loan, payment__reversed_at=None, component=SUSPENSE)
    for share in waiting.select_for_update(of=("self",)).order_by("payment_id"):
        taken = min(share.amount, left)
        if taken <= 0:
            break
        left -= taken
        PaymentAllocation.objects.create(payment_id=share.payment_id, component=TAKEN, amount=taken, set_off=made)
        lower(share, taken)
    assert left == 0, "more was set off than waits in suspense"
    source = made.from_loan
    post(
        EntryDraft(
            booking_date=made.booking_date,
            value_date=made.booking_date,
            text=f"Credit balance of {source.reference} set off against {target.reference}",
            source_type="set_off",
            source_id=str(made.pk),
            event="taken",
            loan_id=source.pk,
            postings=[(chart.SUSPENSE, made.amount, source.currency), (chart.SET_OFFS, -made.amount, source.currency)],
        ),
        actor=actor,
    )


def give_back(payment: Payment, *, actor: User | None, business_date: date) -> None:
    """The payment that a set-off made was taken back: what it had taken waits in suspense again. Other payments are left alone."""
    made = SetOff.objects.select_related("from_loan").filter(payment=payment, reversed_at=None).first()
    if made is None:
        return
    for part in PaymentAllocation.objects.filter(set_off=made):
        put_in_suspense(part.payment_id, part.amount)
        part.delete()
    for entry in standing_entries("set_off", made.pk):
        reverse(entry, booking_date=business_date, actor=actor, text=f"Set-off of {made.from_loan.reference} taken back")
    made.reversed_at = timezone.now()
    made.save(update_fields=["reversed_at"])
