"""Authority asked again before money leaves: two approvals at once, growth since the decision, and who may carry it then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.events import deliver_pending
from core.models import AuditEntry, Branch, Proposal, User, UserRole
from core.roles import Role
from loans.models import Application, Borrower, CarriedExposure, Disbursement, Loan
from loans.services.contracts import make_contract, record_signature
from loans.services.disbursement import UnableToConfirmDisbursement, confirm_disbursement, request_disbursement
from loans.services.holds import is_held
from loans.services.offers import accept_offer
from risk.domain import authority
from risk.models import Decision, ExposureSignature, FraudSignal, LimitSettings
from risk.services.authority_standing import standing_of
from risk.services.evidence import gather_evidence
from risk.services.payout_authority import UnableToCarryExposure, carry_payout_exposure
from tests.loans.servicing.conftest import IBAN
from tests.risk.conftest import TODAY, make_person
from tests.risk.files import make_stranger
from tests.risk.test_committee import colleague, in_force, put_up
from tests.shared_rows import shared

Make = Callable[..., Any]
ROWS = (
    authority.AuthorityRow(2, "One person", Decimal(20_000), authority.GRADES),
    authority.AuthorityRow(2, "A risk manager", Decimal(23_000), authority.GRADES, role="RISK_MANAGER"),
    authority.AuthorityRow(3, "Two people", Decimal(30_000), authority.ANY_GRADE),
)


@shared
def matrix(risk_manager: User, second_risk_manager: User) -> None:
    """One person up to 20,000, a risk manager 23,000, two people 30,000, then the committee."""
    in_force("AUTHORITY", authority.as_document(authority.Authority(ROWS)), risk_manager, second_risk_manager)


def payout_of(application: Application, officer: User, iban: str = IBAN) -> Disbursement:
    """The offer accepted, the contract made and signed, the payout asked for."""
    application.refresh_from_db()
    accept_offer(application=application, actor=officer, business_date=TODAY)
    loan = make_contract(application=application, actor=officer, business_date=TODAY)
    record_signature(application=application, actor=officer, business_date=TODAY)
    return request_disbursement(
        loan=loan, amount=loan.principal, payee_name="Car dealer", payee_iban=iban, actor=officer, business_date=TODAY
    )


def confirm(payout: Disbursement, actor: User) -> Disbursement:
    return confirm_disbursement(disbursement=payout, actor=actor, business_date=TODAY)


def carry(loan: Loan, actor: User, reason: str = "Same family, both secured.") -> Any:
    return carry_payout_exposure(loan=loan, reason=reason, actor=actor, business_date=TODAY)


def grow(loan: Loan, amount: int) -> None:
    """The borrower gets another loan of this bank, elsewhere and otherwise."""
    other = Loan.objects.create(
        **{
            name: getattr(loan, name)
            for name in ("application", "borrower", "branch", "facility", "product_version", "currency", "annual_rate", "signed_date")
        },
        reference=f"LN-{amount}",
        principal=amount,
        undrawn=amount,
    )
    assert other.pk != loan.pk


@shared
def asked(matrix: None, in_review: Application, approver: User, officer: User) -> Disbursement:
    """A payout of 12,000 that one person approved."""
    put_up(in_review, approver)
    return payout_of(in_review, officer)


def test_a_file_that_came_in_since_the_decision_stops_the_payout(asked: Disbursement, reviewed: Make, approver: User) -> None:
    """Nobody had seen the other file when this one was granted: it is looked for again when money is asked for."""
    assert not FraudSignal.objects.filter(application=asked.loan.application).exists()
    reviewed(number="L01X00T48")
    while deliver_pending():
        pass
    found = FraudSignal.objects.filter(application=asked.loan.application)
    assert found.filter(state="OPEN").exists() and is_held(asked.loan.application)
    with pytest.raises(UnableToConfirmDisbursement) as refusal:
        confirm(asked, approver)
    assert refusal.value.code == "fraud_signal"


@shared
def beyond(asked: Disbursement) -> Loan:
    """Its loan, after the group's exposure has grown to 25,000."""
    grow(asked.loan, 13_000)
    return asked.loan


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_meet_at_the_payout(
    matrix: None,
    branch: Branch,
    reviewed: Make,
    approver: User,
    second_approver: User,
    officer: User,
    risk_manager: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Husband and wife apply each for a loan of their own: both are within one person's authority while neither sees the other; together
    they are not, and no money leaves before more sign.
    """
    files = [reviewed(), reviewed()]
    his = Borrower.objects.create(reference="BR-X", branch=branch, kind="PERSON", name="Bruno Castellani", country="DE")
    Application.objects.filter(pk=files[1].pk).update(borrower=his)
    files[1].parties.update(borrower=his)
    files[1].parties.create(borrower=files[0].borrower, part="SPOUSE")
    make_stranger(files[1])
    together = threading.Barrier(2)
    gather = gather_evidence

    def gather_together(*args: Any, **named: Any) -> Any:
        # By now either has tested its authority, and neither has written anything.
        together.wait(10)
        return gather(*args, **named)

    monkeypatch.setattr("risk.services.decisions.gather_evidence", gather_together)
    made: list[Any] = []

    def work(file: Application, actor: User) -> None:
        try:
            made.append(put_up(file, actor))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in zip(files, (approver, second_approver), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one) for one in made] == [Decision, Decision] and {one.exposure_after for one in made} == {Decimal(12_000)}
    payouts = [payout_of(file, officer, iban) for file, iban in zip(files, (IBAN, "GB29NWBK60161331926819"), strict=True)]
    for payout in payouts:
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(payout, risk_manager)
        assert "24,000 EUR" in refusal.value.detail and "20,000" in refusal.value.detail
    assert not Disbursement.objects.exclude(state="REQUESTED").exists()
    deliver_pending()
    assert Proposal.objects.filter(kind="payout_exposure", state="OPEN").count() == 2
    # Who approved one of the two is a second person to the other.
    carry(payouts[0].loan, second_approver)
    assert confirm(payouts[0], risk_manager).state == "PAID"
    with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
        confirm(payouts[1], risk_manager)


class TestPayout:
    def test_goes_out_while_the_authority_carries_it(self, asked: Disbursement, second_approver: User) -> None:
        row = CarriedExposure.objects.get()
        assert (row.most, row.carried_by) == (Decimal(20_000), "Anna Approver")
        grow(asked.loan, 8_000)
        assert confirm(asked, second_approver).state == "PAID"

    def test_is_tested_by_the_matrix_of_the_day_when_it_is_asked_for(self, asked: Disbursement, second_approver: User) -> None:
        small = authority.AuthorityRow(2, "One person", Decimal(10_000), authority.GRADES)
        LimitSettings.objects.update(document=authority.as_document(authority.Authority((small,))))
        deliver_pending()
        assert CarriedExposure.objects.first().most == Decimal(10_000)  # type: ignore[union-attr]
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, second_approver)

    def test_is_tested_again_at_the_moment_it_is_confirmed(self, asked: Disbursement, second_approver: User, approver: User) -> None:
        """By then the matrix may have been lowered and an approver may have left: nothing that was worked out before counts."""
        deliver_pending()
        small = authority.AuthorityRow(2, "One person", Decimal(10_000), authority.GRADES)
        LimitSettings.objects.update(document=authority.as_document(authority.Authority((small,))))
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, second_approver)
        # Who may carry more was told, though the payout was refused.
        assert Proposal.objects.get(kind="payout_exposure").state == "OPEN"
        LimitSettings.objects.update(document=authority.as_document(authority.Authority(ROWS)))
        UserRole.objects.filter(user=approver).update(role=Role.OFFICER)
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, second_approver)
        UserRole.objects.filter(user=approver).update(role=Role.APPROVER)
        assert confirm(asked, second_approver).state == "PAID"
        assert Proposal.objects.get(kind="payout_exposure").state == "VOIDED"

    def test_stands_on_the_grade_of_the_terms_decided(self, asked: Disbursement) -> None:
        """Where it is worse on the terms granted than what stands at the file, it is the one whose authority counts."""
        decided = Decision.objects.get().authority["ground"]["grade"]
        rows = (authority.AuthorityRow(2, "One person", Decimal(20_000), frozenset("A")), *ROWS[2:])
        LimitSettings.objects.update(document=authority.as_document(authority.Authority(rows)))
        Application.objects.update(grade="A")
        assert decided > "A"
        assert standing_of(Loan.objects.get(pk=asked.loan_id), business_date=TODAY).most == 0  # type: ignore[union-attr]

    def test_waits_no_longer_when_the_exposure_has_fallen(self, beyond: Loan, asked: Disbursement, second_approver: User) -> None:
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, second_approver)
        deliver_pending()
        assert Proposal.objects.get(kind="payout_exposure").state == "OPEN"
        Loan.objects.exclude(pk=beyond.pk).update(state="CLOSED")
        assert confirm(asked, second_approver).state == "PAID"

    def test_by_the_committee_goes_out_up_to_what_it_voted_on(self, matrix: None, reviewed: Make, approver: User, officer: User) -> None:
        from risk.services.committee import vote_on_decision

        application = reviewed(amount="40000.00", term="120")
        put_up(application, approver)
        branch = application.branch
        people = [colleague("m1", branch, Role.RISK_MANAGER), *(colleague(f"m{n}", branch, Role.APPROVER) for n in (2, 3))]
        for member in people:
            vote_on_decision(application=application, in_favour=True, reason="", actor=member, business_date=TODAY)
        payout = payout_of(application, officer)
        deliver_pending()
        standing = standing_of(payout.loan, business_date=TODAY)
        assert standing is not None and standing.most == standing.exposure == Decimal(40_000) and not standing.beyond
        # Of those who voted one leaves: the votes that are left are no quorum, and somebody signs in that place.
        User.objects.filter(pk=people[1].pk).update(is_active=False)
        standing = standing_of(payout.loan, business_date=TODAY)
        assert standing is not None and standing.beyond and standing.since == f"{people[1].full_name} ceased to decide"
        assert not carry(payout.loan, colleague("m5", branch, Role.APPROVER)).beyond
        User.objects.filter(pk=people[1].pk).update(is_active=True)
        grow(payout.loan, 90_000)
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(payout, people[0])
        assert "130,000" in refusal.value.detail and "40,000" in refusal.value.detail
        for member in people:
            assert standing_of(payout.loan, business_date=TODAY).beyond  # type: ignore[union-attr]
            # The vote that was the last stands beside who put it up: both are counted already.
            carry(payout.loan, member if member != people[-1] else colleague("m4", branch, Role.APPROVER))
        assert confirm(payout, people[0]).state == "PAID"

    def test_of_a_group_too_large_to_count_waits_for_the_quorum(
        self, asked: Disbursement, second_approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("loans.selectors.groups.MOST_CONNECTED", 0)
        deliver_pending()
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, second_approver)
        branch = asked.loan.branch
        for member in (second_approver, colleague("m1", branch, Role.APPROVER)):
            assert carry(asked.loan, member).beyond
        assert not carry(asked.loan, colleague("m2", branch, Role.RISK_MANAGER)).beyond
        assert confirm(asked, second_approver).state == "PAID"


class TestCarrying:
    def test_takes_one_more_person_where_two_carry_it(self, beyond: Loan, asked: Disbursement, second_approver: User) -> None:
        deliver_pending()
        after = carry(beyond, second_approver)
        assert not after.beyond and after.names == "Anna Approver and Alex Approver"
        assert Proposal.objects.get(kind="payout_exposure").decided_by == second_approver
        assert AuditEntry.objects.filter(action="exposure.signed").count() == 1
        assert confirm(asked, second_approver).state == "PAID"

    def test_holds_only_up_to_what_was_signed(self, beyond: Loan, asked: Disbursement, second_approver: User, risk_manager: User) -> None:
        carry(beyond, second_approver)
        grow(beyond, 1_000)
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(asked, second_approver)
        assert "26,000" in refusal.value.detail and "Anna Approver may carry 20,000" in refusal.value.detail
        carry(beyond, risk_manager)
        assert confirm(asked, second_approver).state == "PAID"

    def test_takes_the_quorum_where_only_the_committee_carries_it(self, beyond: Loan, asked: Disbursement, second_approver: User) -> None:
        grow(beyond, 30_000)
        branch = beyond.branch
        third, manager = colleague("m1", branch, Role.APPROVER), colleague("m2", branch, Role.RISK_MANAGER)
        assert carry(beyond, second_approver).beyond and carry(beyond, third).beyond
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, second_approver)
        assert not carry(beyond, manager).beyond
        assert confirm(asked, second_approver).state == "PAID"

    @pytest.mark.parametrize(
        ("who", "reason", "code"),
        [
            ("officer", "Fine.", "not_entitled"),
            ("investigator", "Fine.", "not_entitled"),
            ("approver", "Fine.", "own_decision"),
            ("second_approver", " ", "reason_missing"),
        ],
    )
    def test_is_refused_in_words(self, beyond: Loan, who: str, reason: str, code: str, request: pytest.FixtureRequest) -> None:
        with pytest.raises(UnableToCarryExposure, match=code):
            carry(beyond, request.getfixturevalue(who), reason)
        assert not ExposureSignature.objects.exists()

    def test_bars_who_worked_on_the_file(self, beyond: Loan, branch: Branch) -> None:
        person = make_person("wendy_worker", branch, Role.RISK_MANAGER)
        Application.objects.filter(pk=beyond.application_id).update(officer=person)
        with pytest.raises(UnableToCarryExposure, match="conflict_of_interest") as refusal:
            carry(Loan.objects.get(pk=beyond.pk), person)
        assert "took the application in" in refusal.value.detail

    def test_is_done_once_and_only_where_it_is_needed(self, beyond: Loan, asked: Disbursement, second_approver: User) -> None:
        grow(beyond, 30_000)
        carry(beyond, second_approver)
        with pytest.raises(UnableToCarryExposure, match="signed"):
            carry(beyond, second_approver)
        Loan.objects.exclude(pk=beyond.pk).update(state="CLOSED")
        with pytest.raises(UnableToCarryExposure, match="not_needed"):
            carry(beyond, second_approver)

    def test_cannot_be_changed_afterwards(self, beyond: Loan, second_approver: User) -> None:
        carry(beyond, second_approver)
        for statement in ("UPDATE risk_exposuresignature SET exposure = 1", "DELETE FROM loans_carriedexposure"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
