"""A returned file that is handed in again is investigated again, and who judged what stands in its way decides nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from blacklist.models import BlacklistEntry
from collateral.models import Asset, Pledge, RedFlag
from core.events import deliver_pending
from core.models import Branch, User
from core.roles import Role
from loans.models import Application, ProductVersion
from loans.services.statement_imports import receive_statement
from risk.models import ChecklistItem, FraudSignal, Investigation, ModelVersion, PolicyEvaluation, PolicyVersion
from risk.selectors.conflicts import people_on_file
from risk.services.decisions import decide
from risk.services.file_work import UnableToInvestigate
from risk.services.fraud import judge_signal
from risk.services.freshness import fresh_until
from risk.services.investigations import free_investigation, open_investigation, take_investigation
from risk.services.prices import price_on_terms
from risk.services.putting_up import submit_investigation
from risk.services.request_facts import lasting_facts
from risk.services.rules_of_decision import UnableToDecide
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import Make, decided
from tests.risk.web.conftest import HTMX, SignIn, sign_in

__all__ = ["sign_in"]

pytestmark = pytest.mark.django_db


def test_every_check_is_answered_again(to_sign_off: Investigation, investigator: User, second_investigator: User) -> None:
    """By whoever takes it, and those of the product as it is now with them."""
    application = to_sign_off.application
    before = to_sign_off.items.count()
    version = ProductVersion.objects.get(pk=application.product_version_id)
    more = [*version.checklist, {"code": "tax_office", "title": "Tax office asked"}]
    ProductVersion.objects.filter(pk=version.pk).update(checklist=more)
    application.refresh_from_db()
    open_investigation(application=Application.objects.get(pk=application.pk), business_date=TODAY)
    to_sign_off.refresh_from_db()
    assert (to_sign_off.state, to_sign_off.investigator) == ("OPEN", None)
    assert to_sign_off.items.count() == before + 1
    assert not to_sign_off.items.exclude(state=ChecklistItem.State.OPEN).exists() and to_sign_off.items.exclude(note="").exists()
    take_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
    with pytest.raises(Exception, match="items_open"):
        submit_investigation(investigation=to_sign_off, summary="As before.", actor=second_investigator, business_date=TODAY)
    assert investigator.pk in people_on_file(application), "who answered them once worked on the file"


def test_a_risk_manager_frees_what_somebody_else_has(
    in_work: Investigation, investigator: User, second_investigator: User, risk_manager: User, sign_in: SignIn
) -> None:
    """Whoever holds the file by now: the investigator who is away would have it for ever."""
    Application.objects.update(assigned_to=second_investigator)
    where = reverse("risk:investigation_free", args=[in_work.application_id])
    for person in (investigator, second_investigator):
        assert sign_in(person).post(where).status_code == 403
    panel = reverse("risk:investigation_panel", args=[in_work.application_id])
    assert f"Take it from {investigator.full_name}" in sign_in(risk_manager).get(panel, headers=HTMX).text
    assert sign_in(risk_manager).post(where).status_code == 302
    in_work.refresh_from_db()
    assert (in_work.investigator, in_work.application.assigned_to) == (None, None)
    with pytest.raises(UnableToInvestigate, match="nobodys"):
        free_investigation(investigation=in_work, actor=risk_manager, business_date=TODAY)
    assert take_investigation(investigation=in_work, actor=second_investigator, business_date=TODAY).investigator_id


def test_who_sent_a_statement_worked_on_the_file(
    submitted: Callable[..., Investigation], second_investigator: User, risk_manager: User, model: ModelVersion, policy: PolicyVersion
) -> None:
    """What facts follow from is not signed off by who sent it in."""
    investigation = submitted()
    upload = SimpleUploadedFile("s.csv", b"date,amount,currency,account,id,text\n2026-02-20,2500.00,EUR,DE89370400440532013000,1,Salary\n")
    sent = receive_statement(application=investigation.application, upload=upload, partner=None, actor=second_investigator)
    assert sent.sent_by == second_investigator
    with pytest.raises(UnableToSignOff, match="own_investigation"):
        sign_off_investigation(investigation=investigation, actor=second_investigator, business_date=TODAY)
    assert people_on_file(investigation.application)[second_investigator.pk] == "sent a statement into the file"


def test_confirmed_fraud_is_proposed_for_the_blacklist(in_review: Application, risk_manager: User) -> None:
    signal = FraudSignal.objects.create(
        application=in_review, rule="PHONE", finding="a" * 64, evidence={"words": "x", "others": []}, raised_date=TODAY
    )
    judge_signal(signal=signal, state="CONFIRMED", reason="The employer knows nobody.", actor=risk_manager, business_date=TODAY)
    for _ in range(3):
        deliver_pending()
    entry = BlacklistEntry.objects.get()
    assert (entry.reason_code, entry.state, entry.source_reference) == ("fraud", "PROPOSED", in_review.reference)
    assert "The employer knows nobody." in entry.evidence_text


def test_who_judged_a_red_flag_decides_nothing(in_review: Application, branch: Branch, officer: User) -> None:
    asset = Asset.objects.create(
        reference="AS-1", kind="VEHICLE", description="Van", branch=branch, stated_value=9000, registered_by=officer, registered_date=TODAY
    )
    Pledge.objects.create(asset=asset, application=in_review, rank=1, amount=Decimal(9000), proposed_by=officer)
    flag = RedFlag.objects.create(asset=asset, code="idle", evidence={}, raised_date=TODAY)
    for field, words in (("decided_by", "judged a red flag"), ("lifted_by", "lifted a red flag")):
        judge = make_person(f"judge_{field}", branch, Role.APPROVER)
        RedFlag.objects.filter(pk=flag.pk).update(**{field: judge})
        with pytest.raises(UnableToDecide, match="conflict_of_interest") as refusal:
            decided(in_review, judge)
        assert words in refusal.value.detail


@pytest.mark.parametrize(("born", "age"), [(date(1951, 3, 10), 80), (date(1951, 3, 25), 79), (date(1945, 3, 20), 86)])
def test_age_at_maturity_is_that_of_the_last_day(in_review: Application, born: date, age: int) -> None:
    assert in_review.borrower is not None
    in_review.borrower.birth_date, in_review.term_months = born, 60
    found = lasting_facts(in_review, {}, business_date=date(2026, 3, 20))
    assert found["age_at_maturity"][0] == age


def test_other_terms_have_the_price_of_their_own_grade(reviewed: Make, approver: User) -> None:
    application = reviewed(amount="41000.00")
    evaluation = PolicyEvaluation.objects.get()
    version = application.product_version
    assert version is not None
    as_asked = price_on_terms(application, evaluation, application.amount, application.term_months)
    smaller = price_on_terms(application, evaluation, Decimal(3000), 36)
    assert as_asked.grade == application.grade and smaller.grade < as_asked.grade and smaller.rate < as_asked.rate
    with pytest.raises(UnableToDecide) as refusal:
        counter(application, approver, as_asked.rate)
    assert [fault.field for fault in refusal.value.faults] == ["price_code"] and f"grade {smaller.grade}" in refusal.value.faults[0].detail
    assert counter(application, approver, None).annual_rate == smaller.rate


def counter(application: Application, actor: User, rate: Decimal | None):  # type: ignore[no-untyped-def]
    return decide(
        application=application, outcome="COUNTER_OFFERED", amount=Decimal(3000), term_months=36, annual_rate=rate, conditions=[],
        reasons=[{"code": "PORTFOLIO", "text": "At present we lend no more of this kind."}], rationale="Less.", override_code="",
        actor=actor, business_date=TODAY,
    )  # fmt: skip


def test_a_grade_is_as_fresh_as_what_the_scorecard_looked_at(in_review: Application) -> None:
    evaluation = PolicyEvaluation.objects.select_related("score", "policy_version").get()
    before = fresh_until(evaluation)
    counted = next(code for code in evaluation.score.facts if code in evaluation.facts and code == "employment_months")
    evaluation.facts[counted]["as_of_date"] = "2025-10-01"
    after = fresh_until(evaluation)
    assert before is not None and after is not None and after.day < before.day and after.titles == ("Months with the present employer",)
