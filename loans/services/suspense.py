"""Money that was paid before it was due waits in suspense and pays what falls due next."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from core import audit
from loans.domain.allocation import DEFAULT_ORDER, Part, allocate
from loans.ledger import chart
from loans.ledger.services import EntryDraft, post
from loans.models import Loan, Payment
from loans.services import allocations, locks
from loans.services.due_items import LIVE
from loans.services.payments import settle

# Loans with money in suspense while something is due: few, whatever the size of the book.
WAITING = """
SELECT DISTINCT p.loan_id
FROM loans_paymentallocation a
JOIN loans_payment p ON p.id = a.payment_id AND p.reversed_at IS NULL
JOIN loans_loan l ON l.id = p.loan_id AND l.state = ANY(%(live)s)
WHERE a.component = 'suspense' AND p.loan_id BETWEEN %(first)s AND %(last)s
  AND EXISTS (SELECT 1 FROM loans_instalment i
              WHERE i.loan_id = p.loan_id AND i.due_date <= %(day)s
                AND (i.paid_principal < i.principal OR i.paid_interest < i.interest OR i.paid_fee < i.fee OR i.paid_penalty < i.penalty))
ORDER BY p.loan_id
"""


def apply_waiting(*, business_date: date, first_loan_id: int, last_loan_id: int) -> int:
    """Let money in suspense pay what is due, for a loan-id range. Returns for how many loans."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"live": list(LIVE), "first": first_loan_id, "last": last_loan_id, "day": business_date})
        loans = [row[0] for row in cursor.fetchall()]
    return sum(apply_suspense(loan_id=loan_id, business_date=business_date) > 0 for loan_id in loans)


@transaction.atomic
def apply_suspense(*, loan_id: int, business_date: date) -> Decimal:
    """Pay what is due from the loan's own suspense, oldest payment first. Returns how much was used."""
    loan = locks.lock_loan(loan_id)
    used = Decimal(0)
    waiting = Payment.objects.select_for_update(of=("self",)).filter(
        loan=loan, reversed_at=None, allocations__component=allocations.SUSPENSE
    )
    for payment in waiting.order_by("id"):
        used += _use(loan, payment, business_date)
    if used:
        settle(loan, actor=None, business_date=business_date)
    return used


def _use(loan: Loan, payment: Payment, business_date: date) -> Decimal:
    share = payment.allocations.get(component=allocations.SUSPENSE)
    parts = allocate(
        share.amount,
        allocations.list_dues(loan),
        value_date=business_date,
        order=loan.product_version.allocation_order or DEFAULT_ORDER,
    )
    paying = [part for part in parts if part.component != allocations.SUSPENSE]
    used = sum((part.amount for part in paying), Decimal(0))
    if not used:
        return used
    allocations.apply(payment, paying)
    allocations.lower(share, used)
    post(_entry(loan, payment, paying, used, business_date), actor=None)
    audit.record(
        "payment.suspense_used",
        actor=None,
        target=payment,
        branch=loan.branch_id,
        business_date=business_date,
        amount=used,
        loan=loan.reference,
    )
    return used


def _entry(loan: Loan, payment: Payment, parts: list[Part], used: Decimal, business_date: date) -> EntryDraft:
    return EntryDraft(
        booking_date=business_date,
        value_date=business_date,
        text=f"Payment {payment.reference} for {loan.reference} used from suspense",
        source_type="payment",
        source_id=str(payment.pk),
        event="suspense_used",
        loan_id=loan.pk,
        postings=[(chart.SUSPENSE, used, loan.currency), *allocations.credit_lines(parts, loan.currency)],
    )
