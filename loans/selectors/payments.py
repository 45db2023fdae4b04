"""Money in and out of a loan as its page shows it: payouts, payments with what they paid, what waits in suspense."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet, Sum

from core import access
from core.models import User
from loans.ledger import chart
from loans.ledger.selectors import balance
from loans.models import Disbursement, Loan, Payment, PaymentAllocation
from loans.selectors.loans import access_loan, visible_loans


def payment_of_reference(loan: Loan, reference: str) -> Payment | None:
    """The payment of a loan under an external reference: what the same form booked already when it is sent twice."""
    return loan.payments.filter(external_reference=reference).first()


def access_payment(user: User, payment_id: UUID) -> Payment:
    """One payment of a loan the user may see, with its loan, or NotFound."""
    rows = Payment.objects.filter(loan__in=visible_loans(user)).select_related(
        "loan__borrower", "loan__branch", "loan__product_version__product", "posted_by", "reversed_by", "partner"
    )
    return access.one(rows, pk=payment_id)


def access_disbursement(user: User, disbursement_id: UUID) -> Disbursement:
    """One payout of a loan the user may see, or NotFound. Its `loan` is read as the loan's page reads it."""
    payout = access.one(Disbursement.objects.select_related("loan", "requested_by", "confirmed_by"), pk=disbursement_id)
    payout.loan = access_loan(user, payout.loan.public_id)
    return payout


def payouts_of_loan(loan: Loan) -> list[Disbursement]:
    """The payouts of a loan, newest first, with who asked and who confirmed."""
    return list(loan.disbursements.select_related("requested_by", "confirmed_by").order_by("-id"))


def payments_of_loan(loan: Loan) -> QuerySet[Payment]:
    """The payments of a loan, newest first, with what each paid: three queries however many there are."""
    return loan.payments.select_related("posted_by", "reversed_by", "partner").prefetch_related("allocations__instalment").order_by("-id")


def suspense_of_loan(loan: Loan) -> Decimal:
    """What was paid before it was due and waits, as the books say it, in the loan's currency."""
    return -balance(account=chart.SUSPENSE, currency=loan.currency, loan_id=loan.pk)


def credits_beside(loan: Loan) -> list[tuple[Loan, Decimal]]:
    """Other loans of the same borrower and currency with money in suspense, and how much. One query."""
    waiting = Sum("payments__allocations__amount")
    rows = (
        Loan.objects.filter(
            borrower_id=loan.borrower_id,
            currency=loan.currency,
            payments__reversed_at=None,
            payments__allocations__component=PaymentAllocation.Component.SUSPENSE,
        )
        .exclude(pk=loan.pk)
        .annotate(credit=waiting)
        .order_by("pk")
    )
    return [(row, row.credit) for row in rows]


@dataclass(frozen=True)
class PartLine:
    """What a part of a payment pays: an instalment's component, or nothing yet."""

    what: str
    instalment: int | None
    amount: Decimal


def allocation_lines(parts: Iterable[PaymentAllocation]) -> list[PartLine]:
    """The parts of a payment in the order of instalments, what waits in suspense last."""
    lines = [PartLine(part.get_component_display(), part.instalment.number if part.instalment else None, part.amount) for part in parts]
    return sorted(lines, key=lambda line: (line.instalment is None, line.instalment or 0))


@dataclass(frozen=True)
class PaidPart:
    """What one standing payment paid of one instalment, and from which day it counts."""

    payment_id: UUID
    reference: str
    value_date: date
    amount: Decimal


def paid_parts(loan: Loan, *, first: int, last: int) -> dict[int, list[PaidPart]]:
    """By instalment number, from `first` to `last`: which payments paid it and when. One query."""
    rows = (
        PaymentAllocation.objects.filter(
            payment__loan=loan, payment__reversed_at=None, instalment__number__gte=first, instalment__number__lte=last
        )
        .order_by("payment__value_date", "payment__reference")
        .values_list("instalment__number", "payment_id", "payment__reference", "payment__value_date")
        .annotate(total=Sum("amount"))
    )
    found: dict[int, list[PaidPart]] = defaultdict(list)
    for number, payment_id, reference, value_date, total in rows:
        found[number].append(PaidPart(payment_id, reference, value_date, total))
    return dict(found)
