"""What a change of a contract has to hold to, checked when it is proposed and again when it is confirmed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from core.errors import DomainError
from core.money import MoneyError, grouped, parse_amount, to_text
from core.workdays import period_dates
from loans.domain.allocation import Due
from loans.domain.quote import QuoteRefused, build, parse_terms
from loans.domain.schedule import Schedule
from loans.models import Loan
from loans.services import allocations
from loans.services.credit_balances import credit_of
from loans.services.schedule_changes import Ahead, look_ahead

ZERO = Decimal(0)
DAY = timedelta(days=1)
WAIVABLE = ("penalty", "fee", "interest")


class UnableToChangeLoan(DomainError):
    """What was asked for cannot be done to this contract."""

    title = "The contract was not changed"
    messages = {
        "bad_value": "{field}: {detail}",
        "nothing_to_waive": "Only {open} {currency} of this are open.",
        "not_offered": "This contract cannot be scheduled anew: it has payouts to come, flat interest, no known terms, or nothing ahead.",
        "terms_refused": "The new terms cannot be scheduled: {detail}",
        "more_than_open": "Only {open} {currency} of {what} are open.",
        "nothing_named": "Name principal, interest or both.",
        "whole_debt": "That is all of the principal; write the loan off in full.",
        "no_credit": "No other loan of this customer with this number has a credit balance in {currency}.",
        "more_than_credit": "The credit balance of {loan} is {open} {currency}.",
        "more_than_due": "Only {open} {currency} are due on this loan.",
        "under_limit": "This was drawn under a revolving limit; a new contract over it would count twice. Reschedule it instead.",
        "not_drawn": "Payouts of this loan are still to come; take them back first.",
        "in_the_past": "{field} has to lie on or after {earliest}.",
    }


def replannable(loan: Loan) -> Ahead:
    """What lies ahead of a loan whose instalments can be made anew. Raises UnableToChangeLoan `not_offered`."""
    ahead = look_ahead(loan)
    if ahead is None or loan.undrawn or ahead.terms.method == "flat":
        raise UnableToChangeLoan("not_offered")
    return ahead


def due_by(loan: Loan, business_date: date) -> list[Due]:
    """What is asked for up to a business date."""
    return [due for due in allocations.list_dues(loan) if due.due_date <= business_date]


def check_waiver(loan: Loan, values: dict[str, Any], business_date: date) -> tuple[str, Decimal]:
    """The component and the amount of a waiver."""
    component = values.get("component")
    if component not in WAIVABLE:
        raise UnableToChangeLoan("bad_value", field="component", detail="Penalty, fee or interest can be waived.")
    try:
        amount = parse_amount(values.get("amount"), loan.currency)
    except MoneyError as error:
        raise UnableToChangeLoan("bad_value", field="amount", detail=str(error)) from error
    open_amount = sum((getattr(due, component) for due in due_by(loan, business_date)), ZERO)
    if amount > open_amount:
        raise UnableToChangeLoan("nothing_to_waive", open=grouped(open_amount, loan.currency), currency=loan.currency)
    return component, amount


def check_write_off(loan: Loan, values: dict[str, Any], business_date: date) -> None:
    """Whether the whole debt can be taken off the books."""
    if loan.undrawn:
        raise UnableToChangeLoan("not_drawn")
    if look_ahead(loan) is None and loan.instalments.filter(due_booked=False).exists():
        raise UnableToChangeLoan("not_offered")


def check_partial_write_off(loan: Loan, values: dict[str, Any], business_date: date) -> tuple[Decimal, Decimal]:
    """Principal and interest that leave the books: less than all principal, and no more interest than is due."""
    if loan.undrawn:
        raise UnableToChangeLoan("not_drawn")
    principal, interest = (_optional_amount(loan, values, name) for name in ("principal", "interest"))
    if not principal and not interest:
        raise UnableToChangeLoan("nothing_named")
    dues = allocations.list_dues(loan)
    owed = sum((due.principal for due in dues), ZERO)
    due_principal = sum((due.principal for due in dues if due.due_date <= business_date), ZERO)
    due_interest = sum((due.interest for due in dues if due.due_date <= business_date), ZERO)
    if principal > owed:
        raise UnableToChangeLoan(
            "more_than_open", field="principal", what="principal", open=grouped(owed, loan.currency), currency=loan.currency
        )
    if principal == owed:
        raise UnableToChangeLoan("whole_debt", field="principal")
    if interest > due_interest:
        raise UnableToChangeLoan(
            "more_than_open", field="interest", what="interest due", open=grouped(due_interest, loan.currency), currency=loan.currency
        )
    if principal and owed > due_principal:
        replannable(loan)
    return principal, interest


def check_set_off(loan: Loan, values: dict[str, Any], business_date: date) -> tuple[Loan, Decimal]:
    """The loan whose credit balance is used, and how much of it: no more than waits there, no more than is due here."""
    source = loan_of_set_off(loan, values)
    credit = credit_of(source) if source is not None else ZERO
    if source is None or not credit:
        raise UnableToChangeLoan("no_credit", field="from_loan", currency=loan.currency)
    try:
        amount = parse_amount(values.get("amount"), loan.currency)
    except MoneyError as error:
        raise UnableToChangeLoan("bad_value", field="amount", detail=str(error)) from error
    if amount > credit:
        raise UnableToChangeLoan(
            "more_than_credit", field="amount", loan=source.reference, open=grouped(credit, loan.currency), currency=loan.currency
        )
    owed = sum((due.total for due in due_by(loan, business_date)), ZERO)
    if amount > owed:
        raise UnableToChangeLoan("more_than_due", field="amount", open=grouped(owed, loan.currency), currency=loan.currency)
    return source, amount


def loan_of_set_off(loan: Loan, values: Mapping[str, Any]) -> Loan | None:
    """The other loan of the same borrower and currency that a set-off names by its public id."""
    try:
        named = UUID(str(values.get("from_loan")))
    except ValueError:
        return None
    return Loan.objects.filter(borrower_id=loan.borrower_id, currency=loan.currency, public_id=named).exclude(pk=loan.pk).first()


def _optional_amount(loan: Loan, values: dict[str, Any], name: str) -> Decimal:
    given = values.get(name)
    if given in (None, ""):
        return ZERO
    try:
        amount = parse_amount(given, loan.currency, positive=False)
    except MoneyError as error:
        raise UnableToChangeLoan("bad_value", field=name, detail=str(error)) from error
    if amount < 0:
        raise UnableToChangeLoan("bad_value", field=name, detail="The amount cannot be below zero.")
    return amount


def check_moratorium(loan: Loan, values: dict[str, Any], business_date: date) -> tuple[date, date]:
    """Start and end of a moratorium."""
    start, end = read_day(values, "start_date"), read_day(values, "end_date")
    if start < business_date:
        raise UnableToChangeLoan("in_the_past", field="start_date", earliest=business_date)
    if end <= start:
        raise UnableToChangeLoan("in_the_past", field="end_date", earliest=start + DAY)
    return start, end


def check_rate(loan: Loan, values: dict[str, Any], business_date: date) -> tuple[date, Decimal]:
    """The day and the rate of a change of rate."""
    day = read_day(values, "date")
    try:
        rate = Decimal(str(values.get("annual_rate")))
    except InvalidOperation as error:
        raise UnableToChangeLoan("bad_value", field="annual_rate", detail="Write a fraction per year, such as 0.0725.") from error
    if not rate.is_finite() or not 0 <= rate <= 1:
        raise UnableToChangeLoan("bad_value", field="annual_rate", detail="A rate lies between 0 and 1.")
    _check_price(loan, rate)
    if day < business_date:
        raise UnableToChangeLoan("in_the_past", field="date", earliest=business_date)
    replannable(loan)
    return day, rate


def check_rescheduling(loan: Loan, values: dict[str, Any], business_date: date) -> list[date]:
    """The new due dates."""
    ahead = replannable(loan)
    first, count = read_day(values, "first_due_date"), values.get("instalments")
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 1200:
        raise UnableToChangeLoan("bad_value", field="instalments", detail="A whole number between 1 and 1200.")
    if first <= max(business_date, ahead.start):
        raise UnableToChangeLoan("in_the_past", field="first_due_date", earliest=max(business_date, ahead.start) + DAY)
    return period_dates(first, count, ahead.terms.unit, ahead.terms.every, ahead.terms.month_end)


def check_restructuring(loan: Loan, values: dict[str, Any], business_date: date) -> None:
    """Whether a new contract can take this one over."""
    if loan.facility.revolving:
        raise UnableToChangeLoan("under_limit")
    check_write_off(loan, values, business_date)
    if read_day(values, "first_due_date") <= business_date:
        raise UnableToChangeLoan("in_the_past", field="first_due_date", earliest=business_date + DAY)
    new_terms(loan, values, loan.outstanding_principal or loan.principal, business_date)


def new_terms(loan: Loan, values: dict[str, Any], principal: Decimal, business_date: date) -> tuple[dict[str, Any], Schedule]:
    """The terms of the contract that replaces this one, in the form of `POST /quotes`, and their schedule."""
    dropped = {"tranches", "rate_changes", "fees", "grace", "instalment_amount"}
    terms = {
        **{name: value for name, value in loan.terms.items() if name not in dropped},
        "currency": loan.currency,
        "principal": to_text(principal, loan.currency),
        "start_date": business_date.isoformat(),
        **{name: values.get(name) for name in ("annual_rate", "instalments", "first_due_date")},
    }
    try:
        schedule = build(parse_terms(terms))
    except QuoteRefused as refused:
        details = "; ".join(fault["detail"] for fault in refused.problem["errors"])
        raise UnableToChangeLoan("terms_refused", detail=details) from refused
    _check_price(loan, schedule.terms.annual_rate)
    return terms, schedule


def _check_price(loan: Loan, rate: Decimal) -> None:
    """No contract is made dearer than its product is to anybody, unless it was from the beginning."""
    most = max(loan.product_version.highest_price, loan.annual_rate)
    if rate > most:
        words = f"The product costs at most {loan.product_version.highest_price * 100:.2f}% a year; this contract {loan.annual_rate * 100:.2f}%."
        raise UnableToChangeLoan("bad_value", field="annual_rate", detail=words)


def read_day(values: dict[str, Any], name: str) -> date:
    """A date from JSON."""
    value = values.get(name)
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise UnableToChangeLoan("bad_value", field=name, detail="Write the date as YYYY-MM-DD.") from error


CHECKS: dict[str, Callable[[Loan, dict[str, Any], date], Any]] = {
    "waiver": check_waiver,
    "write_off": check_write_off,
    "partial_write_off": check_partial_write_off,
    "set_off": check_set_off,
    "moratorium": check_moratorium,
    "rate_change": check_rate,
    "rescheduling": check_rescheduling,
    "restructuring": check_restructuring,
}


def check(kind: str, loan: Loan, values: dict[str, Any], business_date: date) -> None:
    """Refuse at the proposal what could not be done at the confirmation. Raises UnableToChangeLoan."""
    CHECKS[kind](loan, values, business_date)
