"""What somebody did for a file bars them for good, though the file is opened again and others do it anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.models import Branch, User, UserRole
from core.roles import Role
from loans.models import Application
from risk.models import ChecklistItem, Decision, Investigation, InvestigationStep, ModelVersion, PolicyVersion
from risk.selectors.conflicts import part_in, people_on_file, without_conflict
from risk.services.audit_findings import decide_settlement, propose_settlement
from risk.services.facts import record_fact
from risk.services.file_audits import order_audit, record_audit
from risk.services.investigations import complete_item, open_investigation, take_investigation
from risk.services.putting_up import submit_investigation
from risk.services.rules_of_decision import UnableToDecide
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from risk.services.worklist import give_back
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import decided

pytestmark = pytest.mark.django_db
NOW: dict[str, Any] = {"business_date": TODAY}


@pytest.fixture
def signed_by_manager(
    submitted: Callable[..., Investigation], risk_manager: User, model: ModelVersion, policy: PolicyVersion
) -> Investigation:
    """An investigation that a risk manager signed off."""
    investigation = submitted()
    sign_off_investigation(investigation=investigation, actor=risk_manager, **NOW)
    return investigation


def test_who_signed_before_a_reopening_never_decides(
    signed_by_manager: Investigation, investigator: User, second_investigator: User, risk_manager: User, approver: User
) -> None:
    application = Application.objects.get(pk=signed_by_manager.application_id)
    record_fact(
        application=application, code="living_expenses", value="1510", source="Statement", authenticity="DOCUMENT", as_of_date=TODAY,
        evidence=application.documents.first(), actor=investigator, **NOW,
    )  # fmt: skip
    signed_by_manager.refresh_from_db()
    assert (signed_by_manager.state, signed_by_manager.signed_by) == ("OPEN", None)
    submit_investigation(investigation=signed_by_manager, summary="Once more.", actor=investigator, **NOW)
    sign_off_investigation(investigation=signed_by_manager, actor=second_investigator, **NOW)
    application.refresh_from_db()
    with pytest.raises(UnableToDecide, match="conflict_of_interest") as refusal:
        decided(application, risk_manager)
    assert "signed the investigation" in refusal.value.detail
    assert part_in(risk_manager, application) == "signed the investigation"
    assert not without_conflict(Application.objects.all(), risk_manager).exists()
    assert without_conflict(Application.objects.all(), approver).exists()


def test_who_investigated_before_a_return_never_signs_or_decides(
    to_sign_off: Investigation, investigator: User, second_investigator: User
) -> None:
    """Though another investigator answers every check anew."""
    application = Application.objects.get(pk=to_sign_off.application_id)
    open_investigation(application=application, **NOW)
    take_investigation(investigation=to_sign_off, actor=second_investigator, **NOW)
    for item in ChecklistItem.objects.filter(investigation=to_sign_off):
        complete_item(item=item, in_order=item.code != "visit", note="Seen anew.", actor=second_investigator, **NOW)
    submit_investigation(investigation=to_sign_off, summary="All anew.", actor=second_investigator, **NOW)
    kept = InvestigationStep.objects.filter(application=application)
    assert set(kept.values_list("person", "did")) == {
        (person.pk, did) for person in (investigator, second_investigator) for did in ("TAKEN", "ANSWERED", "PUT_UP")
    }
    with pytest.raises(UnableToSignOff, match="own_investigation"):
        sign_off_investigation(investigation=to_sign_off, actor=investigator, **NOW)
    assert people_on_file(application)[investigator.pk] == "investigated the file"


def test_who_took_a_file_and_gave_it_back_has_had_it(in_work: Investigation, investigator: User) -> None:
    application = in_work.application
    UserRole.objects.create(user=investigator, role=Role.RISK_MANAGER)
    assert part_in(User.objects.get(pk=investigator.pk), application)
    give_back(application=application, actor=investigator)
    assert people_on_file(application)[investigator.pk] == "investigated the file"


def test_who_settled_the_findings_of_an_audit_decides_nothing(
    in_review: Application, risk_manager: User, second_risk_manager: User, approver: User, branch: Branch
) -> None:
    compliance = make_person("cora_compliance", branch, Role.COMPLIANCE)
    found = order_audit(application=in_review, auditor="P", reason="Drawn", actor=compliance, **NOW)
    record_audit(found=found, clean=False, result="A payslip is forged.", report=None, actor=compliance, **NOW)
    propose_settlement(found=found, answer="The employer was asked.", actor=risk_manager, **NOW)
    decide_settlement(found=found, confirm=True, reason="", actor=second_risk_manager, **NOW)
    found.refresh_from_db()
    assert (found.answered_by, found.settled_by) == (risk_manager, second_risk_manager)
    for person, words in ((risk_manager, "said that the findings"), (second_risk_manager, "settled the findings")):
        with pytest.raises(UnableToDecide, match="conflict_of_interest") as refusal:
            decided(in_review, person)
        assert words in refusal.value.detail
        assert not without_conflict(Application.objects.all(), person).exists()
    assert isinstance(decided(in_review, approver), Decision)
