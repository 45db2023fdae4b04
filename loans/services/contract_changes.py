"""What confirmed changes do to a contract. Called by `changes` with the loan locked; values are JSON, amounts and rates as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from core import audit
from core.models import User
from core.references import next_reference
from loans.domain.prepayment import interest_within, plan_rest
from loans.domain.schedule import Schedule, ScheduleError
from loans.domain.states import LoanState
from loans.ledger import chart
from loans.ledger.services import EntryDraft, post
from loans.models import Adjustment, Loan, Moratorium, ScheduleChange
from loans.services import allocations
from loans.services.adjustments import parts_of, settle_without_money
from loans.services.change_checks import (
    UnableToChangeLoan,
    check_moratorium,
    check_rate,
    check_rescheduling,
    check_restructuring,
    check_waiver,
    due_by,
    new_terms,
    replannable,
)
from loans.services.due_items import book_due
from loans.services.figures import refresh_loan
from loans.services.payments import settle
from loans.services.schedule_changes import Ahead, draw_together, lines_of, look_ahead, record_change, take_away_ahead, write_ahead
from loans.services.set_offs import set_off
from loans.services.states import advance
from loans.services.write_offs import write_off, write_off_part

ZERO = Decimal(0)


def waive(loan: Loan, values: dict[str, Any], *, reason: str, proposed_by: User | None, confirmed_by: User, business_date: date) -> None:
    """Give up `amount` of `component` (penalty, fee or interest) of what is due, oldest first."""
    book_due(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    component, amount = check_waiver(loan, values, business_date)
    parts = parts_of(due_by(loan, business_date), [component], amount)
    settle_without_money(
        loan, Adjustment.Kind.WAIVER, parts, reason=reason, proposed_by=proposed_by, confirmed_by=confirmed_by, business_date=business_date
    )
    settle(loan, actor=confirmed_by, business_date=business_date)


def grant_moratorium(
    loan: Loan, values: dict[str, Any], *, reason: str, proposed_by: User | None, confirmed_by: User, business_date: date
) -> None:
    """Days that do not count: `start_date` inclusive to `end_date` exclusive. Interest goes on, penalties and days past due rest."""
    start, end = check_moratorium(loan, values, business_date)
    Moratorium.objects.create(
        loan=loan, start_date=start, end_date=end, reason=reason[:200], granted_by=confirmed_by, granted_date=business_date
    )
    audit.record("loan.moratorium", actor=confirmed_by, target=loan, business_date=business_date, start=start, end=end, reason=reason)
    refresh_loan(loan, business_date=business_date)


def change_rate(
    loan: Loan, values: dict[str, Any], *, reason: str, proposed_by: User | None, confirmed_by: User, business_date: date
) -> None:
    """From `date` on the yearly rate is `annual_rate`; the running period is split there, and the instalments are made anew."""
    day, rate = check_rate(loan, values, business_date)
    book_due(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    changes = [*loan.terms.get("rate_changes", []), {"date": day.isoformat(), "annual_rate": format(rate, "f")}]
    loan.terms = {**loan.terms, "rate_changes": changes}
    if day <= business_date:
        loan.annual_rate = rate
    loan.save(update_fields=["terms", "annual_rate"])
    ahead = replannable(loan)
    _write(loan, ahead, ahead.dates, ScheduleChange.Kind.RATE, reason=reason, actor=confirmed_by, business_date=business_date)


def reschedule(
    loan: Loan, values: dict[str, Any], *, reason: str, proposed_by: User | None, confirmed_by: User, business_date: date
) -> None:
    """New due dates for what lies ahead: `instalments` of them from `first_due_date` on, in the contract's frequency."""
    book_due(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    dates = check_rescheduling(loan, values, business_date)
    _write(loan, replannable(loan), dates, ScheduleChange.Kind.RESCHEDULING, reason=reason, actor=confirmed_by, business_date=business_date)


def restructure(
    loan: Loan, values: dict[str, Any], *, reason: str, proposed_by: User | None, confirmed_by: User, business_date: date
) -> None:
    """A new contract over everything that is owed, under `annual_rate`, `instalments`, `first_due_date`. The old one is kept, settled."""
    check_restructuring(loan, values, business_date)
    book_due(business_date=business_date, first_loan_id=loan.pk, last_loan_id=loan.pk)
    ahead = look_ahead(loan)
    if ahead is not None:
        ran = ahead.period[0] < business_date <= ahead.period[1]
        interest = interest_within(ahead.terms, ahead.period, base=ahead.balance, on=business_date) if ran else ZERO
        draw_together(
            loan, ahead, ScheduleChange.Kind.RESTRUCTURING, interest, reason=reason, actor=confirmed_by, business_date=business_date
        )
    moved = settle_without_money(
        loan,
        Adjustment.Kind.TRANSFER,
        parts_of(allocations.list_dues(loan)),
        reason=reason,
        proposed_by=proposed_by,
        confirmed_by=confirmed_by,
        business_date=business_date,
    )
    terms, schedule = new_terms(loan, values, moved.amount, business_date)
    successor = _open_successor(loan, terms, schedule, business_date, confirmed_by)
    advance(
        loan,
        LoanState.SETTLED,
        actor=confirmed_by,
        business_date=business_date,
        reason=f"Restructured into {successor.reference}: {reason}"[:200],
        closed_date=business_date,
    )
    refresh_loan(loan, business_date=business_date)
    refresh_loan(successor, business_date=business_date)


def _open_successor(loan: Loan, terms: dict[str, Any], schedule: Schedule, business_date: date, actor: User) -> Loan:
    lines = lines_of(schedule)
    successor = Loan.objects.create(
        reference=next_reference("LN"),
        facility=loan.facility,
        application=loan.application,
        borrower=loan.borrower,
        branch=loan.branch,
        product_version=loan.product_version,
        currency=loan.currency,
        principal=schedule.terms.principal,
        annual_rate=schedule.terms.annual_rate,
        terms=terms,
        state=LoanState.ACTIVE.value,
        signed_date=business_date,
        disbursed_date=business_date,
        first_due_date=lines[0]["due_date"],
        maturity_date=lines[-1]["due_date"],
        tolerance_amount=loan.tolerance_amount,
        recognised_share=loan.recognised_share,
        restructured_from=loan,
        status_date=business_date,
    )
    write_ahead(successor, lines)
    post(
        EntryDraft(
            booking_date=business_date,
            value_date=business_date,
            text=f"{successor.reference} takes over {loan.reference}",
            source_type="loan",
            source_id=str(successor.pk),
            event="taken_over",
            loan_id=successor.pk,
            postings=[(chart.PRINCIPAL, successor.principal, loan.currency), (chart.RESTRUCTURING, -successor.principal, loan.currency)],
        ),
        actor=actor,
    )
    audit.record(
        "loan.taken_over",
        actor=actor,
        target=successor,
        business_date=business_date,
        predecessor=loan.reference,
        principal=successor.principal,
    )
    return successor


def _write(loan: Loan, ahead: Ahead, dates: list[date], kind: str, *, reason: str, actor: User, business_date: date) -> None:
    try:
        lines = lines_of(plan_rest(ahead.terms, balance=ahead.balance, start=ahead.start, dates=dates, done=ahead.done))
    except ScheduleError as error:
        raise UnableToChangeLoan("terms_refused", detail=str(error)) from error
    kept = take_away_ahead(ahead)
    write_ahead(loan, lines)
    record_change(loan, kind, replaced=kept, business_date=business_date, reason=reason, actor=actor)
    audit.record(f"loan.{kind.lower()}", actor=actor, target=loan, business_date=business_date, reason=reason, instalments=len(lines))
    refresh_loan(loan, business_date=business_date)


EFFECTS: dict[str, Callable[..., None]] = {
    "waiver": waive,
    "write_off": write_off,
    "partial_write_off": write_off_part,
    "set_off": set_off,
    "moratorium": grant_moratorium,
    "rate_change": change_rate,
    "rescheduling": reschedule,
    "restructuring": restructure,
}
