"""Who kept a draft or handed a file in took it in, whoever had begun it: they neither investigate, sign, judge nor decide it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.errors import DomainError
from core.models import Branch, User, UserRole
from core.roles import Role
from loans.models import Application
from loans.selectors.intake_hands import takers_of
from loans.services.applications import save_draft, start_application, submit_application
from loans.services.changes import people_of_application
from loans.services.conditions import why_not_settled_by
from loans.services.documents import store_document
from risk.models import FraudSignal, Investigation
from risk.selectors.conflicts import part_in, people_on_file, why_no_signer, without_conflict
from risk.selectors.work import investigations_for
from risk.services.facts import UnableToRecordFact, is_handed_in, record_fact
from risk.services.file_audits import order_audit
from risk.services.fraud import judge_signal
from risk.services.investigations import open_investigation, take_investigation
from tests.risk.conftest import TODAY, make_person
from tests.risk.web.conftest import SignIn

pytestmark = pytest.mark.django_db
NOW: dict[str, Any] = {"business_date": TODAY}
DATA = {
    "product": "personal",
    "amount": "12000.00",
    "currency": "EUR",
    "term_months": "36",
    "purpose": {"code": "car", "text": "Estate car"},
    "applicant": {"kind": "person", "name": "Freya Lindqvist", "birth_date": "1986-05-04", "national_id": "L01X00T47"},
}


@pytest.fixture
def typist(branch: Branch) -> User:
    """Somebody who takes files in and investigates others, as roles allow."""
    return make_person("tia_typist", branch, Role.OFFICER, Role.INVESTIGATOR)


@pytest.fixture
def kept(officer: User, typist: User, branch: Branch, product: None) -> Application:
    """The officer began it and hands it in; everything in it the typist wrote."""
    file = start_application(branch=branch, actor=officer, **NOW)
    save_draft(application=file, data=DATA, actor=typist)
    return submit_application(application=file, actor=officer, **NOW)


@pytest.fixture
def sent(typist: User, branch: Branch, product: None) -> Application:
    """Begun by nobody of the house, handed in by the typist."""
    file = start_application(branch=branch, actor=None, data=DATA, **NOW)
    return submit_application(application=file, actor=typist, **NOW)


@pytest.fixture(params=["kept", "sent"])
def file(request: pytest.FixtureRequest) -> Application:
    """Each way in which somebody takes a file in without being its officer."""
    found: Application = request.getfixturevalue(request.param)
    open_investigation(application=found, **NOW)
    return found


def test_who_took_it_in_is_named_once_for_all_who_ask(file: Application, typist: User, approver: User) -> None:
    assert takers_of(file) == {typist.pk, *([file.officer_id] if file.officer_id else [])}
    assert people_on_file(file)[typist.pk] == part_in(typist, file) == "took the application in"
    assert not without_conflict(Application.objects.all(), typist).exists()
    assert without_conflict(Application.objects.all(), approver).exists()
    assert why_no_signer(typist, file) == why_not_settled_by(typist, file) == "own_intake"
    assert typist.pk in people_of_application(file)


def test_they_investigate_nothing_of_it(file: Application, typist: User, investigator: User) -> None:
    with pytest.raises(DomainError, match="own_intake"):
        take_investigation(investigation=file.investigation, actor=typist, **NOW)
    # However the file came into their hands.
    Investigation.objects.filter(application=file).update(investigator=typist)
    paper = hand_in(file, investigator)
    with pytest.raises(DomainError, match="own_intake"):
        record_fact(application=file, evidence=paper, actor=typist, **fact("DOCUMENT"))
    assert not file.facts.filter(author=typist).exists()


def test_they_judge_no_signal_and_order_no_audit_of_it(file: Application, typist: User) -> None:
    signal = FraudSignal.objects.create(application=file, rule="VELOCITY", finding="x", evidence={}, raised_date=TODAY)
    with pytest.raises(DomainError, match="own_intake"):
        judge_signal(signal=signal, state="EXPLAINED", reason="A family.", actor=typist, **NOW)
    signal.refresh_from_db()
    assert signal.state == "OPEN"
    # They have another post by now.
    UserRole.objects.filter(user=typist).delete()
    UserRole.objects.create(user=typist, role=Role.RISK_MANAGER)
    with pytest.raises(DomainError, match="own_intake"):
        order_audit(application=file, auditor="P", reason="Drawn", actor=User.objects.get(pk=typist.pk), **NOW)


def test_it_does_not_wait_for_them(file: Application, typist: User, investigator: User) -> None:
    assert not investigations_for(typist).exists()
    assert investigations_for(investigator).get().application_id == file.pk


def test_what_they_hand_in_is_no_third_partys_word(file: Application, typist: User, investigator: User) -> None:
    paper = hand_in(file, typist)
    assert is_handed_in(paper, file) and not is_handed_in(hand_in(file, investigator), file)
    take_investigation(investigation=file.investigation, actor=investigator, **NOW)
    with pytest.raises(UnableToRecordFact, match="invalid") as refusal:
        record_fact(application=file, evidence=paper, actor=investigator, **fact("THIRD_PARTY"))
    assert refusal.value.faults[0].code == "handed_in"


def test_pages_offer_them_none_of_it(file: Application, typist: User, investigator: User, sign_in: SignIn) -> None:
    page = f"/applications/{file.pk}/investigation/"
    assert "Take this investigation" not in sign_in(typist).get(page).text
    assert "Take this investigation" in sign_in(investigator).get(page).text


def hand_in(file: Application, person: User) -> Any:
    upload = SimpleUploadedFile("pay.pdf", b"%PDF-1.4 pay")
    return store_document(application=file, kind="payslips", upload=upload, actor=person)


def fact(authenticity: str) -> dict[str, Any]:
    return {"code": "monthly_income", "value": "4200", "source": "Payslip", "authenticity": authenticity, "as_of_date": TODAY, **NOW}
