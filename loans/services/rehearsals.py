"""What a change or a prepayment would make of a loan: it is done in full inside a transaction that is then taken back.

What is shown is therefore what will be booked, to the cent. Nothing stays: neither rows nor entries, audit or events.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from core.models import User
from loans.models import Loan, PaymentAllocation
from loans.selectors.payments import PartLine, allocation_lines
from loans.selectors.schedules import LoanSchedule, schedule_of_loan
from loans.services import locks
from loans.services.changes import UnableToProposeChange, check_changeable, hold
from loans.services.contract_changes import EFFECTS
from loans.services.figures import refresh_loan
from loans.services.prepayments import prepay_loan

ZERO = Decimal(0)


@dataclass(frozen=True)
class Picture:
    """A loan at a moment, amounts in its currency. `rate` is a yearly fraction; `interest_ahead` is what is still to be paid of it."""

    state: str
    rate: Decimal
    principal: Decimal
    owed: Decimal
    days_past_due: int
    interest_ahead: Decimal
    left: int
    level: Decimal
    last_due: date | None
    is_written_off: bool
    schedule: LoanSchedule


@dataclass(frozen=True)
class Row:
    """One due date in both schedules, with what is to be paid then and the principal left after it; None where it is not in one."""

    due_date: date
    before: Decimal | None
    before_left: Decimal | None
    after: Decimal | None
    after_left: Decimal | None

    @property
    def differs(self) -> bool:
        return (self.before, self.before_left) != (self.after, self.after_left)


@dataclass(frozen=True)
class Rehearsal:
    """The loan before and after. `is_successor` when what stands after is the contract that replaces it."""

    before: Picture
    after: Picture
    is_successor: bool = False
    parts: tuple[PartLine, ...] = ()

    @property
    def interest_saved(self) -> Decimal:
        """Interest that is no longer to be paid; what is paid right now is not saved. Negative when it grows."""
        paid = sum((part.amount for part in self.parts if part.what == INTEREST), ZERO)
        return self.before.interest_ahead - self.after.interest_ahead - paid

    @property
    def rows(self) -> tuple[Row, ...]:
        """Both schedules side by side, by due date: what is still to be paid."""
        before, after = _by_day(self.before.schedule), _by_day(self.after.schedule)
        return tuple(Row(day, *before.get(day, (None, None)), *after.get(day, (None, None))) for day in sorted({*before, *after}))


INTEREST = PaymentAllocation.Component.INTEREST.label


def rehearse_change(*, loan: Loan, kind: str, values: dict[str, Any], actor: User, business_date: date) -> Rehearsal:
    """What `confirm_change` would do with these values. Raises UnableToProposeChange `unknown_kind` or `not_active`, UnableToChangeLoan."""
    if kind not in EFFECTS:
        raise UnableToProposeChange("unknown_kind")
    with transaction.atomic():
        held = hold(loan, values)
        check_changeable(held)
        before = take_picture(held, business_date)
        EFFECTS[kind](held, values, reason="", proposed_by=None, confirmed_by=actor, business_date=business_date)
        held.refresh_from_db()
        successor = held.restructured_into.first()
        after = take_picture(successor or held, business_date)
        transaction.set_rollback(True)
    return Rehearsal(before, after, is_successor=successor is not None)


def rehearse_prepayment(*, loan: Loan, amount: Decimal, mode: str, value_date: date, actor: User, business_date: date) -> Rehearsal:
    """What `prepay_loan` would do. Raises UnableToPrepay and UnableToPostPayment as it would."""
    with transaction.atomic():
        before = take_picture(locks.lock_loan(loan.pk), business_date)
        payment = prepay_loan(loan=loan, amount=amount, mode=mode, value_date=value_date, actor=actor, business_date=business_date)
        parts = allocation_lines(payment.allocations.select_related("instalment"))
        after = take_picture(Loan.objects.get(pk=loan.pk), business_date)
        transaction.set_rollback(True)
    return Rehearsal(before, after, parts=tuple(parts))


def take_picture(loan: Loan, business_date: date) -> Picture:
    """The loan as it stands, measured for the business date. Writes the measured figures; call where that is meant or taken back."""
    refresh_loan(loan, business_date=business_date)
    schedule = schedule_of_loan(loan, business_date, whole=True)
    still = [line for line in schedule.lines if line.open]
    ahead = [line for line in still if line.due_date > business_date]
    return Picture(
        state=loan.state,
        rate=loan.annual_rate,
        principal=loan.outstanding_principal,
        owed=schedule.owed_total,
        days_past_due=loan.days_past_due,
        interest_ahead=sum((line.open_interest for line in still), ZERO),
        left=len(still),
        level=ahead[0].open if ahead else ZERO,
        last_due=still[-1].due_date if still else None,
        is_written_off=loan.written_off_date is not None,
        schedule=schedule,
    )


def _by_day(schedule: LoanSchedule) -> dict[date, tuple[Decimal, Decimal]]:
    """What is still to be paid by due date, with the principal left after it."""
    found: dict[date, tuple[Decimal, Decimal]] = {}
    for line in schedule.lines:
        if line.open:
            before, _ = found.get(line.due_date, (ZERO, ZERO))
            found[line.due_date] = (before + line.open, line.balance)
    return found
