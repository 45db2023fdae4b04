"""A record amended while money of a decided file is asked for, let go or contracted in another connection: one is first, and never is
anything paid out or contracted on a decision that the amendment voided.
"""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.events import deliver_pending
from core.models import BankState, User
from loans.models import Application, ApplicationHold, CustomerAmendment, Disbursement, Loan
from loans.services.amendments import decide_amendment, propose_amendment
from loans.services.contracts import make_contract
from loans.services.disbursement import UnableToConfirmDisbursement, request_disbursement
from loans.services.offers import accept_offer
from risk.models import Decision, Investigation
from risk.services.sign_off import sign_off_investigation
from tests.loans.servicing.conftest import IBAN
from tests.loans.servicing.test_offer_ends_at_once import one_behind_the_other
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided
from tests.risk.test_committee import put_up
from tests.risk.test_payout_authority import asked, confirm, matrix  # noqa: F401 -- fixtures among them

pytestmark = pytest.mark.django_db(transaction=True)
Step = Callable[[], Any]


@pytest.fixture(autouse=True)
def _today(bank: BankState) -> None:
    BankState.objects.update(business_date=TODAY)


def amending(application: Application, officer: User, second: User) -> Step:
    """The second person's step of an amendment that waits for it."""
    assert application.borrower is not None
    step: dict[str, Any] = {"business_date": TODAY}
    paper = SimpleUploadedFile("extract.pdf", b"%PDF-1.4 extract")
    made = propose_amendment(
        borrower=application.borrower, changes={"name": "Freya Lindquist"}, reason="Extract", upload=paper, actor=officer, **step
    )
    return lambda: decide_amendment(amendment=made, confirm=True, actor=second, **step)


class TestPayout:
    def test_that_comes_second_is_refused(self, asked: Disbursement, officer: User, second_approver: User, risk_manager: User) -> None:
        amend = amending(asked.loan.application, officer, risk_manager)
        amended, refused = one_behind_the_other(amend, lambda: confirm(asked, second_approver))
        assert (amended.state, refused) == ("CONFIRMED", "beyond_authority")
        asked.refresh_from_db()
        assert asked.state == "REQUESTED" and Loan.objects.get().undrawn == 12_000
        # Nor later, whether anybody has heard of the amendment by then or not.
        for _ in range(2):
            with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
                confirm(asked, second_approver)
            deliver_pending()

    def test_that_comes_first_is_paid_before_the_record_changes(
        self, asked: Disbursement, officer: User, second_approver: User, risk_manager: User
    ) -> None:
        amend = amending(asked.loan.application, officer, risk_manager)
        paid, amended = one_behind_the_other(lambda: confirm(asked, second_approver), amend)
        assert (paid.state, amended.state) == ("PAID", "CONFIRMED")
        assert CustomerAmendment.objects.get().decided_at > Disbursement.objects.get().confirmed_at  # type: ignore[operator]

    def test_that_is_asked_for_meanwhile_is_refused_when_it_is_to_leave(
        self, asked: Disbursement, officer: User, second_approver: User, risk_manager: User
    ) -> None:
        amend = amending(asked.loan.application, officer, risk_manager)
        terms: dict[str, Any] = {"amount": asked.loan.principal / 2, "payee_name": "Another dealer", "payee_iban": IBAN}
        _, asked_too = one_behind_the_other(
            amend, lambda: request_disbursement(loan=asked.loan, actor=officer, business_date=TODAY, **terms)
        )
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked_too, second_approver)


class TestContract:
    @pytest.fixture
    def accepted(self, matrix: None, in_review: Application, approver: User, officer: User) -> Application:
        put_up(in_review, approver)
        accept_offer(application=in_review, actor=officer, business_date=TODAY)
        return Application.objects.get(pk=in_review.pk)

    def test_that_comes_second_is_refused(self, accepted: Application, officer: User, risk_manager: User) -> None:
        amend = amending(accepted, officer, risk_manager)
        _, refused = one_behind_the_other(amend, lambda: make_contract(application=accepted, actor=officer, business_date=TODAY))
        assert refused == "on_hold" and not Loan.objects.exists()

    def test_that_comes_first_pays_nothing_out(
        self, accepted: Application, officer: User, second_approver: User, risk_manager: User
    ) -> None:
        amend = amending(accepted, officer, risk_manager)
        loan, amended = one_behind_the_other(lambda: make_contract(application=accepted, actor=officer, business_date=TODAY), amend)
        assert amended.state == "CONFIRMED" and not ApplicationHold.objects.filter(reason="AMENDED").exists()
        accepted.conditions.update(state="SATISFIED")
        payout = request_disbursement(
            loan=loan, amount=loan.principal, payee_name="Car dealer", payee_iban=IBAN, actor=officer, business_date=TODAY
        )
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(payout, second_approver)


class TestJudgement:
    def test_that_comes_second_is_not_taken_on_what_was_signed_before(
        self, matrix: None, in_review: Application, officer: User, approver: User, risk_manager: User
    ) -> None:
        amend = amending(in_review, officer, risk_manager)
        _, refused = one_behind_the_other(amend, lambda: decided(in_review, approver))
        assert refused == "amended" and not Decision.objects.exists()

    def test_that_comes_first_is_held(
        self, matrix: None, in_review: Application, officer: User, approver: User, risk_manager: User
    ) -> None:
        amend = amending(in_review, officer, risk_manager)
        made, _ = one_behind_the_other(lambda: decided(in_review, approver), amend)
        assert isinstance(made, Decision) and ApplicationHold.objects.filter(reason="AMENDED", released_at=None).exists()

    def test_signed_before_the_record_changed_is_voided(
        self, to_sign_off: Investigation, officer: User, second_investigator: User, risk_manager: User, model: Any, policy: Any
    ) -> None:
        amend = amending(to_sign_off.application, officer, risk_manager)
        sign = {"investigation": to_sign_off, "actor": second_investigator, "business_date": TODAY}
        one_behind_the_other(lambda: sign_off_investigation(**sign), amend)
        signed = Investigation.objects.get()
        assert signed.signed_at is not None and CustomerAmendment.objects.get().decided_at > signed.signed_at  # type: ignore[operator]
        while deliver_pending():
            pass
        assert Investigation.objects.get().state == "OPEN"
