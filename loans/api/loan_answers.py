"""What partners are shown of loans, their schedules, entries and payments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from core.money import to_text
from loans.domain.five_tier import class_for
from loans.ledger.models import Entry
from loans.models import Loan, Payment
from loans.selectors.partner_files import Outstanding, outstanding_of
from loans.selectors.schedules import LoanSchedule


def loan_answers(loans: list[Loan], on: date) -> list[dict[str, Any]]:
    """Loans on a business date; one query for all of them."""
    owed = outstanding_of(loans, on)
    return [_loan(loan, owed[loan.pk]) for loan in loans]


def _loan(loan: Loan, owed: Outstanding) -> dict[str, Any]:
    def money(value: Decimal) -> str:
        return to_text(value, loan.currency)

    return {
        "id": str(loan.public_id),
        "reference": loan.reference,
        "status": loan.state,
        "currency": loan.currency,
        "principal": money(loan.principal),
        "outstanding": {
            "principal": money(owed.principal),
            "interest": money(owed.interest),
            "fees": money(owed.fees),
            "penalty": money(owed.penalty),
            "total": money(owed.total),
        },
        "arrears": money(loan.arrears),
        "days_past_due": loan.days_past_due,
        "bucket": loan.bucket,
        "class": class_for(loan.days_past_due),
        "next_due": {"date": loan.next_due_date.isoformat(), "amount": money(loan.next_due_amount)} if loan.next_due_date else None,
        "contract": {
            "application": str(loan.application_id),
            "product": loan.product_version.product.code,
            "product_version": loan.product_version.number,
            "annual_rate": _rate(loan.annual_rate),
            "effective_annual_rate": _rate(loan.effective_annual_rate),
            "method": loan.terms.get("method", "annuity"),
            "instalments": loan.terms.get("instalments"),
            "signed_date": _day(loan.signed_date),
            "disbursed_date": _day(loan.disbursed_date),
            "first_due_date": _day(loan.first_due_date),
            "maturity_date": _day(loan.maturity_date),
            "closed_date": _day(loan.closed_date),
        },
    }


def schedule_answer(loan: Loan, schedule: LoanSchedule) -> dict[str, Any]:
    """Every instalment with what was paid of it; penalties stand with the fees."""

    def money(value: Decimal) -> str:
        return to_text(value, loan.currency)

    return {
        "currency": loan.currency,
        "instalments": [
            {
                "number": line.number,
                "due_date": line.due_date.isoformat(),
                "principal": money(line.principal),
                "interest": money(line.interest),
                "fees": money(line.fee),
                "total": money(line.total),
                "balance": money(line.balance),
                "paid": money(line.paid),
                "status": line.status,
            }
            for line in schedule.lines
        ],
        "totals": {
            "principal": money(schedule.principal),
            "interest": money(schedule.interest),
            "fees": money(schedule.fee),
            "total": money(schedule.total),
        },
        "effective_annual_rate": _rate(loan.effective_annual_rate),
    }


def entry_answer(entry: Entry) -> dict[str, Any]:
    """One entry in the books with its lines."""
    return {
        "id": str(entry.pk),
        "booking_date": entry.booking_date.isoformat(),
        "value_date": entry.value_date.isoformat(),
        "event": entry.event,
        "text": entry.text,
        "reverses": str(entry.reversal_of_id) if entry.reversal_of_id else None,
        "lines": [
            {
                "account": line.account.code,
                "name": line.account.name,
                "side": "debit" if line.amount > 0 else "credit",
                "amount": to_text(abs(line.amount), line.currency),
                "currency": line.currency,
            }
            for line in entry.postings.all()
        ],
    }


def payment_answer(payment: Payment, owed: Outstanding) -> dict[str, Any]:
    """A payment with its allocation, and all that is owed after it."""
    return {
        "id": str(payment.pk),
        "reference": payment.reference,
        "amount": to_text(payment.amount, payment.currency),
        "currency": payment.currency,
        "value_date": payment.value_date.isoformat(),
        "booking_date": payment.booking_date.isoformat(),
        "allocation": [
            {
                "component": part.component,
                "instalment": part.instalment.number if part.instalment else None,
                "amount": to_text(part.amount, payment.currency),
            }
            for part in payment.allocations.select_related("instalment").order_by("id")
        ],
        "outstanding": to_text(owed.total, payment.currency),
    }


def _rate(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
