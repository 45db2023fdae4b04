"""One branch, its people, one product, and loans at each step of their life, made by the real services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from core.models import BankState, Branch, User
from core.roles import Role
from core.services.staff import hire_user
from loans.models import Application, Disbursement, Loan, ProductVersion
from loans.services.applications import start_review
from loans.services.contracts import make_contract, record_signature
from loans.services.decisions import decide_application
from loans.services.direct_intake import intake_application
from loans.services.disbursement import confirm_disbursement, request_disbursement
from loans.services.offers import accept_offer
from loans.services.products import publish_product
from tests.shared_rows import shared

FIRST_ACCOUNT = 370400440532013000


def account(number: int) -> str:
    """The account of a payee, another one for each number: files that pay to one are held for a person to judge."""
    bban = FIRST_ACCOUNT + number - 1
    return f"DE{98 - int(f'{bban}131400') % 97:02}{bban}"


IBAN = account(1)


@shared
def branch(bank: BankState) -> Branch:
    return Branch.objects.create(code="B1", name="First branch")


@shared
def other_branch(bank: BankState) -> Branch:
    return Branch.objects.create(code="B2", name="Second branch")


def hire(username: str, *roles: Role, branch: Branch) -> User:
    return hire_user(
        username=username,
        full_name=username.replace("_", " ").title(),
        roles=roles,
        branches=[branch],
        password="demo-credence",
        actor=None,
    )


@shared
def officer(branch: Branch) -> User:
    return hire("olga_officer", Role.OFFICER, branch=branch)


@shared
def approver(branch: Branch) -> User:
    return hire("adam_approver", Role.APPROVER, branch=branch)


@shared
def second_approver(branch: Branch) -> User:
    return hire("alma_approver", Role.APPROVER, branch=branch)


@shared
def collector(branch: Branch) -> User:
    return hire("carla_collector", Role.COLLECTIONS, branch=branch)


@shared
def risk_manager(branch: Branch) -> User:
    return hire("rita_risk", Role.RISK_MANAGER, branch=branch)


@shared
def auditor(branch: Branch) -> User:
    return hire("anna_audit", Role.AUDITOR, branch=branch)


def product_terms(**changes: Any) -> dict[str, Any]:
    return {
        "currency": "EUR",
        "borrower_kinds": ["PERSON", "COMPANY"],
        "min_amount": Decimal(500),
        "max_amount": Decimal(500_000),
        "min_term_months": 1,
        "max_term_months": 120,
        "annual_rate": Decimal("0.06"),
        "purposes": [{"code": "equipment", "title": "Equipment"}],
        **changes,
    }


@shared
def product(bank: BankState) -> ProductVersion:
    return publish_product(code="consumer", name="Consumer loan", terms=product_terms(), actor=None, business_date=bank.business_date)


MakeApplication = Callable[..., Application]
_NAMES = ("Mira", "Jonas", "Elif", "Pavel", "Ines", "Otto", "Ruth", "Hugo")


def accept(
    branch: Branch,
    officer: User,
    risk_manager: User,
    today: date,
    *,
    amount: str = "12000.00",
    term_months: int = 12,
    rate: str = "0.06",
    **changes: Any,
) -> Application:
    made = Application.objects.count() + 1
    application = intake_application(
        data={
            "product": "consumer",
            "amount": amount,
            "currency": "EUR",
            "term_months": term_months,
            "purpose": {"code": "equipment", "text": "Lathe", "payees": [{"name": "Tools and Sons", "iban": account(made)}]},
            "applicant": {
                "kind": "person",
                "name": f"{_NAMES[made % len(_NAMES)]} Number{made}",
                "birth_date": "1985-04-12",
                "national_id": f"ID-90000{made:03}",
            },
            **changes,
        },
        branch=branch,
        actor=officer,
        business_date=today,
    )
    start_review(application=application, actor=None, business_date=today)
    decide_application(
        application=application,
        outcome="APPROVED",
        amount=Decimal(amount),
        term_months=term_months,
        annual_rate=Decimal(rate),
        conditions=[],
        reasons=[],
        actor=risk_manager,
        business_date=today,
    )
    return accept_offer(application=application, actor=officer, business_date=today)


@shared
def accepted(branch: Branch, officer: User, risk_manager: User, product: ProductVersion, today: date) -> MakeApplication:
    """An application whose offer was accepted: 12,000.00 EUR over 12 months at 6% unless told otherwise."""
    return partial(accept, branch, officer, risk_manager, today)


def sign(application: Application, officer: User, today: date) -> Loan:
    loan = make_contract(application=application, actor=officer, business_date=today)
    record_signature(application=application, actor=officer, business_date=today)
    return loan


def accept_and_sign(accepted: MakeApplication, officer: User, today: date, **changes: Any) -> Loan:
    return sign(accepted(**changes), officer, today)


@shared
def signed(accepted: MakeApplication, officer: User, today: date) -> Callable[..., Loan]:
    """A loan whose contract is signed and whose money has not left."""
    return partial(accept_and_sign, accepted, officer, today)


@shared
def requested(signed: Callable[..., Loan], officer: User, today: date) -> Disbursement:
    return ask(signed(), officer, today)


def ask(loan: Loan, officer: User, today: date, amount: Decimal | None = None) -> Disbursement:
    return request_disbursement(
        loan=loan,
        amount=amount or loan.principal,
        payee_name="Tools and Sons",
        payee_iban=loan.application.payee_iban or IBAN,
        actor=officer,
        business_date=today,
    )


def pay_out(loan: Loan, officer: User, approver: User, today: date) -> Loan:
    confirm_disbursement(disbursement=ask(loan, officer, today), actor=approver, business_date=today)
    loan.refresh_from_db()
    return loan


def lend(signed: Callable[..., Loan], officer: User, approver: User, today: date, **changes: Any) -> Loan:
    return pay_out(signed(**changes), officer, approver, today)


@shared
def active(signed: Callable[..., Loan], officer: User, approver: User, today: date) -> Callable[..., Loan]:
    """A loan that was paid out today."""
    return partial(lend, signed, officer, approver, today)


@shared
def loan(active: Callable[..., Loan]) -> Loan:
    """12,000.00 EUR over twelve months at 6%, paid out today; twelve instalments of about 1,032.80."""
    return active()


@pytest.fixture
def on(bank: BankState) -> Callable[[date], date]:
    """Put the bank on another business date, as the close of day would."""

    return move


def move(day: date) -> date:
    BankState.objects.filter(id=1).update(business_date=day)
    return day
