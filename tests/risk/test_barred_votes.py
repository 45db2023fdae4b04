"""Votes, decisions and signatures at the payout: of somebody barred from the file none counts,
though it was given and the decision taken by it.
"""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

import pytest

from core.models import Branch, User
from core.roles import Role
from loans.models import Application, Disbursement
from loans.services.disbursement import UnableToConfirmDisbursement
from risk.models import CommitteeVote, Decision
from risk.services.authority_standing import standing_of
from risk.services.payout_authority import UnableToCarryExposure
from tests.risk.conftest import TODAY
from tests.risk.deciding import did_before
from tests.risk.test_committee import before_committee, colleague, vote  # noqa: F401 -- a fixture among them
from tests.risk.test_payout_authority import asked, carry, confirm, grow, matrix, payout_of  # noqa: F401 -- fixtures among them

pytestmark = pytest.mark.django_db


@pytest.fixture
def voted(
    before_committee: Application,
    second_approver: User,
    risk_manager: User,
    second_risk_manager: User,
    officer: User,
) -> Disbursement:
    """A payout that three members of the committee voted for, as many as decide."""
    for member in (second_approver, risk_manager, second_risk_manager):
        vote(before_committee, member)
    assert Decision.objects.get().authority_level == 4
    return payout_of(before_committee, officer)


def test_a_vote_of_who_worked_on_the_file_is_not_counted(
    voted: Disbursement, second_approver: User, risk_manager: User, branch: Branch
) -> None:
    standing = standing_of(voted.loan, business_date=TODAY)
    assert standing is not None and not standing.beyond
    did_before(voted.loan.application, second_approver)
    standing = standing_of(voted.loan, business_date=TODAY)
    assert standing is not None and standing.beyond and standing.most == 0
    assert standing.since == "Alex Approver signed the investigation"
    with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
        confirm(voted, risk_manager)
    with pytest.raises(UnableToCarryExposure, match="conflict_of_interest"):
        carry(voted.loan, second_approver)
    assert CommitteeVote.objects.filter(member=second_approver).exists(), "what was voted stays on record"
    assert not carry(voted.loan, colleague("m9", branch, Role.APPROVER)).beyond
    assert confirm(voted, risk_manager).state == "PAID"


def test_a_decision_is_that_of_no_one_person_when_every_vote_is_barred(
    voted: Disbursement, second_approver: User, risk_manager: User, second_risk_manager: User
) -> None:
    """It was the committee's: whoever put it up carries nothing of it alone."""
    for member in (second_approver, risk_manager, second_risk_manager):
        did_before(voted.loan.application, member)
    standing = standing_of(voted.loan, business_date=TODAY)
    assert standing is not None and standing.most == 0


def test_votes_of_others_are_counted_as_they_were(voted: Disbursement, risk_manager: User, investigator: User) -> None:
    """Of somebody who worked on the file and never voted nothing is taken away."""
    did_before(voted.loan.application, investigator)
    assert confirm(voted, risk_manager).state == "PAID"


class TestOfOnePerson:
    """What one person approved, and what was signed for beside it."""

    def test_the_decision_carries_nothing_once_they_are_barred(
        self,
        asked: Disbursement,
        approver: User,
        second_approver: User,
    ) -> None:
        did_before(asked.loan.application, approver)
        standing = standing_of(asked.loan, business_date=TODAY)
        assert standing is not None and standing.beyond and standing.most == 0
        assert standing.since == "Anna Approver signed the investigation"
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority") as refusal:
            confirm(asked, second_approver)
        assert "before Anna Approver signed the investigation" in refusal.value.detail
        assert not carry(asked.loan, second_approver).beyond
        assert confirm(asked, second_approver).state == "PAID"

    def test_a_signature_carries_nothing_once_they_are_barred(self, asked: Disbursement, second_approver: User, risk_manager: User) -> None:
        grow(asked.loan, 13_000)
        assert not carry(asked.loan, second_approver).beyond
        did_before(asked.loan.application, second_approver)
        standing = standing_of(asked.loan, business_date=TODAY)
        assert standing is not None and standing.beyond and standing.signatures == ()
        with pytest.raises(UnableToConfirmDisbursement, match="beyond_authority"):
            confirm(asked, risk_manager)
        assert not carry(asked.loan, risk_manager).beyond
        assert confirm(asked, risk_manager).state == "PAID"
