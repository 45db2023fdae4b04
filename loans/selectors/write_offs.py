"""What was written off of a loan and what of it has come in since."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum

from loans.models import Adjustment, Loan, PaymentAllocation


def written_off_of_loan(loan: Loan) -> tuple[Decimal, Decimal]:
    """All that was written off, and what of it has not come in yet: followed off balance. Loan's currency; at most two queries."""
    rows = loan.adjustments.filter(kind=Adjustment.Kind.WRITE_OFF, reversed_at=None)
    lost = rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    if not lost:
        return lost, lost
    recovered = PaymentAllocation.objects.filter(
        payment__loan=loan, payment__reversed_at=None, component=PaymentAllocation.Component.RECOVERY
    )
    return lost, lost - (recovered.aggregate(total=Sum("amount"))["total"] or Decimal(0))
