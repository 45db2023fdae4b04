"""The schedule of a loan as people read it: each instalment with what is paid, what is open, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loans.models import Instalment, Loan

# A schedule this long is shown whole; of a longer one the part around the present.
SHORT = 24
BEHIND, AHEAD = 3, 12
PAID, PART, OVERDUE, DUE, LATER = "paid", "part", "overdue", "due", "later"


@dataclass(frozen=True)
class ScheduleLine:
    """One instalment. Amounts in the loan's currency; `balance` is the principal left after it as planned."""

    number: int
    due_date: date
    principal: Decimal
    interest: Decimal
    fee: Decimal
    total: Decimal
    paid: Decimal
    balance: Decimal
    status: str
    days_late: int = 0
    open_principal: Decimal = Decimal(0)
    open_interest: Decimal = Decimal(0)
    open_fee: Decimal = Decimal(0)
    is_owed: bool = False

    @property
    def open(self) -> Decimal:
        return self.total - self.paid


@dataclass(frozen=True)
class LoanSchedule:
    """All instalments with their sums, and those that are shown."""

    lines: tuple[ScheduleLine, ...]
    shown: tuple[ScheduleLine, ...]
    principal: Decimal
    interest: Decimal
    fee: Decimal
    total: Decimal
    paid: Decimal

    @property
    def is_cut(self) -> bool:
        return len(self.shown) < len(self.lines)

    @property
    def owed(self) -> tuple[ScheduleLine, ...]:
        """What is asked for today: due today or before, and not paid in full."""
        return tuple(line for line in self.lines if line.is_owed)

    @property
    def owed_total(self) -> Decimal:
        return _sum(line.open for line in self.owed)


def schedule_of_loan(loan: Loan, today: date, *, whole: bool = False) -> LoanSchedule:
    """The schedule on a business date, in one query. Penalties are shown with the fees."""
    lines = tuple(_line(row, today) for row in Instalment.objects.filter(loan=loan).order_by("number"))
    return LoanSchedule(
        lines=lines,
        shown=lines if whole or len(lines) <= SHORT else _near(lines),
        principal=_sum(line.principal for line in lines),
        interest=_sum(line.interest for line in lines),
        fee=_sum(line.fee for line in lines),
        total=_sum(line.total for line in lines),
        paid=_sum(line.paid for line in lines),
    )


def _line(row: Instalment, today: date) -> ScheduleLine:
    total = row.principal + row.interest + row.fee + row.penalty
    paid = row.paid_principal + row.paid_interest + row.paid_fee + row.paid_penalty
    late = (today - row.due_date).days
    if paid == total:
        status = PAID
    elif late > 0:
        status = OVERDUE
    elif paid:
        status = PART
    else:
        status = DUE if late == 0 else LATER
    return ScheduleLine(
        number=row.number,
        due_date=row.due_date,
        principal=row.principal,
        interest=row.interest,
        fee=row.fee + row.penalty,
        total=total,
        paid=paid,
        balance=row.balance,
        status=status,
        days_late=late if status == OVERDUE else 0,
        open_principal=row.principal - row.paid_principal,
        open_interest=row.interest - row.paid_interest,
        open_fee=row.fee + row.penalty - row.paid_fee - row.paid_penalty,
        is_owed=late >= 0 and paid < total,
    )


def _near(lines: Sequence[ScheduleLine]) -> tuple[ScheduleLine, ...]:
    """The last few paid ones, everything that is open and due, and the year ahead."""
    first = next((at for at, line in enumerate(lines) if line.status != PAID), len(lines) - 1)
    ahead = next((at for at, line in enumerate(lines) if line.status in (LATER, DUE, PART)), len(lines) - 1)
    return tuple(lines[max(0, first - BEHIND) : ahead + AHEAD])


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
