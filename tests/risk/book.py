"""A small book of loans that ended one way or the other, written straight into the tables."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from bench.book import make_application
from core.models import Branch
from loans.models import Adjustment, AdjustmentPart, Application, Facility, Instalment, Loan, Payment, PaymentAllocation
from risk.models import Fact
from tests.risk.conftest import TODAY

GRANTED = date(2024, 6, 3)
LATE = {"good": 10, "between": 60, "late": 120}
"""Days after its due date on which the first instalment was paid; "bad" never paid it."""


def make_past_loans(branch: Branch, endings: list[str], *, granted: date = GRANTED) -> list[Application]:
    """One loan per ending, each of an application of its own with a debt service that is higher where the loan went bad."""
    first = make_application(branch)
    assert first.borrower is not None and first.product_version is not None
    applications = [first, *(_copy(first, number) for number in range(1, len(endings)))]
    Application.objects.bulk_create(applications[1:])
    facility = Facility.objects.create(application=first, borrower=first.borrower, branch=branch, limit_amount=12_000, currency="EUR")
    loans = Loan.objects.bulk_create(
        Loan(
            reference=f"LN-{number}",
            facility=facility,
            application=application,
            borrower=first.borrower,
            branch=branch,
            product_version=first.product_version,
            currency="EUR",
            principal=12_000,
            annual_rate=Decimal("0.06"),
            state="ACTIVE",
            signed_date=granted,
            disbursed_date=granted + timedelta(days=number % 300),
        )
        for number, application in enumerate(applications)
    )
    _pay(loans, endings)
    Fact.objects.bulk_create(
        Fact(
            application=application,
            code="dsti",
            value=f"0.{(45 if ending in ('bad', 'late') else 20) + number * 7 % 23}00",
            source="Test",
            authenticity="DOCUMENT",
            as_of_date=granted,
            recorded_date=granted,
            author_name="test",
        )
        for number, (application, ending) in enumerate(zip(applications, endings, strict=True))
    )
    return applications


def _copy(first: Application, number: int) -> Application:
    return Application(
        reference=f"LA-X{number}",
        branch=first.branch,
        product_version=first.product_version,
        borrower=first.borrower,
        state="CONTRACTED",
        amount=6_000 + 1_000 * (number % 9),
        currency="EUR",
        term_months=12 + 12 * (number % 4),
        created_date=first.created_date,
        submitted_date=first.submitted_date,
    )


@transaction.atomic
def _pay(loans: list[Loan], endings: list[str]) -> None:
    lines, payments, parts = [], [], []
    for loan, ending in zip(loans, endings, strict=True):
        assert loan.disbursed_date is not None
        due = loan.disbursed_date + timedelta(days=30)
        paid = 0 if ending == "bad" else 100
        line = Instalment(loan=loan, number=1, due_date=due, principal=100, interest=0, balance=11_900, paid_principal=paid)
        lines.append(line)
        if ending in LATE:
            day = due + timedelta(days=LATE[ending])
            payment = Payment(
                reference=f"PM-{loan.reference}", loan=loan, amount=100, currency="EUR", value_date=day, booking_date=day, source="IMPORT"
            )
            payments.append(payment)
            parts.append(PaymentAllocation(payment=payment, instalment=line, component="principal", amount=100))
    Instalment.objects.bulk_create(lines)
    Payment.objects.bulk_create(payments)
    PaymentAllocation.objects.bulk_create(parts)


def lent(application: Application, *, late: int | None = 0, **changes: Any) -> Loan:
    """A loan that was paid out on TODAY, its first instalment paid so many days late, or with None never."""
    facility, _ = Facility.objects.get_or_create(
        application=application, borrower=application.borrower, branch=application.branch, limit_amount=12_000, currency="EUR"
    )
    values: dict[str, Any] = {
        "reference": f"LN-{application.reference}", "facility": facility, "application": application, "borrower": application.borrower,
        "branch": application.branch, "product_version": application.product_version, "currency": "EUR", "principal": 12_000,
        "annual_rate": Decimal("0.06"), "state": "ACTIVE", "signed_date": TODAY, "disbursed_date": TODAY,
    }  # fmt: skip
    loan = Loan.objects.create(**values | changes)
    due = TODAY + timedelta(days=30)
    paid = 0 if late is None else 100
    line = Instalment.objects.create(loan=loan, number=1, due_date=due, principal=100, interest=0, balance=11_900, paid_principal=paid)
    if late is not None:
        day = due + timedelta(days=late)
        payment = Payment.objects.create(
            reference=f"PM-{loan.pk}", loan=loan, amount=100, currency="EUR", value_date=day, booking_date=day, source="IMPORT"
        )
        PaymentAllocation.objects.create(payment=payment, instalment=line, component="principal", amount=100)
    return loan


def write_off_part(loan: Loan, day: date, *, number: int | None = None) -> None:
    """Principal settled without money, as a write-off in part leaves it:
    of principal ahead, which falls due that day, or of an instalment.
    """
    due, _ = Instalment.objects.get_or_create(
        loan=loan, number=number or 9, defaults={"due_date": day, "principal": 40, "interest": 0, "balance": 11_860, "paid_principal": 40}
    )
    adjustment = Adjustment.objects.create(loan=loan, kind="WRITE_OFF", amount=40, booking_date=day, reason="Gone")
    AdjustmentPart.objects.create(adjustment=adjustment, instalment=due, component="principal", amount=40)
