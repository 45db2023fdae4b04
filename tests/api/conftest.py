"""Two partners of one branch, and an application and a loan that the first one sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.models import Branch, PartnerClient, User
from core.services.partners import register_partner
from loans.models import Application, Loan, ProductVersion
from loans.services.applications import start_review
from loans.services.contracts import make_contract, record_signature
from loans.services.decisions import decide_application
from loans.services.direct_intake import intake_application
from loans.services.disbursement import confirm_disbursement
from loans.services.offers import accept_offer
from tests.api.client import SECRET, Api
from tests.loans.servicing.conftest import (  # noqa: F401 — the same branch, people and product
    account,
    approver,
    ask,
    branch,
    officer,
    on,
    product,
    risk_manager,
)
from tests.shared_rows import shared


@shared
def partner(branch: Branch) -> PartnerClient:  # noqa: F811
    return register_partner(name="First Partner", client_id="partner-1", client_secret=SECRET, branch=branch, actor=None)


@shared
def other_partner(branch: Branch) -> PartnerClient:  # noqa: F811
    return register_partner(name="Second Partner", client_id="partner-2", client_secret=SECRET, branch=branch, actor=None)


@pytest.fixture
def api(partner: PartnerClient) -> Api:
    return Api(partner)


@pytest.fixture
def other_api(other_partner: PartnerClient) -> Api:
    return Api(other_partner)


NAMES = ("Mira", "Jonas", "Elif", "Pavel", "Ines", "Otto", "Ruth", "Hugo")


def application_form(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A complete application as a partner sends it; who applies under another number shares neither name, home nor account."""
    return {
        "product": "consumer",
        "amount": "12000.00",
        "currency": "EUR",
        "term_months": 12,
        "purpose": {
            "code": "equipment",
            "text": "Lathe",
            "payees": [{"name": "Tools and Sons", "iban": account(number), "amount": "12000.00"}],
        },
        "applicant": {
            "kind": "person",
            "name": f"{NAMES[(number - 1) % len(NAMES)]} Number{number}",
            "birth_date": "1985-04-12",
            "national_id": f"ID-80000{number:03}",
            "address": {"line1": f"Long Lane {number + 4}", "city": "Graz", "postcode": "8010", "country": "AT"},
            "income": [{"kind": "salary", "monthly_amount": "3100.00"}],
            "obligations": [{"lender": "Elsewhere", "monthly_payment": "120.00", "outstanding": "900.00"}],
        },
        "consents": [{"kind": "bureau", "given_at": "2026-03-01T10:00:00Z"}],
        "submit": True,
        **changes,
    }


MakeFile = Callable[..., Application]
MakeLoan = Callable[..., Loan]


@pytest.fixture
def sent(product: ProductVersion, today: date) -> MakeFile:  # noqa: F811
    """An application that a partner has sent and that is being investigated."""
    made = 0

    def make(partner: PartnerClient, **changes: Any) -> Application:
        nonlocal made
        made += 1
        data = application_form(made, **changes)
        return intake_application(data=data, branch=partner.branch, actor=None, business_date=today, partner=partner, submit=data["submit"])

    return make


@pytest.fixture
def offered(sent: MakeFile, risk_manager: User, today: date) -> MakeFile:  # noqa: F811
    """One whose offer is open."""

    def make(partner: PartnerClient, **changes: Any) -> Application:
        application = sent(partner, **changes)
        start_review(application=application, actor=None, business_date=today)
        decide_application(
            application=application,
            outcome="APPROVED",
            amount=Decimal("12000.00"),
            term_months=12,
            annual_rate=Decimal("0.06"),
            conditions=[],
            reasons=[],
            actor=risk_manager,
            business_date=today,
        )
        return application

    return make


@pytest.fixture
def lent(offered: MakeFile, officer: User, approver: User, today: date) -> MakeLoan:  # noqa: F811
    """A loan of 12,000.00 EUR over twelve months at 6%, paid out today, that came of a partner's application."""

    def make(partner: PartnerClient) -> Loan:
        application = offered(partner)
        accept_offer(application=application, actor=officer, business_date=today)
        loan = make_contract(application=application, actor=officer, business_date=today)
        record_signature(application=application, actor=officer, business_date=today)
        confirm_disbursement(disbursement=ask(loan, officer, today), actor=approver, business_date=today)
        loan.refresh_from_db()
        return loan

    return make
