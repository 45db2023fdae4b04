"""A loan's account as its borrower reads it: what was charged, what was paid, what was owed after each booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from loans.ledger import chart
from loans.ledger.models import Posting
from loans.models import Loan

# What the borrower owes, less what waits for him. Interest that still runs up is owed when it falls due.
CLAIMS = (chart.PRINCIPAL, chart.INTEREST_RECEIVABLE, chart.FEES_RECEIVABLE, chart.PENALTY_RECEIVABLE, chart.SUSPENSE)


@dataclass(frozen=True)
class StatementEntry:
    """One booking. Amounts in the loan's currency; `owed` is the claim after it, below zero when the bank owes."""

    booking_date: date
    value_date: date
    text: str
    charged: Decimal
    paid: Decimal
    owed: Decimal


@dataclass(frozen=True)
class StatementOfAccount:
    """The bookings of a period, oldest first, between what was owed before and after."""

    opening: Decimal
    lines: tuple[StatementEntry, ...]

    @property
    def closing(self) -> Decimal:
        return self.lines[-1].owed if self.lines else self.opening


def statement_of_account(loan: Loan, *, first: date, until: date) -> StatementOfAccount:
    """The statement of a period (both days inclusive), in two queries. Bookings that leave the claim as it was are left out."""
    rows = Posting.objects.filter(loan_id=loan.pk, account__code__in=CLAIMS)
    opening = rows.filter(entry__booking_date__lt=first).aggregate(total=Sum("amount"))["total"] or Decimal(0)
    moved = (
        rows.filter(entry__booking_date__gte=first, entry__booking_date__lte=until)
        .values("entry_id", "entry__booking_date", "entry__value_date", "entry__text")
        .annotate(total=Sum("amount"))
        .order_by("entry_id")
    )
    lines, owed = [], opening
    for row in moved:
        change = row["total"]
        if not change:
            continue
        owed += change
        lines.append(
            StatementEntry(
                row["entry__booking_date"],
                row["entry__value_date"],
                row["entry__text"],
                max(change, Decimal(0)),
                max(-change, Decimal(0)),
                owed,
            )
        )
    return StatementOfAccount(opening, tuple(lines))
