"""The account that is really paid, looked at in the confirmation of the payout itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.models import Proposal, User
from loans.ledger.models import Entry
from loans.models import Application, Disbursement
from loans.services.contracts import make_contract, record_signature
from loans.services.disbursement import UnableToConfirmDisbursement, confirm_disbursement, reject_disbursement, request_disbursement
from loans.services.offers import accept_offer
from risk.models import ApplicationTrace, FraudSignal
from risk.services.fraud import judge_signal, look_for_fraud
from tests.risk.conftest import TODAY
from tests.risk.test_committee import put_up
from tests.risk.test_payout_authority import matrix
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
__all__ = ["matrix"]
SHARED = "DE02120300000000202051"
Make = Callable[..., Any]


@shared
def granted(matrix: None, in_review: Application, approver: User, officer: User) -> Application:
    """A file whose contract is signed and whose applicant named no account."""
    put_up(in_review, approver)
    in_review.refresh_from_db()
    accept_offer(application=in_review, actor=officer, business_date=TODAY)
    make_contract(application=in_review, actor=officer, business_date=TODAY)
    record_signature(application=in_review, actor=officer, business_date=TODAY)
    return in_review


def ask(granted: Application, officer: User, iban: str = SHARED) -> Disbursement:
    loan = granted.loans.get()
    return request_disbursement(
        loan=loan, amount=loan.principal, payee_name="Car dealer", payee_iban=iban, actor=officer, business_date=TODAY
    )


def found_on(application: Application) -> list[tuple[str, str, list[str]]]:
    return [(one.rule, one.state, one.evidence["others"]) for one in FraudSignal.objects.filter(application=application)]


def test_a_payout_to_an_account_of_another_file_is_stopped_in_its_confirmation(
    granted: Application, file: Make, officer: User, approver: User, risk_manager: User
) -> None:
    other = file(1, iban=SHARED)
    look_for_fraud(application=other, business_date=TODAY)
    payout, entries = ask(granted, officer), Entry.objects.count()
    assert found_on(granted) == [], "no event is delivered here: nobody has looked at this account yet"
    with pytest.raises(UnableToConfirmDisbursement, match="fraud_signal"):
        confirm_disbursement(disbursement=payout, actor=approver, business_date=TODAY)
    assert found_on(granted) == [("PAYEE", "OPEN", [str(other.pk)])], "what was found stays though nothing was paid"
    payout.refresh_from_db()
    assert (payout.state, Entry.objects.count()) == ("REQUESTED", entries)
    assert Proposal.objects.get(target_id=str(payout.pk)).state == "OPEN"
    signal = FraudSignal.objects.get(application=granted)
    judge_signal(signal=signal, state="EXPLAINED", reason="The dealer sells to both.", actor=risk_manager, business_date=TODAY)
    assert confirm_disbursement(disbursement=payout, actor=approver, business_date=TODAY).state == "PAID"


def test_fraud_that_was_confirmed_stops_it_for_good(
    granted: Application, file: Make, officer: User, approver: User, risk_manager: User
) -> None:
    look_for_fraud(application=file(1, iban=SHARED), business_date=TODAY)
    payout = ask(granted, officer)
    with pytest.raises(UnableToConfirmDisbursement, match="fraud_signal"):
        confirm_disbursement(disbursement=payout, actor=approver, business_date=TODAY)
    judge_signal(
        signal=FraudSignal.objects.get(application=granted), state="CONFIRMED", reason="A ring.", actor=risk_manager, business_date=TODAY
    )
    with pytest.raises(UnableToConfirmDisbursement, match="fraud_signal"):
        confirm_disbursement(disbursement=payout, actor=approver, business_date=TODAY)
    payout.refresh_from_db()
    assert payout.state == "REQUESTED"


def test_the_account_paid_is_what_later_files_meet(granted: Application, file: Make, officer: User, approver: User) -> None:
    payout = ask(granted, officer)
    confirm_disbursement(disbursement=payout, actor=approver, business_date=TODAY)
    assert ApplicationTrace.objects.filter(application=granted, kind="PAYEE").count() == 1
    later = file(2, iban=SHARED)
    look_for_fraud(application=later, business_date=TODAY)
    assert found_on(later) == [("PAYEE", "OPEN", [str(granted.pk)])]


def test_an_account_that_was_never_paid_leaves_no_trace(granted: Application, file: Make, officer: User) -> None:
    look_for_fraud(application=file(1, iban=SHARED), business_date=TODAY)
    reject_disbursement(disbursement=ask(granted, officer), reason="Mistyped.", actor=officer, business_date=TODAY)
    look_for_fraud(application=granted, business_date=TODAY)
    assert found_on(granted) == []
