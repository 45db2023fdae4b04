"""Before money leaves: one person is one however often they sign, and what a decision took more people for takes them still."""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from loans.models import Disbursement, Loan
from loans.services.disbursement import UnableToConfirmDisbursement
from risk.domain.limits import DEFAULTS, AppetiteSettings, ConcentrationLimit, as_document
from risk.models import Decision, LimitSettings
from risk.services.authority_standing import standing_of
from risk.services.decisions import confirm_decision
from risk.services.payout_authority import UnableToCarryExposure
from risk.services.portfolio import take_snapshot
from tests.risk.conftest import TODAY
from tests.risk.test_committee import client_of, colleague, in_force, put_up, vote
from tests.risk.test_payout_authority import asked, beyond, carry, confirm, grow, matrix, payout_of  # noqa: F401 -- fixtures among them

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def standing(loan: Loan) -> Any:
    return standing_of(Loan.objects.get(pk=loan.pk), business_date=TODAY)


class TestOnePersonWhoSignedTwice:
    """For 25,000 and then for 26,000, after who approved had left: at 25,000 again both words hold."""

    @pytest.fixture
    def twice(self, beyond: Loan, approver: User, second_approver: User) -> Loan:
        User.objects.filter(pk=approver.pk).update(is_active=False)
        carry(beyond, second_approver)
        grow(beyond, 1_000)
        carry(beyond, second_approver)
        Loan.objects.filter(reference="LN-1000").update(state="CLOSED", undrawn=0, principal=1)
        return beyond

    def test_is_one(self, twice: Loan, asked: Disbursement, second_approver: User, risk_manager: User) -> None:
        at = standing(twice)
        assert at.exposure == 25_000 and at.beyond and at.most == 0
        assert [one.exposure for one in at.signatures] == [Decimal(26_000)], "the word that reaches furthest"
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, risk_manager)
        with pytest.raises(UnableToCarryExposure, match="signed"):
            carry(twice, second_approver)
        assert not carry(twice, risk_manager).beyond
        assert confirm(asked, risk_manager).state == "PAID"

    def test_is_shown_once(self, twice: Loan, risk_manager: User) -> None:
        page = client_of(risk_manager).get(reverse("risk:loan_authority", args=[twice.public_id]))
        assert page.text.count("Alex Approver<small>") == page.text.count("Same family") == 1


class TestAgainstTheSystem:
    @pytest.fixture
    def against(self, matrix: None, reviewed: Make, approver: User, second_approver: User, officer: User) -> Disbursement:
        """12,000, within the authority of each, that two people granted against the system's decline."""
        application = reviewed(facts={"bureau_worst_dpd": "120"})
        put_up(application, approver)
        decision = confirm_decision(application=application, actor=second_approver, business_date=TODAY)
        assert decision.system_recommendation == "DECLINE" and decision.authority["ground"]["against"]
        return payout_of(application, officer)

    def test_takes_two_people_still_when_one_of_them_left(self, against: Disbursement, second_approver: User, risk_manager: User) -> None:
        assert not standing(against.loan).beyond
        User.objects.filter(pk=second_approver.pk).update(is_active=False)
        at = standing(against.loan)
        assert (at.most, at.needed.title) == (0, "Two people, against the recommendation")
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(against, risk_manager)
        page = client_of(risk_manager).get(reverse("risk:loan_authority", args=[against.loan.public_id]))
        assert "It takes two people" in page.text
        assert not carry(against.loan, risk_manager).beyond
        assert confirm(against, risk_manager).state == "PAID"

    def test_takes_two_others_when_both_left(
        self, against: Disbursement, approver: User, second_approver: User, risk_manager: User, branch: Branch
    ) -> None:
        User.objects.filter(pk__in=[approver.pk, second_approver.pk]).update(is_active=False)
        assert carry(against.loan, risk_manager).beyond
        assert not carry(against.loan, colleague("m1", branch, Role.APPROVER)).beyond


class TestBeyondTheAppetite:
    @pytest.fixture
    def passed(
        self, matrix: None, reviewed: Make, approver: User, risk_manager: User, second_risk_manager: User, branch: Branch, officer: User
    ) -> Disbursement:
        """12,000, within the authority of one person, that three members granted because it passed the share of its branch."""
        take_snapshot(business_date=TODAY)
        narrow = AppetiteSettings(DEFAULTS.ratios, Decimal(1), (ConcentrationLimit("branch", "", Decimal("0.10")),))
        in_force("APPETITE", as_document(narrow), risk_manager, second_risk_manager)
        application = reviewed()
        put_up(application, approver)
        for member in (risk_manager, *(colleague(f"m{n}", branch, Role.APPROVER) for n in (1, 2))):
            vote(application, member)
        decision = Decision.objects.get()
        assert decision.authority["beyond_appetite"] and decision.authority_level == 4
        return payout_of(application, officer)

    def test_takes_the_quorum_still_when_a_voter_left(self, passed: Disbursement, second_risk_manager: User, branch: Branch) -> None:
        assert not standing(passed.loan).beyond
        User.objects.filter(username__in=["m1", "m2"]).update(is_active=False)
        assert standing(passed.loan).needed.title == "The credit committee, beyond the risk appetite"
        assert carry(passed.loan, second_risk_manager).beyond, "the votes left and this one are two of three"
        assert not carry(passed.loan, colleague("m3", branch, Role.APPROVER)).beyond

    def test_is_carried_on_by_what_was_voted(self, passed: Disbursement, second_risk_manager: User) -> None:
        """The share may be within its limit by now; the loan stands on the decision as it was taken."""
        LimitSettings.objects.filter(kind="APPETITE").update(document=as_document(DEFAULTS))
        assert confirm(passed, second_risk_manager).state == "PAID"
