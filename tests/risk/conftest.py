"""The cast of the risk tests, a product, a trained scorecard in force, a policy in force, and files at each stage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.models import BankState, Branch, User, UserBranch, UserRole
from core.roles import Role
from loans.models import Application, ApplicationHold, Document
from loans.services.direct_intake import intake_application
from loans.services.products import publish_product
from risk.domain.training import report, train
from risk.domain.training_table import prepare
from risk.models import ApplicationTrace, FieldRecord, Investigation, ModelVersion, PolicyVersion
from risk.services.facts import record_computed, record_fact
from risk.services.field_work import record_visit
from risk.services.investigations import complete_item, open_investigation, take_investigation
from risk.services.models import data_fingerprint, register_model
from risk.services.policies import draft_policy
from risk.services.putting_up import submit_investigation
from risk.services.sign_off import sign_off_investigation
from tests.shared_rows import shared

TODAY = date(2026, 3, 2)


@shared
def branch(bank: BankState) -> Branch:
    return Branch.objects.create(code="B1", name="Harbour")


def make_person(username: str, branch: Branch, *roles: Role) -> User:
    person = User.objects.create_user(username, "pass-word-1", full_name=username.replace("_", " ").title())
    for role in roles:
        UserRole.objects.create(user=person, role=role)
    UserBranch.objects.create(user=person, branch=branch)
    return person


@shared
def officer(branch: Branch) -> User:
    return make_person("otto_officer", branch, Role.OFFICER)


@shared
def investigator(branch: Branch) -> User:
    return make_person("ida_investigator", branch, Role.INVESTIGATOR)


@shared
def second_investigator(branch: Branch) -> User:
    return make_person("ines_investigator", branch, Role.INVESTIGATOR)


@shared
def approver(branch: Branch) -> User:
    return make_person("anna_approver", branch, Role.APPROVER)


@shared
def second_approver(branch: Branch) -> User:
    return make_person("alex_approver", branch, Role.APPROVER)


@shared
def risk_manager(branch: Branch) -> User:
    return make_person("rita_risk", branch, Role.RISK_MANAGER)


@shared
def second_risk_manager(branch: Branch) -> User:
    return make_person("rolf_risk", branch, Role.RISK_MANAGER)


@shared
def validator(branch: Branch) -> User:
    return make_person("vera_validator", branch, Role.VALIDATOR)


@shared
def auditor(branch: Branch) -> User:
    return make_person("anton_auditor", branch, Role.AUDITOR)


@shared
def outsider(branch: Branch) -> User:
    """An approver of another branch."""
    return make_person("olga_outsider", Branch.objects.create(code="B2", name="Hill"), Role.APPROVER)


def past_loans(rows: int = 600, seed: int = 7) -> pd.DataFrame:
    """Made-up outcomes in which debt service and short employment are risky: for tests only."""
    draw = np.random.default_rng(seed)
    dsti = draw.uniform(0.05, 0.7, rows).round(4)
    months = draw.integers(0, 240, rows)
    amount = draw.integers(2, 60, rows) * 1000
    risk = -3.4 + 5.0 * dsti - 0.006 * months + draw.normal(0, 0.4, rows)
    bad = (draw.uniform(size=rows) < 1 / (1 + np.exp(-risk))).astype(int)
    return pd.DataFrame({"dsti": dsti, "employment_months": months, "amount": amount, "bad": bad})


@pytest.fixture(scope="session")
def learnt() -> dict[str, Any]:
    """A trained scorecard with its measures: once for all tests, because training takes a while."""
    frame = past_loans()
    prepared = prepare(frame, "bad")
    return {
        "definition": train(prepared, folds=3),
        "metrics": report(prepared, folds=3),
        "features": [str(column) for column in prepared.factors.columns],
        "data_rows": len(frame),
        "fingerprint": data_fingerprint(frame),
    }


@shared
def model(learnt: dict[str, Any], bank: BankState) -> ModelVersion:
    """The retail scorecard in force."""
    version = register_model(name="retail", actor=None, business_date=TODAY, **learnt)
    ModelVersion.objects.filter(pk=version.pk).update(state="ACTIVE", activated_date=TODAY)
    version.refresh_from_db()
    return version


@shared
def policy(bank: BankState) -> PolicyVersion:
    """The default policy in force."""
    version = draft_policy(actor=None, business_date=TODAY)
    PolicyVersion.objects.filter(pk=version.pk).update(state="ACTIVE", activated_date=TODAY)
    version.refresh_from_db()
    return version


@shared
def product(bank: BankState) -> None:
    publish_product(
        code="personal",
        name="Personal loan",
        actor=None,
        business_date=TODAY,
        terms={
            "currency": "EUR",
            "borrower_kinds": ["PERSON"],
            "min_amount": Decimal(1000),
            "max_amount": Decimal(400000),
            "min_term_months": 6,
            "max_term_months": 240,
            "annual_rate": Decimal("0.0790"),
            "rate_by_grade": {"A": "0.0490", "B": "0.0590", "C": "0.0690"},
            "purposes": [{"code": "car", "title": "Car"}],
            "checklist": [
                {"code": "identity", "title": "Identity checked", "required": True},
                {"code": "income", "title": "Income shown", "required": True},
                {"code": "visit", "title": "Visit", "required": False},
            ],
        },
    )


def _apply(
    officer: User, branch: Branch, product: None, amount: str = "12000.00", term: str = "36", number: str = "L01X00T47"
) -> Application:
    data = {
        "product": "personal",
        "amount": amount,
        "currency": "EUR",
        "term_months": term,
        "purpose": {"code": "car", "text": "Estate car"},
        "applicant": {
            "kind": "person",
            "name": "Freya Lindqvist",
            "birth_date": "1986-05-04",
            "national_id": number,
            "income": [{"kind": "salary", "monthly_amount": "4200.00"}],
            "obligations": [{"lender": "Other bank", "monthly_payment": "300.00", "outstanding": "9000.00"}],
        },
    }
    return intake_application(data=data, branch=branch, actor=officer, business_date=TODAY)


@shared
def apply(officer: User, branch: Branch, product: None) -> Callable[..., Application]:
    """Hand in an application, of 12,000 EUR over 36 months unless told otherwise."""
    return partial(_apply, officer, branch, product)


def add_document(application: Application, name: str = "payslip.pdf") -> Document:
    return Document.objects.create(
        application=application,
        kind="payslips",
        name=name,
        content_type="application/pdf",
        size=10,
        sha256="ab" * 32,
        stored_as=f"{application.reference}-{name}",
        uploaded_by_name="Otto Officer",
    )


GOOD_FACTS = {
    "monthly_income": "4200",
    "monthly_obligations": "300",
    "total_debt": "9000",
    "living_expenses": "1500",
    "employment_months": "96",
    "bureau_worst_dpd": "0",
    "bureau_enquiries": "1",
    "address_registered": "yes",
    "identity_verified": "yes",
}


BUREAU = ("bureau_worst_dpd", "bureau_enquiries", "address_registered")
"""What nobody but a bureau says."""


def answer_of_bureau(application: Application, facts: dict[str, str], as_of: date = TODAY) -> None:
    said = {code: (value, "Bureau report SB-0", "THIRD_PARTY") for code, value in facts.items()}
    record_computed(
        application=application,
        facts=said,
        business_date=TODAY,
        as_of_dates=dict.fromkeys(said, as_of),
        author_name="credit bureau",
    )


def _opened(apply: Callable[..., Application], investigator: User, **asked: Any) -> Investigation:
    application = apply(**asked)
    investigation = open_investigation(application=application, business_date=TODAY)
    return take_investigation(investigation=investigation, actor=investigator, business_date=TODAY)


@shared
def opened(apply: Callable[..., Application], investigator: User) -> Callable[..., Investigation]:
    """An investigation that the investigator has taken."""
    return partial(_opened, apply, investigator)


SEEN = {
    "kind": "VISIT",
    "seen_date": TODAY,
    "people": "Freya Lindqvist",
    "findings": "Runs a shop.",
    "address": "AGREES",
    "address_seen": "",
    "measured": True,
    "why_without": "The camera failed.",
}


def visit(application: Application, actor: User, **changes: Any) -> FieldRecord:
    given: dict[str, Any] = SEEN | {"place": None, "photos": []} | changes
    return record_visit(application=application, actor=actor, business_date=TODAY, **given)


def _submitted(
    opened: Callable[..., Investigation],
    investigator: User,
    facts: dict[str, str] | None = None,
    as_of: date = TODAY,
    bureau_as_of: date | None = None,
    **asked: Any,
) -> Investigation:
    investigation = opened(**asked)
    who: dict[str, Any] = {"actor": investigator, "business_date": TODAY}
    paper = add_document(investigation.application)
    for item in investigation.items.filter(required=True):
        complete_item(item=item, in_order=True, note="Seen the papers.", evidence=paper, **who)
    found = GOOD_FACTS | (facts or {})
    answer_of_bureau(investigation.application, {code: value for code, value in found.items() if code in BUREAU}, bureau_as_of or as_of)
    for code, value in found.items():
        if code in BUREAU:
            continue
        record_fact(
            application=investigation.application,
            code=code,
            value=value,
            source="Payslips and bureau",
            authenticity="DOCUMENT",
            evidence=paper,
            as_of_date=as_of,
            **who,
        )
    return submit_investigation(investigation=investigation, summary="Sound.", **who)


@shared
def submitted(opened: Callable[..., Investigation], investigator: User) -> Callable[..., Investigation]:
    """An investigation worked through with good facts, waiting for sign-off."""
    return partial(_submitted, opened, investigator)


def _reviewed(
    submitted: Callable[..., Investigation], second_investigator: User, model: ModelVersion, policy: PolicyVersion, **asked: Any
) -> Application:
    investigation = submitted(**asked)
    sign_off_investigation(investigation=investigation, actor=second_investigator, business_date=TODAY)
    return Application.objects.select_related("product_version__product", "borrower", "branch").get(pk=investigation.application_id)


@shared
def reviewed(
    submitted: Callable[..., Investigation], second_investigator: User, model: ModelVersion, policy: PolicyVersion
) -> Callable[..., Application]:
    """An application in review: investigated, signed off, scored, held against the policy."""
    return partial(_reviewed, submitted, second_investigator, model, policy)


@shared
def in_work(opened: Callable[..., Investigation]) -> Investigation:
    """The investigation that tests begin with which ask for one alone."""
    return opened()


@shared
def to_sign_off(submitted: Callable[..., Investigation]) -> Investigation:
    """The same, worked through."""
    return submitted()


@shared
def in_review(reviewed: Callable[..., Application]) -> Application:
    """The application that tests begin with which ask for one in review alone."""
    return reviewed()


def _file(
    officer: User,
    branch: Branch,
    product: None,
    number: int,
    *,
    day: date = TODAY,
    at: Branch | None = None,
    iban: str = "",
    related: Any = (),
    **applicant: Any,
) -> Application:
    names = ("Freya Lindqvist", "Bruno Castellani", "Oksana Marchenko", "Teodor Vukasovic", "Ngozi Adeyemi", "Pilar Echeverria")
    data = {
        "product": "personal",
        "amount": "12000.00",
        "currency": "EUR",
        "term_months": "36",
        "purpose": {"code": "car", "text": "Car", "payees": [{"name": "Car dealer", "iban": iban}] if iban else []},
        "applicant": {
            "kind": "person",
            "name": names[number % len(names)],
            "birth_date": f"{1960 + number}-0{1 + number % 9}-1{number % 7}",
            "national_id": f"L01X{number:05d}",
            **applicant,
        },
        "related_parties": list(related),
    }
    application = intake_application(data=data, branch=at or branch, actor=officer, business_date=day)
    return Application.objects.select_related("borrower").get(pk=application.pk)


@shared
def file(officer: User, branch: Branch, product: None) -> Callable[..., Application]:
    """An application of applicant `number`, who shares nothing with others unless told so."""
    return partial(_file, officer, branch, product)


@shared
def company(apply: Callable[..., Application], investigator: User) -> Application:
    """A company's file that the investigator works on."""
    application = apply()
    borrower = application.borrower
    assert borrower is not None
    borrower.kind, borrower.birth_date, borrower.industry, borrower.name = "COMPANY", None, "Crafts", "Lindqvist Carpentry GmbH"
    borrower.save()
    found = open_investigation(application=application, business_date=TODAY)
    take_investigation(investigation=found, actor=investigator, business_date=TODAY)
    return Application.objects.select_related("borrower", "product_version").get(pk=application.pk)


def make_stranger(application: Application) -> None:
    """Files of these tests share their papers and their name; this one meets no other any more, and nothing is held for it."""
    ApplicationHold.objects.all().delete()
    ApplicationTrace.objects.filter(application=application).delete()
    Document.objects.filter(application=application).update(sha256="ef" * 32)
