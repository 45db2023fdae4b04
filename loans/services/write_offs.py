"""Debt taken off the books, in full or in part. What was written off is followed off balance, and recoveries may follow.

Called by `changes` with the loan locked; values are JSON, amounts as text.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from core.models import User
from loans.domain.prepayment import plan_rest
from loans.domain.schedule import ScheduleError
from loans.models import Adjustment, Loan, ScheduleChange
from loans.services import allocations
from loans.services.adjustments import drop_unrecognised, parts_of, settle_without_money
from loans.services.change_checks import UnableToChangeLoan, check_partial_write_off, check_write_off, due_by
from loans.services.due_items import book_due
from loans.services.figures import refresh_loan
from loans.services.payments import settle
from loans.services.schedule_changes import Ahead, draw_together, due_now, lines_of, look_ahead, record_change, take_away_ahead, write_ahead

ZERO = Decimal(0)


def write_off(
    loan: Loan, values: dict[str, Any], *, reason: str, proposed_by: User | None, confirmed_by: User, business_date: date
) -> None:
    """Take the whole debt off the books: what is due, and the principal ahead. Interest ahead ends; recoveries may follow."""
    check_write_off(loan, values, business_date)
    book_due(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    ahead = look_ahead(loan)
    if ahead is not None:
        draw_together(loan, ahead, ScheduleChange.Kind.WRITE_OFF, ZERO, reason=reason, actor=confirmed_by, business_date=business_date)
    made = settle_without_money(
        loan,
        Adjustment.Kind.WRITE_OFF,
        parts_of(allocations.list_dues(loan)),
        reason=reason,
        proposed_by=proposed_by,
        confirmed_by=confirmed_by,
        business_date=business_date,
    )
    drop_unrecognised(loan, made, actor=confirmed_by)
    loan.written_off_date = business_date
    loan.save(update_fields=["written_off_date"])
    refresh_loan(loan, business_date=business_date)


def write_off_part(
    loan: Loan, values: dict[str, Any], *, reason: str, proposed_by: User | None, confirmed_by: User, business_date: date
) -> None:
    """Take `principal` and `interest` off the books; the loan goes on with the rest.

    Principal ahead goes first and the newest due before the oldest, so that a write-off cures no days past due while anything
    older is owed. Interest is what is due of it, the newest first.
    """
    book_due(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    principal, interest = check_partial_write_off(loan, values, business_date)
    ahead = look_ahead(loan)
    if ahead is not None and principal:
        _take_from_ahead(loan, ahead, min(principal, ahead.balance), reason=reason, actor=confirmed_by, business_date=business_date)
    newest_first = due_by(loan, business_date)[::-1]
    made = settle_without_money(
        loan,
        Adjustment.Kind.WRITE_OFF,
        [*parts_of(newest_first, ["principal"], principal), *parts_of(newest_first, ["interest"], interest)],
        reason=reason,
        proposed_by=proposed_by,
        confirmed_by=confirmed_by,
        business_date=business_date,
    )
    drop_unrecognised(loan, made, at_most=interest, actor=confirmed_by)
    settle(loan, actor=confirmed_by, business_date=business_date)


def _take_from_ahead(loan: Loan, ahead: Ahead, amount: Decimal, *, reason: str, actor: User, business_date: date) -> None:
    """Principal not yet due becomes an instalment of its own, due today; the same dates ask for less."""
    rest = ahead.balance - amount
    try:
        planned = plan_rest(ahead.terms, balance=rest, start=ahead.start, dates=ahead.dates, done=ahead.done) if rest else None
    except ScheduleError as error:
        raise UnableToChangeLoan("terms_refused", detail=str(error)) from error
    kept = take_away_ahead(ahead)
    due_now(loan, on=business_date, principal=amount, interest=ZERO, fee=ZERO, balance=rest, actor=actor, day=business_date)
    write_ahead(loan, lines_of(planned) if planned is not None else [])
    record_change(loan, ScheduleChange.Kind.WRITE_OFF, replaced=kept, business_date=business_date, reason=reason, actor=actor)
