"""What was written off of a loan and what of it has come in since; and what is owed of it besides principal."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum

from loans.models import Adjustment, Loan, PaymentAllocation

# What of one row of loans_loan, named {loan}, was written off and has not come in since, for statements over many loans: an index answers
# that of most loans nothing was.
LOST_OF_LOAN = """
coalesce((
    SELECT sum(w.amount) - coalesce((
        SELECT sum(x.amount) FROM loans_payment y JOIN loans_paymentallocation x ON x.payment_id = y.id AND x.component = 'recovery'
        WHERE y.loan_id = w.loan_id AND y.reversed_at IS NULL
    ), 0)
    FROM loans_adjustment w WHERE w.loan_id = {loan}.id AND w.kind = 'WRITE_OFF' AND w.reversed_at IS NULL GROUP BY w.loan_id
), 0)"""

# The day on which something of such a row was first written off, in full or in part; nothing where nothing was.
FIRST_WRITE_OFF_OF_LOAN = """
(SELECT min(w.booking_date) FROM loans_adjustment w WHERE w.loan_id = {loan}.id AND w.kind = 'WRITE_OFF' AND w.reversed_at IS NULL)"""

# What of interest, fees and penalties of one row of loans_loan, named {loan}, is due by a day, written {day}, and not paid; asked of those
# in arrears alone.
CHARGES_OF_LOAN = """
CASE WHEN {loan}.arrears > 0 THEN coalesce((
    SELECT sum(d.interest - d.paid_interest + d.fee - d.paid_fee + d.penalty - d.paid_penalty)
    FROM loans_instalment d WHERE d.loan_id = {loan}.id AND d.due_date <= {day}
), 0) ELSE 0 END"""


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
