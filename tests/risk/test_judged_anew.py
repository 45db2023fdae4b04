"""The record of a party amended after the facts were signed off: what is not decided is investigated again, what is decided is assessed
again and carried by somebody else before money leaves.
"""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.events import deliver_pending
from core.models import AuditEntry, BankState, Proposal, User
from loans.models import Application, CustomerAmendment, Disbursement
from loans.services.amendments import decide_amendment, propose_amendment
from loans.services.disbursement import UnableToConfirmDisbursement
from risk.models import Decision, ExposureSignature, Investigation, PolicyEvaluation
from risk.services.authority_standing import standing_of
from risk.services.judged_anew import judge_anew
from risk.services.payout_authority import UnableToCarryExposure
from risk.services.replay import replay_decision
from tests.risk.conftest import TODAY
from tests.risk.deciding import LARGE, decided
from tests.risk.test_payout_authority import asked, carry, confirm, matrix, payout_of  # noqa: F401 -- fixtures among them

pytestmark = pytest.mark.django_db
OLD = {"birth_date": "1940-05-04"}


@pytest.fixture(autouse=True)
def _today(bank: BankState) -> None:
    BankState.objects.update(business_date=TODAY)


def amend(application: Application, officer: User, second: User, **changes: str) -> CustomerAmendment:
    """The applicant's record amended by two people, and everybody told."""
    done = amend_quietly(application, officer, second, **changes)
    while deliver_pending():
        pass
    return done


def amend_quietly(application: Application, officer: User, second: User, **changes: str) -> CustomerAmendment:
    """The same while nobody is told yet."""
    assert application.borrower is not None
    paper = SimpleUploadedFile("extract.pdf", b"%PDF-1.4 extract")
    step: dict[str, Any] = {"business_date": TODAY}
    made = propose_amendment(borrower=application.borrower, changes=changes, reason="Extract", upload=paper, actor=officer, **step)
    return decide_amendment(amendment=made, confirm=True, actor=second, **step)


class TestUndecided:
    def test_loses_its_sign_off_and_what_was_put_up(
        self, reviewed: Any, officer: User, approver: User, risk_manager: User, investigator: User
    ) -> None:
        application = reviewed(amount=LARGE, term="240")
        decided(application, approver, override_code="STRONG_COLLATERAL")
        assert Proposal.objects.get(kind="decision").state == "OPEN"
        amend(application, officer, risk_manager, name="Freya Lindquist")
        file = Investigation.objects.select_related("application").get()
        assert (file.state, file.application.state, file.application.assigned_to) == ("OPEN", "INVESTIGATING", investigator)
        ended = Proposal.objects.get(kind="decision")
        reference = file.application.borrower.reference  # type: ignore[union-attr]
        assert (ended.state, ended.reason) == ("VOIDED", f"The record of {reference} was amended (name) on 02 Mar 2026.")

    def test_stays_as_it_is_when_nothing_that_it_is_judged_by_changed(
        self, in_review: Application, officer: User, risk_manager: User
    ) -> None:
        amend(in_review, officer, risk_manager, phone="+49 40 999", email="new@example.org")
        assert Investigation.objects.get().state == "SIGNED_OFF" and PolicyEvaluation.objects.count() == 1

    def test_stays_as_it_is_when_it_was_signed_off_after_the_amendment(
        self, in_review: Application, officer: User, risk_manager: User
    ) -> None:
        """Word of an amendment may come late: what was signed off meanwhile knew of it."""
        made = amend_quietly(in_review, officer, risk_manager, name="Freya Lindquist")
        assert made.decided_at is not None
        Investigation.objects.update(signed_at=made.decided_at + timedelta(seconds=1))
        judge_anew(amendment=made, business_date=TODAY)
        assert Investigation.objects.get().state == "SIGNED_OFF" and PolicyEvaluation.objects.count() == 1
        Investigation.objects.update(signed_at=made.decided_at - timedelta(seconds=1))
        judge_anew(amendment=made, business_date=TODAY)
        assert Investigation.objects.get().state == "OPEN"


class TestDecided:
    def test_is_assessed_again_and_carried_by_somebody_else(
        self,
        asked: Disbursement,
        officer: User,
        approver: User,
        second_approver: User,
        risk_manager: User,
        second_risk_manager: User,
    ) -> None:
        kept = bytes(str(Decision.objects.get().evidence), "utf-8")
        deliver_pending()
        amend(asked.loan.application, officer, risk_manager, **OLD)
        assert [one.outcome for one in PolicyEvaluation.objects.order_by("id")] == ["APPROVE", "DECLINE"]
        assert AuditEntry.objects.get(action="application.judged_anew").details["after"] == "DECLINE"
        told = Proposal.objects.get(kind="payout_exposure")
        assert told.state == "OPEN" and "was amended (date of birth) on 02 Mar 2026" in told.title
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(asked, second_approver)
        assert "was amended (date of birth)" in refusal.value.detail
        with pytest.raises(UnableToCarryExposure, match="own_decision"):
            carry(asked.loan, approver)
        assert carry(asked.loan, second_approver).beyond, "what the system declines takes two people"
        with pytest.raises(UnableToCarryExposure, match="confirmed an amendment"):
            carry(asked.loan, risk_manager)
        assert not carry(asked.loan, second_risk_manager).beyond
        assert confirm(asked, second_approver).state == "PAID"
        decision = Decision.objects.get()
        assert bytes(str(decision.evidence), "utf-8") == kept and replay_decision(decision=decision).identical

    def test_is_held_while_it_is_assessed(self, asked: Disbursement, officer: User, risk_manager: User) -> None:
        """A payout confirmed at that moment waits, and meets the new grade."""
        made = amend_quietly(asked.loan.application, officer, risk_manager, **OLD)
        with CaptureQueriesContext(connection) as queries:
            judge_anew(amendment=made, business_date=TODAY)
        said = [one["sql"] for one in queries]
        locked = next(n for n, one in enumerate(said) if 'FROM "loans_application"' in one and "FOR NO KEY UPDATE" in one)
        assert locked < next(n for n, one in enumerate(said) if 'INSERT INTO "risk_policyevaluation"' in one)

    def test_is_carried_by_no_signature_from_before_another_amendment(
        self, asked: Disbursement, officer: User, second_approver: User, risk_manager: User
    ) -> None:
        for number, changes in enumerate(({"name": "Freya Lindquist"}, {"national_id": "L01X00T48"}), 1):
            amend(asked.loan.application, officer, risk_manager, **changes)
            standing = standing_of(asked.loan, business_date=TODAY)
            assert standing is not None and standing.beyond and standing.signatures == ()
            # Whoever signed for the one may sign for the other as well: it is another word.
            assert not carry(asked.loan, second_approver).beyond
            assert list(ExposureSignature.objects.values_list("amended", flat=True)) == list(range(1, number + 1))

    def test_comes_to_the_same_when_it_is_told_twice(self, asked: Disbursement, officer: User, risk_manager: User) -> None:
        made = amend(asked.loan.application, officer, risk_manager, **OLD)
        before = standing_of(asked.loan, business_date=TODAY)
        judge_anew(amendment=made, business_date=TODAY)
        assert standing_of(asked.loan, business_date=TODAY) == before and Proposal.objects.filter(kind="payout_exposure").count() == 1

    def test_costs_the_same_for_any_number_of_amendments(self, asked: Disbursement, officer: User, risk_manager: User) -> None:
        counts = []
        for name in ("Freya Lindquist", "Freya Lindkvist", "Freja Lindkvist"):
            amend(asked.loan.application, officer, risk_manager, name=name)
            with CaptureQueriesContext(connection) as queries:
                standing_of(asked.loan, business_date=TODAY)
            counts.append(len(queries))
        assert counts[1] == counts[2], counts
