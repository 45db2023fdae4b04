"""Principal as planned against principal as it stood, day by day: what the picture on a loan's page is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

from django.db.models import Sum

from loans.ledger import chart
from loans.ledger.models import Posting
from loans.models import Loan
from loans.selectors.schedules import ScheduleLine

# A picture carries so many days at most; of a longer schedule every second or third due date is drawn.
MOST = 48


@dataclass(frozen=True)
class BalancePoint:
    """Principal at the end of a day in the loan's currency; `real` is None for days to come."""

    day: date
    planned: Decimal
    real: Decimal | None


def balance_points(loan: Loan, lines: Sequence[ScheduleLine], today: date) -> list[BalancePoint]:
    """From the first payout to the last due date, by value date. One query; no points before money has left."""
    if loan.disbursed_date is None or not lines:
        return []
    moves = _moves(loan)
    return [BalancePoint(day, _planned(loan, lines, day), _real(moves, day) if day <= today else None) for day in _days(loan, lines, today)]


def _days(loan: Loan, lines: Sequence[ScheduleLine], today: date) -> list[date]:
    assert loan.disbursed_date is not None
    step = -(-len(lines) // MOST)
    days = {line.due_date for line in lines[::-step]} | {loan.disbursed_date}
    if loan.disbursed_date <= today <= lines[-1].due_date:
        days.add(today)
    return sorted(days)


def _planned(loan: Loan, lines: Sequence[ScheduleLine], day: date) -> Decimal:
    past = [line.balance for line in lines if line.due_date <= day]
    return past[-1] if past else loan.principal


def _moves(loan: Loan) -> list[tuple[date, Decimal]]:
    """The running balance of principal in the books after each value date."""
    rows = (
        Posting.objects.filter(loan_id=loan.pk, account__code=chart.PRINCIPAL)
        .order_by("entry__value_date")
        .values_list("entry__value_date")
        .annotate(total=Sum("amount"))
    )
    days = list(rows)
    return list(zip((day for day, _ in days), accumulate(total for _, total in days), strict=True))


def _real(moves: Sequence[tuple[date, Decimal]], day: date) -> Decimal:
    past = [total for moved, total in moves if moved <= day]
    return past[-1] if past else Decimal(0)
