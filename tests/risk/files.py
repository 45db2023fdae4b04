"""Files of the risk tests, at each stage of the way to a decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from core.models import Branch, User
from loans.models import Application, ApplicationHold, Document
from loans.services.direct_intake import intake_application
from risk.models import ApplicationTrace, FieldRecord, Investigation, ModelVersion, PolicyVersion
from risk.services.facts import record_computed, record_fact
from risk.services.field_work import record_visit
from risk.services.investigations import complete_item, open_investigation, take_investigation
from risk.services.putting_up import submit_investigation
from risk.services.sign_off import sign_off_investigation
from tests.conftest import TODAY
from tests.shared_rows import shared


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


# What nobody but a bureau says.
BUREAU = ("bureau_worst_dpd", "bureau_enquiries", "address_registered")


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
    borrower.kind, borrower.birth_date, borrower.industry, borrower.name = "COMPANY", None, "F43", "Lindqvist Carpentry GmbH"
    borrower.save()
    found = open_investigation(application=application, business_date=TODAY)
    take_investigation(investigation=found, actor=investigator, business_date=TODAY)
    return Application.objects.select_related("borrower", "product_version").get(pk=application.pk)


def make_stranger(application: Application) -> None:
    """Files of these tests share their papers and their name; this one meets no other any more, and nothing is held for it."""
    ApplicationHold.objects.all().delete()
    ApplicationTrace.objects.filter(application=application).delete()
    Document.objects.filter(application=application).update(sha256="ef" * 32)
