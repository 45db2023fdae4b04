"""Money in: what a payment would pay, posting it once, taking it back once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from core import audit
from core.errors import DomainError
from core.events import publish
from core.models import PartnerClient, User
from core.money import MoneyError, check_amount, grouped
from core.references import next_reference
from core.roles import Role
from loans.domain.allocation import Part
from loans.domain.states import LoanState
from loans.events import LoanClosed, LoanReopened, PaymentPosted, PaymentReversed
from loans.ledger import chart
from loans.ledger.selectors import standing_entries
from loans.ledger.services import EntryDraft, post, reverse
from loans.models import Loan, Payment
from loans.services import allocations, locks
from loans.services.accrual import recognise_paid
from loans.services.back_dating import plan_from_value_date
from loans.services.credit_balances import give_back
from loans.services.due_items import LIVE, book_due
from loans.services.figures import refresh_loan
from loans.services.maturity import return_when_due_later
from loans.services.schedule_changes import undo_prepayment
from loans.services.states import advance, words

CASHIERS = (Role.OFFICER, Role.COLLECTIONS)
# Where a payment came from when no money came in with it: another loan, or the sale of what secured this one, booked by itself.
SET_OFF, COLLATERAL = "SET_OFF", "COLLATERAL"
DEBITS = {SET_OFF: chart.SET_OFFS, COLLATERAL: chart.ENFORCED_SALES}
REVERSERS = (Role.COLLECTIONS, Role.RISK_MANAGER)


class UnableToPostPayment(DomainError):
    """The payment cannot be booked."""

    title = "The payment was not booked"
    messages = {
        "not_entitled": "Only loan officers and collections officers book payments.",
        "bad_amount": "{detail}",
        "other_currency": "This loan is in {currency}.",
        "value_date_future": "The value date {value_date} lies after the business date {business_date}.",
        "before_first_payout": "The value date {value_date} lies before the first payout on {first}.",
        "not_active": "This loan takes no payments; it is {state}.",
        "written_off": "This loan is written off; what comes in is a recovery.",
        "external_reference_reused": "This external reference was used for payment {reference} with other content.",
    }

    @property
    def status(self) -> int:  # type: ignore[override]
        return 409 if self.code in ("external_reference_reused", "not_active", "written_off") else 422


class UnableToReversePayment(DomainError):
    """The payment cannot be taken back."""

    title = "The payment was not reversed"
    status = 409
    messages = {
        "not_entitled": "Only collections officers and risk managers reverse payments.",
        "already_reversed": "This payment was reversed before.",
        "reason_missing": "Write down why the payment is reversed.",
        "limit_drawn_again": "What this payment had repaid of the limit was drawn again; only {available} {currency} are left of it.",
        "set_off_first": "Part of this payment was set off against {loan}; reverse payment {payment} there first.",
    }


@dataclass(frozen=True)
class PaymentPreview:
    """What a payment would do. Amounts in the loan's currency; `left_principal` is what stays outstanding."""

    amount: Decimal
    value_date: date
    parts: tuple[Part, ...]
    left_principal: Decimal
    left_arrears: Decimal
    closes: bool

    @property
    def suspense(self) -> Decimal:
        return sum((part.amount for part in self.parts if part.component == allocations.SUSPENSE), Decimal(0))


def preview_payment(*, loan: Loan, amount: Decimal, value_date: date, business_date: date) -> PaymentPreview:
    """What `post_payment` would pay with this amount, without booking anything. Raises UnableToPostPayment as it would."""
    check_payment(loan, amount, loan.currency, value_date, business_date)
    parts = allocations.plan(loan, amount, value_date=value_date, business_date=business_date)
    dues = allocations.list_dues(loan)
    paid = sum((part.amount for part in parts if part.component != allocations.SUSPENSE), Decimal(0))
    repaid = sum((part.amount for part in parts if part.component == "principal"), Decimal(0))
    overdue = sum((due.total for due in dues if due.due_date < business_date), Decimal(0))
    owed = sum((due.total for due in dues), Decimal(0))
    due_before = {due.number for due in dues if due.due_date < business_date}
    on_arrears = sum((part.amount for part in parts if part.instalment in due_before), Decimal(0))
    return PaymentPreview(
        amount=amount,
        value_date=value_date,
        parts=tuple(parts),
        left_principal=sum((due.principal for due in dues), Decimal(0)) - loan.undrawn - repaid,
        left_arrears=overdue - on_arrears,
        closes=paid == owed and loan.undrawn == 0,
    )


@transaction.atomic
def post_payment(
    *,
    loan: Loan,
    amount: Decimal,
    currency: str,
    value_date: date,
    actor: User | None,
    business_date: date,
    external_reference: str | None = None,
    source: str = "BROWSER",
    partner: PartnerClient | None = None,
) -> Payment:
    """Book money received: allocate, post, close the loan when nothing is left.

    With an external reference that was used for the same content, the first payment is returned and nothing happens.
    Raises UnableToPostPayment.
    """
    if actor is not None and not actor.has_role(*CASHIERS):
        raise UnableToPostPayment("not_entitled")
    held = locks.lock_loan(loan.pk)
    reference = external_reference or None
    if reference is not None and (first := payment_with_reference(reference, held, partner)) is not None:
        if (first.loan_id, first.amount, first.currency, first.value_date) != (held.pk, amount, currency, value_date):
            raise UnableToPostPayment("external_reference_reused", reference=first.reference)
        return first
    check_payment(held, amount, currency, value_date, business_date)
    # What is due today becomes a receivable before it is paid, although the sweep comes only tonight.
    book_due(business_date=business_date, first_loan_id=held.pk, last_loan_id=held.pk)
    number = next_reference("PM")
    if value_date < business_date:
        parts = plan_from_value_date(held, amount, value_date=value_date, business_date=business_date, reference=number, actor=actor)
    else:
        parts = allocations.plan(held, amount, value_date=value_date, business_date=business_date)
    payment = write_payment(
        Payment(
            reference=number,
            loan=held,
            amount=amount,
            currency=currency,
            value_date=value_date,
            booking_date=business_date,
            partner=partner,
            external_reference=reference,
            source=source,
            posted_by=actor,
        )
    )
    allocations.apply(payment, parts)
    post(payment_entry(held, payment, parts), actor=actor)
    recognise_payment(held, payment, parts, actor=actor)
    settle(held, actor=actor, business_date=business_date)
    audit.record(
        "payment.posted",
        actor=actor,
        actor_name=partner.name if partner and actor is None else "",
        target=payment,
        branch=held.branch_id,
        business_date=business_date,
        amount=amount,
        value_date=value_date,
        loan=held.reference,
    )
    publish(PaymentPosted(loan_id=held.pk, payment_id=str(payment.pk)))
    return payment


@transaction.atomic
def reverse_payment(*, payment: Payment, reason: str, actor: User | None, business_date: date) -> Payment:
    """Take a payment back: what it paid is open again, its entries are reversed, a loan it closed is open.

    Raises UnableToReversePayment: `not_entitled`, `already_reversed`, `reason_missing`.
    """
    if actor is not None and not actor.has_role(*REVERSERS):
        raise UnableToReversePayment("not_entitled")
    if not reason.strip():
        raise UnableToReversePayment("reason_missing")
    _hold_both(payment)
    loan = locks.lock_loan(payment.loan_id)
    held = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
    if held.reversed_at is not None:
        raise UnableToReversePayment("already_reversed")
    if (used := held.allocations.exclude(set_off=None).select_related("set_off__payment__loan").first()) is not None:
        assert used.set_off is not None
        other = used.set_off.payment
        raise UnableToReversePayment("set_off_first", loan=other.loan.reference, payment=other.reference)
    _check_limit(loan, held)
    allocations.take_off(held)
    for entry in standing_entries("payment", held.pk):
        reverse(entry, booking_date=business_date, actor=actor, text=f"Payment {held.reference} of {loan.reference} reversed")
    give_back(held, actor=actor, business_date=business_date)
    undo_prepayment(loan, held, actor=actor, business_date=business_date)
    held.reversed_at = timezone.now()
    held.reversed_by = actor
    held.reversal_reason = reason.strip()[:200]
    held.save(update_fields=["reversed_at", "reversed_by", "reversal_reason"])
    settle(loan, actor=actor, business_date=business_date)
    audit.record(
        "payment.reversed",
        actor=actor,
        target=held,
        branch=loan.branch_id,
        business_date=business_date,
        amount=held.amount,
        loan=loan.reference,
        reason=reason,
    )
    publish(PaymentReversed(loan_id=loan.pk, payment_id=str(held.pk)))
    return held


def _check_limit(loan: Loan, payment: Payment) -> None:
    """What a payment repaid of a revolving limit can be owed again only while the limit has room for it."""
    if not loan.facility.revolving:
        return
    facility = locks.lock_facility(loan.facility_id)
    repaid = sum(payment.allocations.filter(component="principal").values_list("amount", flat=True), Decimal(0))
    if repaid > facility.available:
        raise UnableToReversePayment(
            "limit_drawn_again", available=grouped(facility.available, facility.currency), currency=facility.currency
        )


def _hold_both(payment: Payment) -> None:
    """A set-off touches two loans, which are locked in the order of ids."""
    if payment.source == SET_OFF:
        locks.lock_in_order(payment.loan_id, payment.set_off_made.from_loan_id)


def recognise_payment(loan: Loan, payment: Payment, parts: Iterable[Part], *, actor: User | None) -> None:
    """Interest that was paid is income at last, where it was not recognised while it ran up."""
    interest = sum((part.amount for part in parts if part.component == "interest"), Decimal(0))
    if interest:
        recognise_paid(loan, interest, source=payment_entry(loan, payment, []), actor=actor)


def settle(loan: Loan, *, actor: User | None, business_date: date) -> None:
    """Close the loan when nothing is left to pay, open it again when something is, and measure it anew. Call with the loan locked."""
    owes = any(due.total for due in allocations.list_dues(loan))
    if not owes and loan.undrawn == 0 and loan.state in LIVE:
        advance(loan, LoanState.CLOSED, actor=actor, business_date=business_date, reason="Paid in full", closed_date=business_date)
        publish(LoanClosed(loan_id=loan.pk))
    elif owes and loan.state == LoanState.CLOSED:
        advance(loan, LoanState.ACTIVE, actor=actor, business_date=business_date, reason="A payment was reversed", closed_date=None)
        publish(LoanReopened(loan_id=loan.pk))
    return_when_due_later(loan, actor=actor, business_date=business_date)
    refresh_loan(loan, business_date=business_date)


def check_payment(loan: Loan, amount: Decimal, currency: str, value_date: date, business_date: date) -> None:
    """Whether this amount can be booked on this loan. Raises UnableToPostPayment."""
    if currency != loan.currency:
        raise UnableToPostPayment("other_currency", currency=loan.currency)
    try:
        check_amount(amount, currency)
    except MoneyError as error:
        raise UnableToPostPayment("bad_amount", detail=str(error)) from error
    if loan.state not in LIVE or loan.disbursed_date is None:
        raise UnableToPostPayment("not_active", state=words(loan.state))
    if loan.written_off_date is not None:
        raise UnableToPostPayment("written_off")
    if value_date > business_date:
        raise UnableToPostPayment("value_date_future", value_date=value_date, business_date=business_date)
    if value_date < loan.disbursed_date:
        raise UnableToPostPayment("before_first_payout", value_date=value_date, first=loan.disbursed_date)


def payment_with_reference(reference: str, loan: Loan, partner: PartnerClient | None) -> Payment | None:
    """The payment that used this reference: of this loan, or of any loan of the same partner."""
    rows = Payment.objects.filter(external_reference=reference)
    return (rows.filter(partner=partner).first() if partner is not None else None) or rows.filter(loan=loan).first()


def write_payment(payment: Payment) -> Payment:
    """Write a payment; the same reference of a partner for another loan is refused. Raises UnableToPostPayment."""
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError as error:
        if "payment_partner_reference_once" not in str(error):
            raise
        # The same reference for another loan was committed while we waited for ours.
        other = Payment.objects.get(partner=payment.partner, external_reference=payment.external_reference)
        raise UnableToPostPayment("external_reference_reused", reference=other.reference) from error
    return payment


def payment_entry(loan: Loan, payment: Payment, parts: Iterable[Part]) -> EntryDraft:
    """The entry of a payment: money in (or the account that stands for its source), and what its parts pay."""
    return EntryDraft(
        booking_date=payment.booking_date,
        value_date=payment.value_date,
        text=f"Payment {payment.reference} for {loan.reference}",
        source_type="payment",
        source_id=str(payment.pk),
        event="posted",
        loan_id=loan.pk,
        postings=[
            (DEBITS.get(payment.source, chart.CASH), payment.amount, payment.currency),
            *allocations.credit_lines(parts, payment.currency),
        ],
    )
