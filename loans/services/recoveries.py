"""Money that comes in on a debt written off in full or in part: income, up to what was written off, once nothing else is due."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from core import audit
from core.errors import DomainError
from core.events import publish
from core.models import User
from core.money import MoneyError, check_amount, grouped
from core.references import next_reference
from loans.events import PaymentPosted
from loans.ledger import chart
from loans.ledger.services import EntryDraft, post
from loans.models import Loan, Payment, PaymentAllocation
from loans.selectors.write_offs import written_off_of_loan
from loans.services import locks
from loans.services.adjustments import off_balance
from loans.services.change_checks import due_by
from loans.services.payments import CASHIERS, DEBITS, payment_with_reference

RECOVERY = PaymentAllocation.Component.RECOVERY


class UnableToRecover(DomainError):
    """The recovery cannot be booked."""

    title = "The recovery was not booked"
    messages = {
        "not_entitled": "Only loan officers and collections officers book payments.",
        "bad_amount": "{detail}",
        "not_written_off": "Nothing of this loan was written off; book a payment.",
        "owed_first": "{owed} {currency} are due and not written off; book a payment.",
        "value_date_future": "The value date lies after the business date.",
        "more_than_written_off": "Only {open} {currency} of what was written off are still open.",
        "external_reference_reused": "This external reference was used for payment {reference} with other content.",
    }


@transaction.atomic
def post_recovery(
    *,
    loan: Loan,
    amount: Decimal,
    value_date: date,
    actor: User | None,
    business_date: date,
    external_reference: str | None = None,
    source: str = "BROWSER",
) -> Payment:
    """Book money received on a loan that is written off. The same external reference books once. Raises UnableToRecover."""
    if actor is not None and not actor.has_role(*CASHIERS):
        raise UnableToRecover("not_entitled")
    held = locks.lock_loan(loan.pk)
    if external_reference and (first := payment_with_reference(external_reference, held, None)) is not None:
        if (first.loan_id, first.amount, first.value_date) != (held.pk, amount, value_date):
            raise UnableToRecover("external_reference_reused", reference=first.reference)
        return first
    try:
        check_amount(amount, held.currency)
    except MoneyError as error:
        raise UnableToRecover("bad_amount", detail=str(error)) from error
    lost, open_amount = written_off_of_loan(held)
    if not lost:
        raise UnableToRecover("not_written_off")
    if owed := sum((due.total for due in due_by(held, business_date)), Decimal(0)):
        raise UnableToRecover("owed_first", owed=grouped(owed, held.currency), currency=held.currency)
    if value_date > business_date:
        raise UnableToRecover("value_date_future")
    if amount > open_amount:
        raise UnableToRecover("more_than_written_off", open=grouped(open_amount, held.currency), currency=held.currency)
    payment = Payment.objects.create(
        reference=next_reference("PM"),
        loan=held,
        amount=amount,
        currency=held.currency,
        value_date=value_date,
        booking_date=business_date,
        external_reference=external_reference or None,
        source=source,
        posted_by=actor,
    )
    PaymentAllocation.objects.create(payment=payment, instalment=held.instalments.last(), component=RECOVERY, amount=amount)
    post(
        EntryDraft(
            booking_date=business_date,
            value_date=value_date,
            text=f"Recovery {payment.reference} on {held.reference}",
            source_type="payment",
            source_id=str(payment.pk),
            event="recovered",
            loan_id=held.pk,
            postings=[
                (DEBITS.get(source, chart.CASH), amount, held.currency),
                (chart.RECOVERIES, -amount, held.currency),
                *off_balance(-amount, held.currency),
            ],
        ),
        actor=actor,
    )
    audit.record(
        "payment.recovered",
        actor=actor,
        target=payment,
        branch=held.branch_id,
        business_date=business_date,
        amount=amount,
        loan=held.reference,
    )
    publish(PaymentPosted(loan_id=held.pk, payment_id=str(payment.pk)))
    return payment
