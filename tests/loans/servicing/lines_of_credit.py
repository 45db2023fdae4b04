"""A revolving limit of 10,000.00 EUR over twelve months at 6%, with 4,000.00 EUR drawn and paid out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from core.models import User
from loans.models import Application, Facility, Loan, ProductVersion
from loans.services.contracts import make_contract, record_signature
from loans.services.products import publish_product
from tests.loans.servicing.conftest import pay_out, product_terms
from tests.shared_rows import shared

TERMS = {"revolving": True, "method": "interest_only", "interest_period": "daily", "day_count": "act/365", "max_amount": Decimal(12_000)}


@shared
def line_product(today: date) -> ProductVersion:
    return publish_product(code="line", name="Line of credit", terms=product_terms(**TERMS), actor=None, business_date=today)


@shared
def first_drawing(line_product: ProductVersion, accepted: Callable[..., Application], officer: User, approver: User, today: date) -> Loan:
    application = accepted(amount="10000.00", product="line")
    loan = make_contract(application=application, actor=officer, business_date=today, first_draw=Decimal("4000.00"))
    record_signature(application=application, actor=officer, business_date=today)
    return pay_out(loan, officer, approver, today)


@shared
def facility(first_drawing: Loan) -> Facility:
    return Facility.objects.get(pk=first_drawing.facility_id)
