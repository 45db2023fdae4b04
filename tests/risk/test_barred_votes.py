"""Votes of the committee at the payout: of somebody barred from the file no vote counts, though it was cast and the decision taken by it."""

from __future__ import annotations

import pytest

from core.models import Branch, User
from core.roles import Role
from loans.models import Application, Disbursement
from loans.services.disbursement import UnableToConfirmDisbursement
from risk.models import CommitteeVote, Decision
from risk.services.payout_authority import UnableToCarryExposure, standing_of
from tests.risk.conftest import TODAY
from tests.risk.deciding import did_before
from tests.risk.test_committee import before_committee, colleague, vote  # noqa: F401 -- a fixture among them
from tests.risk.test_payout_authority import carry, confirm, payout_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def voted(
    before_committee: Application,  # noqa: F811 -- asked for by the name it is imported under
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
