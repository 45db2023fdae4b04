"""A statement that comes in late: nobody puts up, signs or decides while it waits, and what it brings is signed before it is decided on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.events import deliver_pending
from core.models import AuditEntry, BankState, Branch, OutboxEvent, PartnerClient, Proposal, User
from loans.models import Application, StatementImport
from loans.services.statement_imports import read_waiting, receive_statement
from risk.models import ChecklistItem, Decision, Explanation, Investigation, PolicyEvaluation, Recommendation
from risk.services.cross_checks import differences
from risk.services.decision_steps import ground_of
from risk.services.decisions import confirm_decision
from risk.services.field_work import explain_difference
from risk.services.file_work import UnableToInvestigate
from risk.services.new_statements import send_back_to_be_signed
from risk.services.putting_up import submit_investigation
from risk.services.rules_of_decision import UnableToDecide
from risk.services.sign_off import UnableToSignOff, sign_off_investigation
from tests.risk.conftest import TODAY
from tests.risk.deciding import LARGE, Make, decided, nothing_happened
from tests.shared_rows import shared

IBAN = "DE89370400440532013000"
LINES = f"date,amount,currency,account,id,text\n2026-02-20,25000.00,EUR,{IBAN},1,Salary\n2026-02-21,25000.00,EUR,{IBAN},2,Salary\n"


@pytest.fixture(autouse=True)
def _bank(bank: BankState, settings: Any, tmp_path: Path) -> None:
    BankState.objects.update(business_date=TODAY)
    settings.MEDIA_ROOT = str(tmp_path / "media")


@shared
def partner(branch: Branch) -> PartnerClient:
    return PartnerClient.objects.create(name="Car Dealer GmbH", client_id="dealer", branch=branch)


def send(application: Application, **by: Any) -> StatementImport:
    upload = SimpleUploadedFile("s.csv", LINES.encode())
    return receive_statement(application=application, upload=upload, **({"partner": None, "actor": None} | by))


def explain_holder(application: Application, investigator: User) -> None:
    """A CSV names no holder: somebody found out whose account it is."""
    explain_difference(
        application=application, check_code="statements_owner", code="ELSEWHERE", reason="Seen the bank card.", actor=investigator,
        business_date=TODAY,
    )  # fmt: skip


def sign(file: Investigation, signer: User) -> None:
    seen = [str(one.pk) for one in Explanation.objects.all()]
    sign_off_investigation(investigation=file, actor=signer, business_date=TODAY, explanations_seen=seen)


def told() -> None:
    while deliver_pending():
        pass


class TestWaiting:
    def test_keeps_an_investigation_from_being_put_up(self, in_work: Investigation, investigator: User, officer: User) -> None:
        ChecklistItem.objects.update(state="DONE")
        step: dict[str, Any] = {"investigation": in_work, "summary": "Sound.", "actor": investigator, "business_date": TODAY}
        send(in_work.application, actor=officer)
        with pytest.raises(UnableToInvestigate, match="statement_waiting") as refusal:
            submit_investigation(**step)
        assert "still being read" in refusal.value.detail
        read_waiting()
        # What the statement shows differs from what was stated, and is explained before anybody is asked to sign it.
        with pytest.raises(UnableToInvestigate, match="unexplained"):
            submit_investigation(**step)
        for row in differences(in_work.application, business_date=TODAY):
            explain_difference(
                application=in_work.application,
                check_code=row.code,
                code="MISSTATED",
                reason="A bonus.",
                actor=investigator,
                business_date=TODAY,
            )
        assert submit_investigation(**step).state == "SUBMITTED"

    def test_keeps_it_from_being_signed_off(self, to_sign_off: Investigation, second_investigator: User, officer: User) -> None:
        send(to_sign_off.application, actor=officer)
        for state in ("RECEIVED", "READING"):
            StatementImport.objects.update(state=state)
            with pytest.raises(UnableToSignOff, match="statement_waiting"):
                sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        assert not PolicyEvaluation.objects.exists()

    @pytest.mark.parametrize("outcome", ["APPROVED", "DECLINED"])
    def test_keeps_the_file_from_being_decided(self, outcome: str, in_review: Application, approver: User, partner: PartnerClient) -> None:
        send(in_review, partner=partner)
        with pytest.raises(UnableToDecide, match="statement_waiting"):
            decided(in_review, approver, outcome=outcome)
        assert nothing_happened()

    def test_one_of_another_file_of_the_applicant_counts_as_well(
        self, in_review: Application, apply: Make, approver: User, partner: PartnerClient
    ) -> None:
        other = apply()
        assert other.borrower == in_review.borrower
        send(other, partner=partner)
        with pytest.raises(UnableToDecide, match="statement_waiting"):
            decided(in_review, approver)

    def test_keeps_what_was_put_up_from_being_confirmed_or_voted_on(
        self, reviewed: Make, approver: User, risk_manager: User, partner: PartnerClient
    ) -> None:
        application = reviewed(amount=LARGE, term="240")
        decided(application, approver, override_code="STRONG_COLLATERAL")
        send(application, partner=partner)
        with pytest.raises(UnableToDecide, match="statement_waiting"):
            confirm_decision(application=application, actor=risk_manager, business_date=TODAY)
        recommendation = Recommendation.objects.get()
        with pytest.raises(UnableToDecide, match="statement_waiting"):
            ground_of(application, recommendation, TODAY)  # what the committee votes on, too
        assert not Decision.objects.exists() and Proposal.objects.get(kind="decision").state == "OPEN"


class TestReadAfterwards:
    def test_sends_a_signed_file_back_with_what_was_put_up(
        self, reviewed: Make, approver: User, risk_manager: User, investigator: User, partner: PartnerClient
    ) -> None:
        application = reviewed(amount=LARGE, term="240")
        decided(application, approver, override_code="STRONG_COLLATERAL")
        send(application, partner=partner)
        read_waiting()
        # Before anybody was told, too.
        with pytest.raises(UnableToDecide, match="statement_read") as refusal:
            confirm_decision(application=application, actor=risk_manager, business_date=TODAY)
        assert "goes back to its investigator" in refusal.value.detail
        told()
        file = Investigation.objects.select_related("application").get()
        assert (file.state, file.application.state, file.application.assigned_to) == ("OPEN", "INVESTIGATING", investigator)
        ended = Proposal.objects.get(kind="decision")
        words = "A statement from the partner Car Dealer GmbH with 2 new lines was read after the file was put up. It is signed off again."
        assert (ended.state, ended.reason) == ("VOIDED", words)
        assert AuditEntry.objects.get(action="investigation.reopened").details["reason"] == words
        assert not Decision.objects.exists()

    def test_sends_back_what_waits_for_its_signature(
        self, to_sign_off: Investigation, second_investigator: User, investigator: User, officer: User
    ) -> None:
        OutboxEvent.objects.all().delete()  # word of the submission, long delivered by then
        send(to_sign_off.application, actor=officer)
        read_waiting()
        with pytest.raises(UnableToSignOff, match="statement_read"):
            sign_off_investigation(investigation=to_sign_off, actor=second_investigator, business_date=TODAY)
        told()
        to_sign_off.refresh_from_db()
        application = Application.objects.get()
        assert (to_sign_off.state, application.state, application.assigned_to) == ("OPEN", "INVESTIGATING", investigator)

    def test_is_decided_once_it_was_signed_again(
        self, in_review: Application, investigator: User, second_investigator: User, approver: User, partner: PartnerClient
    ) -> None:
        sent = send(in_review, partner=partner)
        read_waiting()
        told()
        file = Investigation.objects.get()
        explain_holder(in_review, investigator)
        submit_investigation(investigation=file, summary="With the statement.", actor=investigator, business_date=TODAY)
        sign(file, second_investigator)
        sent.refresh_from_db()
        send_back_to_be_signed(statement=sent, business_date=TODAY)  # told twice
        file.refresh_from_db()
        assert file.state == "SIGNED_OFF"
        in_review.refresh_from_db()
        assert isinstance(decided(in_review, approver, override_code="STRONG_COLLATERAL"), Decision)

    def test_that_brings_nothing_new_leaves_the_file_as_it_is(
        self, in_work: Investigation, investigator: User, second_investigator: User, model: Any, policy: Any, partner: PartnerClient
    ) -> None:
        application = in_work.application
        ChecklistItem.objects.update(state="DONE")
        OutboxEvent.objects.all().delete()  # word of the submission, long delivered by then
        send(application, partner=partner)
        read_waiting()
        told()
        explain_holder(application, investigator)
        submit_investigation(investigation=in_work, summary="Sound.", actor=investigator, business_date=TODAY)
        sign(in_work, second_investigator)
        send(application, partner=partner)
        read_waiting()
        told()
        assert Investigation.objects.get().state == "SIGNED_OFF" and Application.objects.get().state == "REVIEW"

    def test_leaves_a_decided_file_as_it_was_decided(self, in_review: Application, approver: User, partner: PartnerClient) -> None:
        decided(in_review, approver)
        send(in_review, partner=partner)
        read_waiting()
        told()
        in_review.refresh_from_db()
        assert in_review.state != "INVESTIGATING" and Investigation.objects.get().state == "SIGNED_OFF"
