"""Paying before it is due: what settles a loan on a day, and paying part of it early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from core import audit
from core.errors import DomainError
from core.events import publish
from core.models import User
from core.money import grouped
from core.references import next_reference
from loans.domain.allocation import Due
from loans.domain.prepayment import Payoff, plan_rest, split_prepayment, whole_payoff
from loans.events import PaymentPosted
from loans.ledger.services import post
from loans.models import Loan, Payment, ScheduleChange
from loans.services import allocations, locks
from loans.services.back_dating import dues_on, plan_from_value_date
from loans.services.due_items import LIVE, book_due
from loans.services.interest_since import without_interest_since
from loans.services.payments import (
    CASHIERS,
    UnableToPostPayment,
    check_payment,
    payment_entry,
    payment_with_reference,
    recognise_payment,
    settle,
    write_payment,
)
from loans.services.schedule_changes import Ahead, due_now, lines_of, look_ahead, record_change, take_away_ahead, write_ahead
from loans.services.states import words

ZERO = Decimal(0)
SHORTEN, LOWER = "shorten", "lower"


class UnableToPrepay(DomainError):
    """Nothing can be paid early now."""

    title = "The prepayment was not booked"
    messages = {
        "not_entitled": "Only loan officers and collections officers book payments.",
        "unknown_mode": "A prepayment shortens the term or lowers the instalments.",
        "nothing_to_shorten": "These instalments repay no principal before the last one; lower them instead.",
        "not_offered": "Loans with payouts to come, and imported loans without terms, are only paid as they fall due.",
        "whole_only": "A loan with flat interest is paid early only as a whole: {total} {currency} settle it on this day.",
        "nothing_ahead": "Nothing lies ahead that could be paid early.",
        "needed_for_dues": "{owed} {currency} are due already; only what is more than that pays early.",
        "before_last_due": "An instalment fell due after {value_date}. Book the payment with a value date from {start} on.",
    }


@dataclass(frozen=True)
class PayoffQuote:
    """What settles a loan when it is paid by `valid_until`: what is due by then and unpaid, and what is paid early. Loan's currency."""

    valid_until: date
    currency: str
    due: Decimal
    early: Payoff

    @property
    def total(self) -> Decimal:
        return self.due + self.early.total


def quote_payoff(*, loan: Loan, valid_until: date, business_date: date) -> PayoffQuote:
    """The amount that settles the loan with a value date of `valid_until`; paid earlier, the surplus is given back. Books nothing.

    Raises UnableToPrepay: `not_offered`, `before_last_due`.
    """
    if valid_until < business_date:
        raise UnableToPrepay("before_last_due", value_date=valid_until, start=business_date)
    return _quote(loan, allocations.list_dues(loan), by=valid_until, on=valid_until, fee=loan.product_version.prepayment_fee_percent)


def quote_realisation(*, loan: Loan, received_date: date, business_date: date) -> PayoffQuote:
    """The amount that settles the loan out of what secured it, by money that came in on a day and is booked today: with interest and
    penalties to that day, and no fee, since the bank takes it early itself. Books nothing.

    Raises UnableToPrepay `not_offered`.
    """
    dues = without_interest_since(loan, dues_on(loan, received_date), received_date, business_date)
    return _quote(loan, dues, by=business_date, on=received_date, fee=ZERO)


def _quote(loan: Loan, dues: list[Due], *, by: date, on: date, fee: Decimal) -> PayoffQuote:
    """What is due `by` a day, and what pays the rest early `on` one that lies no earlier than the period that is running then."""
    owed = sum((due.total for due in dues if due.due_date <= by), ZERO)
    ahead = look_ahead(loan)
    rows = tuple(row for row in ahead.rows if row.due_date > by) if ahead is not None else ()
    if loan.state in LIVE and not rows:
        return PayoffQuote(by, loan.currency, owed, Payoff(on=on, principal=ZERO, interest=ZERO))
    checked = _checked(loan, ahead)
    left = Ahead(checked.terms, rows, checked.done)
    whole = whole_payoff(left.terms, left.period, balance=left.balance, on=max(on, left.start), fee_percent=fee)
    return PayoffQuote(by, loan.currency, owed, whole)


@transaction.atomic
def prepay_loan(
    *,
    loan: Loan,
    amount: Decimal,
    mode: str,
    value_date: date,
    actor: User | None,
    business_date: date,
    external_reference: str | None = None,
    source: str = "BROWSER",
    realised: bool = False,
) -> Payment:
    """Pay what is due and, with the rest, principal early: shorter (same instalment) or lower (same dates). All of it closes the loan.
    Of money from a day gone by, penalties charged since on what it pays are taken back. `realised`: the bank takes it early itself, so
    without a fee, and where an instalment fell due since, with its interest from that due date on (`interest_since`).

    With an external reference that was used for the same content, the first payment is returned and nothing happens.
    A loan with flat interest is settled as a whole or not at all. Raises UnableToPrepay, UnableToPostPayment.
    """
    if actor is not None and not actor.has_role(*CASHIERS):
        raise UnableToPrepay("not_entitled")
    if mode not in (SHORTEN, LOWER):
        raise UnableToPrepay("unknown_mode")
    held = locks.lock_loan(loan.pk)
    if external_reference and (first := payment_with_reference(external_reference, held, None)) is not None:
        if (first.loan_id, first.amount, first.value_date) != (held.pk, amount, value_date):
            raise UnableToPostPayment("external_reference_reused", reference=first.reference)
        return first
    check_payment(held, amount, held.currency, value_date, business_date)
    book_due(business_date=business_date, first_loan_id=held.pk, last_loan_id=held.pk)
    ahead = _checked(held, look_ahead(held))
    on = max(value_date, ahead.start) if realised else value_date
    if on < ahead.start:
        raise UnableToPrepay("before_last_due", value_date=value_date, start=ahead.start)
    owed = sum((d.total for d in dues_on(held, value_date) if d.due_date <= business_date), ZERO)
    if amount <= owed:
        raise UnableToPrepay("needed_for_dues", owed=grouped(owed, held.currency), currency=held.currency)
    early_fee = ZERO if realised else held.product_version.prepayment_fee_percent
    if ahead.terms.method == "flat":
        whole = whole_payoff(ahead.terms, ahead.period, balance=ahead.balance, on=on, fee_percent=early_fee)
        if amount < owed + whole.total:
            raise UnableToPrepay("whole_only", total=grouped(owed + whole.total, held.currency), currency=held.currency)
    early = split_prepayment(ahead.terms, ahead.period, amount=amount - owed, balance=ahead.balance, on=on, fee_percent=early_fee)
    if early.principal <= 0:
        raise UnableToPrepay("needed_for_dues", owed=grouped(amount, held.currency), currency=held.currency)
    lines = _rest(ahead, early, mode)
    kept = take_away_ahead(ahead)
    row = due_now(
        held,
        on=on,
        principal=early.principal,
        interest=early.interest,
        fee=early.fee,
        balance=ahead.balance - early.principal,
        actor=actor,
        day=business_date,
    )
    write_ahead(held, lines)
    number = next_reference("PM")
    parts = plan_from_value_date(held, amount, value_date=value_date, business_date=business_date, reference=number, actor=actor)
    payment = write_payment(
        Payment(
            reference=number,
            loan=held,
            amount=amount,
            currency=held.currency,
            value_date=value_date,
            booking_date=business_date,
            external_reference=external_reference or None,
            source=source,
            posted_by=actor,
        )
    )
    allocations.apply(payment, parts)
    post(payment_entry(held, payment, parts), actor=actor)
    recognise_payment(held, payment, parts, actor=actor)
    record_change(
        held,
        ScheduleChange.Kind.PREPAYMENT,
        replaced={"line": row.pk, "rows": kept},
        business_date=business_date,
        reason=mode,
        actor=actor,
        payment=payment,
    )
    settle(held, actor=actor, business_date=business_date)
    audit.record(
        "payment.prepaid",
        actor=actor,
        target=payment,
        branch=held.branch_id,
        business_date=business_date,
        amount=amount,
        principal=early.principal,
        mode=mode,
        loan=held.reference,
    )
    publish(PaymentPosted(loan_id=held.pk, payment_id=str(payment.pk)))
    return payment


def _checked(loan: Loan, ahead: Ahead | None) -> Ahead:
    if loan.state not in LIVE:
        raise UnableToPostPayment("not_active", state=words(loan.state))
    if ahead is None and not loan.instalments.filter(due_booked=False).exists():
        raise UnableToPrepay("nothing_ahead")
    if ahead is None or loan.undrawn:
        raise UnableToPrepay("not_offered")
    return ahead


def _rest(ahead: Ahead, early: Payoff, mode: str) -> list[dict[str, object]]:
    """The lines that are left after paying early."""
    balance = ahead.balance - early.principal
    if not balance:
        return []
    level = None
    if mode == SHORTEN:
        if ahead.terms.method not in ("annuity", "equal_principal"):
            raise UnableToPrepay("nothing_to_shorten")
        regular = next((row for row in ahead.rows if row.principal), ahead.rows[-1])
        level = regular.principal if ahead.terms.method == "equal_principal" else regular.principal + regular.interest
    return lines_of(plan_rest(ahead.terms, balance=balance, start=ahead.start, dates=ahead.dates, level=level, done=ahead.done))
