"""Money of a loan in which something turned since it was approved:
who answered for it then answers for nothing, somebody else carries it.
"""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.models import User
from core.roles import Role
from loans.models import DeclaredInterest, Disbursement, Loan
from loans.services.disbursement import UnableToConfirmDisbursement
from loans.services.interests import declare_interest
from risk.models import Decision, PolicyEvaluation
from risk.selectors.own_history import OwnHistory
from risk.services.authority_standing import standing_of
from risk.services.freshness import fresh_until
from risk.services.payout_authority import UnableToCarryExposure
from risk.services.turned import GRACE, NOTHING, what_turned
from risk.web.payout_authority import todo_of
from tests.risk.conftest import TODAY
from tests.risk.test_committee import Make, colleague, put_up, vote
from tests.risk.test_payout_authority import asked, beyond, carry, confirm, matrix, payout_of  # noqa: F401 -- fixtures among them

pytestmark = pytest.mark.django_db
MEMBERS = (Role.RISK_MANAGER, Role.APPROVER, Role.APPROVER)


class TestPayout:
    @pytest.mark.parametrize(("worst", "turned"), [(0, False), (20, False), (60, True)])
    def test_waits_when_the_borrower_fell_late_with_us_since(
        self, asked: Disbursement, approver: User, second_approver: User, monkeypatch: pytest.MonkeyPatch, worst: int, turned: bool
    ) -> None:
        """By more than the policy lets pass: whoever granted it answers for nothing, and somebody else carries it or nobody does."""
        monkeypatch.setattr("risk.services.turned.own_history", lambda *_, **__: OwnHistory((worst,)))
        if not turned:
            assert confirm(asked, second_approver).state == "PAID"
            return
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(asked, second_approver)
        assert "Anna Approver, before the borrower was 60 days late with us, may carry 0" in refusal.value.detail
        with pytest.raises(UnableToCarryExposure, match="own_decision"):
            carry(asked.loan, approver)
        assert not carry(asked.loan, second_approver).beyond
        assert confirm(asked, second_approver).state == "PAID"

    def test_waits_when_a_loan_of_theirs_went_bad_since(
        self, asked: Disbursement, second_approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Part of another debt was written off: the obligor is in default, however punctual they are."""
        monkeypatch.setattr("risk.services.turned.own_history", lambda *_, **__: OwnHistory((0,), defaulted=1))
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(asked, second_approver)
        assert "before 1 of the borrower's loans with us went bad, may carry 0" in refusal.value.detail
        assert carry(asked.loan, second_approver).signatures[-1].defaults == 1
        assert confirm(asked, second_approver).state == "PAID"

    def test_by_the_committee_is_carried_by_none_who_voted(
        self, matrix: None, reviewed: Make, approver: User, officer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """For it or against: what turned is judged by others, as many as the committee takes."""
        application = reviewed(amount="40000.00", term="120")
        put_up(application, approver)
        voted, others = ([colleague(f"{of}_{role.lower()}_{n}", application.branch, role) for n, role in enumerate(MEMBERS)] for of in "ab")
        for member, against in zip(voted, ("", "", "Too long a term."), strict=True):
            vote(application, member, against=against)
        payout = payout_of(application, officer)
        monkeypatch.setattr("risk.services.turned.own_history", lambda *_, **__: OwnHistory((60,)))
        standing = standing_of(payout.loan, business_date=TODAY)
        assert standing is not None and standing.beyond and "3 members who did not decide it sign" in todo_of(standing)
        for person in (approver, *voted):
            with pytest.raises(UnableToCarryExposure, match="own_decision"):
                carry(payout.loan, person)
        assert [carry(payout.loan, person).beyond for person in others] == [True, True, False]
        assert confirm(payout, others[0]).state == "PAID"

    def test_is_carried_by_no_signature_from_before_the_delay(
        self, beyond: Loan, asked: Disbursement, second_approver: User, risk_manager: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who signed for more did not sign for a borrower who is late; who signed for the delay signed for one of so many days."""
        assert not carry(beyond, second_approver).beyond
        for worst, signs in ((60, second_approver), (61, risk_manager)):
            monkeypatch.setattr("risk.services.turned.own_history", lambda *_, worst=worst, **__: OwnHistory((worst,)))
            assert standing_of(beyond, business_date=TODAY).signatures == ()  # type: ignore[union-attr]
            with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
                confirm(asked, second_approver)
            assert carry(beyond, signs).signatures[-1].days_late == worst

    @pytest.mark.parametrize(
        ("first", "then"),
        [(OwnHistory((60,)), OwnHistory((60,), defaulted=1)), (OwnHistory((0,), defaulted=1), OwnHistory((60,), defaulted=1))],
        ids=["late, then bad", "bad, then late"],
    )
    def test_is_carried_for_a_delay_by_no_signature_for_a_default_nor_the_other_way(
        self,
        asked: Disbursement,
        second_approver: User,
        risk_manager: User,
        monkeypatch: pytest.MonkeyPatch,
        first: OwnHistory,
        then: OwnHistory,
    ) -> None:
        """The worst delay stays what it was while part of a debt is written off: each is signed for by itself."""
        monkeypatch.setattr("risk.services.turned.own_history", lambda *_, **__: first)
        assert not carry(asked.loan, second_approver).beyond
        monkeypatch.setattr("risk.services.turned.own_history", lambda *_, **__: then)
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(asked, second_approver)
        assert "60 days late with us and 1 of the borrower's loans with us went bad" in refusal.value.detail
        last = carry(asked.loan, risk_manager).signatures
        assert [(one.person, one.days_late, one.defaults) for one in last] == [(risk_manager, 60, 1)]
        assert confirm(asked, second_approver).state == "PAID"

    def test_is_carried_by_no_signature_for_a_delay_once_facts_are_long_out_of_date(
        self, asked: Disbursement, second_approver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("risk.services.turned.own_history", lambda *_, **__: OwnHistory((60,)))
        assert not carry(asked.loan, second_approver).beyond
        last = fresh_until(PolicyEvaluation.objects.get())
        assert last is not None
        for days, signed in ((0, 1), (1, 0)):
            standing = standing_of(asked.loan, business_date=last.day + GRACE + timedelta(days=days))
            assert standing is not None and len(standing.signatures) == signed

    def test_waits_when_who_approved_it_has_an_interest_by_now(
        self, asked: Disbursement, approver: User, second_approver: User, officer: User
    ) -> None:
        whose: Any = {"application": asked.loan.application, "borrower": asked.loan.borrower, "kind": DeclaredInterest.Kind.values[0]}
        declare_interest(**whose, reason="A cousin.", actor=approver, business_date=TODAY)
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(asked, second_approver)
        assert "before Anna Approver declared an interest in a party of the file" in refusal.value.detail
        assert not carry(asked.loan, second_approver).beyond
        assert confirm(asked, second_approver).state == "PAID"

    def test_waits_when_what_it_was_granted_on_is_long_out_of_date(self, asked: Disbursement, second_approver: User) -> None:
        evaluation, decided_at = PolicyEvaluation.objects.get(), Decision.objects.get().decided_at
        last = fresh_until(evaluation)
        assert last is not None
        late = last.day + GRACE + timedelta(days=1)
        assert what_turned(asked.loan, decided_at=decided_at, business_date=last.day + GRACE) == NOTHING
        assert what_turned(asked.loan, decided_at=decided_at, business_date=late).words.endswith(f"went out of date on {last.day:%d %b %Y}")
        Loan.objects.update(disbursed_date=TODAY)  # a part was paid out in time, on fresh facts
        assert not what_turned(Loan.objects.get(pk=asked.loan_id), decided_at=decided_at, business_date=late).outdated
