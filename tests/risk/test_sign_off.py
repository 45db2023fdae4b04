"""Signing an investigation off."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import DomainError
from core.models import AuditEntry, User
from loans.models import Application
from risk.models import (
    AnnualAccounts,
    BureauReport,
    FileAudit,
    FraudSignal,
    Investigation,
    ModelVersion,
    PolicyEvaluation,
    PolicyVersion,
    Score,
)
from risk.selectors.conflicts import people_on_file
from risk.selectors.work import investigations_for
from risk.services.assessment import UnableToAssess
from risk.services.facts import record_computed
from risk.services.field_work import explain_difference
from risk.services.file_work import UnableToInvestigate
from risk.services.investigations import take_back_investigation
from risk.services.putting_up import submit_investigation
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from tests.risk.conftest import TODAY
from tests.risk.files import visit
from tests.risk.test_investigations import Make, recorded_fact


class TestSignOffInvestigation:
    def test_scores_evaluates_and_moves_the_file_to_review(
        self, in_review: Application, model: ModelVersion, policy: PolicyVersion
    ) -> None:
        score, evaluation = Score.objects.get(), PolicyEvaluation.objects.get()
        assert in_review.state == "REVIEW"
        assert (in_review.score, in_review.grade) == (score.points, score.grade)
        assert in_review.recommendation == evaluation.outcome == "APPROVE"
        assert in_review.grade == "B" and evaluation.facts["dsti"]["value"] == "0.1582"  # 364.52 a month at 5.9%, its price
        assert score.points == model.definition["card"]["base_points"] + sum(row["points"] for row in score.contributions)

    @pytest.mark.parametrize("who", ["officer", "investigator", "approver", "validator"])
    def test_refuses(
        self, who: str, to_sign_off: Investigation, policy: PolicyVersion, model: ModelVersion, request: pytest.FixtureRequest
    ) -> None:
        entries = AuditEntry.objects.count()
        with pytest.raises(UnableToSignOff):
            sign_off_investigation(investigation=to_sign_off, actor=request.getfixturevalue(who), business_date=TODAY)
        assert Investigation.objects.get().state == "SUBMITTED"
        assert not Score.objects.exists() and not PolicyEvaluation.objects.exists()
        assert AuditEntry.objects.count() == entries

    def test_refuses_a_second_investigator_who_recorded_a_fact(
        self, to_sign_off: Investigation, second_investigator: User, investigator: User, policy: PolicyVersion
    ) -> None:
        take_back_investigation(investigation=to_sign_off, reason="More.", actor=investigator, business_date=TODAY)
        recorded_fact(to_sign_off.application, second_investigator)
        submit_investigation(investigation=to_sign_off, summary="Fine.", actor=investigator, business_date=TODAY)
        with pytest.raises(UnableToSignOff, match="own_investigation"):
            sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)

    @pytest.mark.parametrize("deed", ["ordered", "took", "judged", "entered", "audited"])
    def test_is_for_nobody_who_had_a_hand_in_it_and_neither_is_the_decision(
        self, deed: str, to_sign_off: Investigation, second_investigator: User, investigator: User, policy: PolicyVersion
    ) -> None:
        application, who, now = to_sign_off.application, second_investigator, timezone.now()
        assert investigations_for(who).filter(pk=to_sign_off.pk).exists()
        if deed in ("ordered", "took"):
            BureauReport.objects.create(
                application=application,
                borrower=application.borrower,
                adapter="file",
                state="RECEIVED",
                next_at=now,
                requested_at=now,
                requested_date=TODAY,
                requested_by=who if deed == "ordered" else investigator,
                taken_by=who if deed == "took" else None,
            )
        elif deed == "judged":
            FraudSignal.objects.create(
                application=application, rule="PHONE", finding="x", evidence={}, raised_date=TODAY,
                state="EXPLAINED", reason="Known.", decided_by=who, decided_at=now,
            )  # fmt: skip
        elif deed == "entered":
            AnnualAccounts.objects.create(
                application=application, borrower=application.borrower, currency="EUR", year_end=date(2023, 12, 31),
                figures={}, ratios={}, author=who, author_name=who.full_name, recorded_date=TODAY,
            )  # fmt: skip
        else:
            FileAudit.objects.create(
                application=application, auditor="Audit House", reason="Lot", state="CLEAN", result="In order.",
                ordered_by=investigator, ordered_date=TODAY, reported_by=who, reported_date=TODAY,
            )  # fmt: skip
        with pytest.raises(UnableToSignOff, match="own_investigation"):
            sign_off_investigation(investigation=to_sign_off, actor=who, business_date=TODAY)
        assert who.pk in people_on_file(application)
        assert not investigations_for(who).exists(), "nor is it offered"

    def test_passes_nothing_that_differs_before_it_is_explained_and_the_explanation_looked_at(
        self, to_sign_off: Investigation, investigator: User, second_investigator: User, policy: PolicyVersion
    ) -> None:
        application = to_sign_off.application
        record_computed(application=application, facts={"total_debt": ("20000", "Bureau report SB-1", "THIRD_PARTY")}, business_date=TODAY)
        who: dict[str, Any] = {"actor": second_investigator, "business_date": TODAY}
        mine: dict[str, Any] = {"application": application, "actor": investigator, "business_date": TODAY}
        take_back_investigation(investigation=to_sign_off, reason="A visit.", actor=investigator, business_date=TODAY)
        visit(application, investigator, address="DIFFERS", address_seen="Hafenweg 9, 20457 Hamburg")
        home = explain_difference(check_code="address_visit", code="UNRESOLVED", reason="Nobody there knows them.", **mine)
        before = (Investigation.objects.get().state, AuditEntry.objects.count(), PolicyEvaluation.objects.count())
        with pytest.raises(UnableToInvestigate, match="unexplained") as barred:
            submit_investigation(investigation=to_sign_off, summary="Lives elsewhere.", actor=investigator, business_date=TODAY)
        assert "Debt (bureau report). Say why" in str(barred.value.detail) and "Address" not in str(barred.value.detail)
        assert (Investigation.objects.get().state, AuditEntry.objects.count(), PolicyEvaluation.objects.count()) == before
        explain_difference(check_code="debt_bureau", code="MISSTATED", reason="Forgot a card.", **mine)
        submit_investigation(investigation=to_sign_off, summary="Lives elsewhere.", actor=investigator, business_date=TODAY)
        # What comes to differ while it waits for the second person goes back.
        record_computed(application=application, facts={"total_debt": ("25000", "Bureau report SB-2", "THIRD_PARTY")}, business_date=TODAY)
        before = (Investigation.objects.get().state, AuditEntry.objects.count(), PolicyEvaluation.objects.count())
        with pytest.raises(UnableToSignOff, match="unexplained") as refusal:
            sign_off_investigation(investigation=to_sign_off, explanations_seen=[str(home.pk)], **who)
        assert "Debt (bureau report). Send" in str(refusal.value.detail) and "Address" not in str(refusal.value.detail)
        assert (Investigation.objects.get().state, AuditEntry.objects.count(), PolicyEvaluation.objects.count()) == before
        take_back_investigation(investigation=to_sign_off, reason="Say why.", actor=second_investigator, business_date=TODAY)
        debt = explain_difference(check_code="debt_bureau", code="MISSTATED", reason="Forgot two cards.", **mine)
        submit_investigation(investigation=to_sign_off, summary="Lives elsewhere.", actor=investigator, business_date=TODAY)
        with pytest.raises(UnableToSignOff, match="unseen") as refusal:
            sign_off_investigation(investigation=to_sign_off, explanations_seen=[str(home.pk)], **who)
        assert "Not yet: Debt (bureau report)." in str(refusal.value.detail)
        evaluation = sign_off_investigation(investigation=to_sign_off, explanations_seen=[str(home.pk), str(debt.pk)], **who)
        told = AuditEntry.objects.get(action="investigation.signed_off").details
        assert told["differences"] == {"debt_bureau": "MISSTATED", "address_visit": "UNRESOLVED"}
        assert evaluation.facts["failed_checks"]["value"] == "1", "what nobody could explain is still not in order"

    def test_needs_a_policy_in_force(self, to_sign_off: Investigation, second_investigator: User) -> None:
        with pytest.raises(UnableToAssess, match="no_policy"):
            sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        assert Investigation.objects.get().state == "SUBMITTED"

    def test_happens_once(self, to_sign_off: Investigation, second_investigator: User, policy: PolicyVersion) -> None:
        sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        with pytest.raises(DomainError):
            sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        assert PolicyEvaluation.objects.count() == 1

    def test_without_a_model_refers(self, to_sign_off: Investigation, second_investigator: User, policy: PolicyVersion) -> None:
        evaluation = sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        assert evaluation.outcome == "REFER"

    def test_refers_on_a_stale_fact(self, submitted: Make, second_investigator: User, policy: PolicyVersion, model: ModelVersion) -> None:
        investigation = submitted(as_of=TODAY - timedelta(days=120))
        evaluation = sign_off_investigation(investigation=investigation, actor=second_investigator, business_date=TODAY)
        results = {row["fact"]: row["result"] for row in evaluation.rows}
        assert evaluation.outcome == "REFER"
        assert results["dsti"] == "STALE"
