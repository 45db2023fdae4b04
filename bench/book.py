"""A large book of loans and a full queue, written by SQL: every row is a copy of one that the ORM made, with what differs put in."""

from __future__ import annotations

import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Model

from core.models import BankState, Branch
from loans.models import Application, Borrower, Facility, Instalment, Loan, Product, ProductVersion

DAY = date(2026, 3, 2)
INSTALMENTS = 12
PART = Decimal(1000)
INTEREST = Decimal(50)


def copy_row(row: Model, number: int, **differing: str) -> None:
    """Write `number` copies of a stored row. `differing` are SQL expressions of `n` (1 to number) by column."""
    meta = row._meta
    columns = [str(field.column) for field in meta.concrete_fields]
    if meta.pk is not None and meta.pk.column not in differing:
        columns.remove(str(meta.pk.column))
    values = ", ".join(differing.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{meta.db_table}" ({names}) SELECT {values} FROM "{meta.db_table}" t, generate_series(1, %s) n WHERE t.id = %s',
            [number, row.pk],
        )


def open_bank() -> Branch:
    """An open bank on DAY with one branch."""
    BankState.objects.get_or_create(id=1, defaults={"name": "Bench Bank", "currency": "EUR", "business_date": DAY})
    return Branch.objects.get_or_create(code="B1", defaults={"name": "First branch"})[0]


def make_application(branch: Branch, **changes: Any) -> Application:
    """One submitted application of one borrower under one product."""
    product, _ = Product.objects.get_or_create(code="bench", defaults={"name": "Bench loan"})
    version, _ = ProductVersion.objects.get_or_create(
        product=product,
        number=1,
        defaults={
            "state": "ACTIVE",
            "currency": "EUR",
            "borrower_kinds": ["PERSON"],
            "min_amount": 500,
            "max_amount": 500_000,
            "min_term_months": 1,
            "max_term_months": 120,
            "annual_rate": Decimal("0.06"),
        },
    )
    borrower, _ = Borrower.objects.get_or_create(reference="BR-1", defaults={"branch": branch, "kind": "PERSON", "name": "Mira Adler"})
    values: dict[str, Any] = {
        "reference": "LA-1",
        "branch": branch,
        "product_version": version,
        "borrower": borrower,
        "state": "CONTRACTED",
        "amount": 12_000,
        "currency": "EUR",
        "term_months": 12,
        "created_date": DAY,
        "submitted_date": DAY,
    }
    return Application.objects.create(**values | changes)


def make_book(loans: int, *, first_due: date = DAY, spread_days: int = 28) -> None:
    """Write `loans` active loans of twelve monthly instalments each.

    The first instalments fall due from `first_due` on, spread over `spread_days`. Of every ten loans seven pay what has fallen due by half
    a year after, one is three and one six instalments behind, one has paid nothing.
    """
    application = make_application(open_bank())
    version = application.product_version
    assert version is not None and application.borrower is not None
    facility = Facility.objects.create(
        application=application, borrower=application.borrower, branch=application.branch, limit_amount=12_000, currency="EUR"
    )
    loan = Loan.objects.create(
        reference="LN-0",
        facility=facility,
        application=application,
        borrower=application.borrower,
        branch=application.branch,
        product_version=version,
        currency="EUR",
        principal=PART * INSTALMENTS,
        annual_rate=Decimal("0.06"),
        state="ACTIVE",
        signed_date=DAY,
        disbursed_date=DAY,
        outstanding_principal=PART * INSTALMENTS,
    )
    copy_row(loan, loans - 1, public_id="gen_random_uuid()", reference="'LN-' || n")
    line = Instalment.objects.create(
        loan=loan,
        number=1,
        due_date=first_due,
        period_start=DAY - timedelta(days=30),
        principal=PART,
        interest=INTEREST,
        balance=PART * (INSTALMENTS - 1),
    )
    _write_schedules(line, first_due, spread_days)


def _write_schedules(line: Instalment, first_due: date, spread_days: int) -> None:
    columns = [str(field.column) for field in Instalment._meta.concrete_fields if not field.primary_key]
    due = "(%(due)s::date + (l.id %% %(spread)s)::int + make_interval(months => (n - 1)::int))::date"
    paid = "CASE WHEN n <= (CASE WHEN l.id %% 10 < 7 THEN 6 WHEN l.id %% 10 = 7 THEN 3 WHEN l.id %% 10 = 8 THEN 1 ELSE 0 END) THEN"
    differing = {
        "loan_id": "l.id",
        "number": "n",
        "due_date": due,
        "period_start": f"({due} - interval '1 month')::date",
        "paid_principal": f"{paid} t.principal ELSE 0 END",
        "paid_interest": f"{paid} t.interest ELSE 0 END",
        "balance": "t.principal * (%(last)s - n)",
    }
    values = ", ".join(differing.get(column, f't."{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO loans_instalment ({', '.join(columns)}) "
            f"SELECT {values} FROM loans_instalment t, loans_loan l, generate_series(1, %(last)s) n "
            "WHERE t.id = %(line)s AND NOT (l.id = t.loan_id AND n = 1) ORDER BY l.id, n",
            {"due": first_due, "spread": spread_days, "last": INSTALMENTS, "line": line.pk},
        )


def fill_queue(applications: int) -> None:
    """Write so many applications in review, of different sizes, scores and due dates."""
    application = make_application(
        open_bank(), reference="LA-Q", state="REVIEW", due_date=DAY, recommendation="REFER", grade="C", score=600
    )
    copy_row(
        application,
        applications - 1,
        id="gen_random_uuid()",
        reference="'LA-Q' || n",
        amount="1000 + (n * 37) %% 90000",
        score="400 + (n * 13) %% 400",
        due_date="t.due_date + (n %% 30)::int",
        recommendation="(ARRAY['APPROVE', 'REFER', 'DECLINE'])[1 + n %% 3]",
        state="(ARRAY['REVIEW', 'REVIEW', 'INVESTIGATING', 'OFFERED'])[1 + n %% 4]",
    )


def own_memory() -> int:
    """Own memory, in kB, of this process and of the one in the database that serves it; what they share is not counted. Linux only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [served_by] = cursor.fetchone()
    own = 0
    for process in (os.getpid(), served_by):
        status = Path(f"/proc/{process}/status").read_text()
        own += int(status.partition("RssAnon:")[2].split()[0])
    return own
