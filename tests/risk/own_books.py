"""What a person has with us beside the file: loans and limits, and what they come to."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.workdays import add_months
from loans.models import Application, Facility, Instalment, Loan
from risk.domain.own_loans import OwnLoans, own_loans_of
from risk.selectors.own_loans import own_loans
from risk.services.assessment import assess_application
from tests.risk.book import make_past_loans
from tests.risk.conftest import TODAY


def lend(application: Application, *, month: int = 800, months: int = 24, owed: int = 15_000, state: str = "ACTIVE") -> Loan:
    """A loan with us of the same person, in another file."""
    loan = Loan.objects.get(application=make_past_loans(application.branch, ["bad"])[0])
    figures = {"principal": owed, "outstanding_principal": 0 if state == "SIGNED" else owed, "undrawn": 0, "currency": application.currency}
    Loan.objects.filter(pk=loan.pk).update(borrower=application.borrower, state=state, **figures)
    Instalment.objects.filter(loan=loan).delete()
    for number in range(1, months + 1):
        Instalment.objects.create(
            loan=loan,
            number=number,
            due_date=add_months(date(2026, 2, 20), number),
            period_start=TODAY,
            principal=month,
            interest=0,
            balance=0,
        )
    return loan


def of(application: Application) -> OwnLoans:
    """What the applicant has with us beside this file, as the rules see it."""
    assert application.borrower is not None
    return own_loans_of(own_loans(application.borrower.pk, without=application.pk, currency=application.currency, day=TODAY))


def figures(application: Application) -> dict[str, Any]:
    """The facts of a new assessment, by code."""
    return {code: kept["value"] for code, kept in assess_application(application=application, business_date=TODAY).facts.items()}


def limit(application: Application, *, amount: int = 100_000, drawn: int = 100, signed: date = date(2026, 1, 5)) -> Facility:
    """A limit of the same person with us until March 2028 of which little is drawn."""
    loan = lend(application, month=10, months=10, owed=drawn)
    Loan.objects.filter(pk=loan.pk).update(signed_date=signed)
    Application.objects.filter(pk=loan.application_id).update(borrower=application.borrower)
    opened = {"revolving": True, "limit_amount": amount, "drawn": drawn, "end_date": date(2028, 3, 20), "state": "AVAILABLE"}
    Facility.objects.filter(pk=loan.facility_id).update(**opened)
    return Facility.objects.get(pk=loan.facility_id)
