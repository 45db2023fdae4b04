"""What was put up and came to nothing: its votes stay, whoever is asked the next time."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.models import Proposal, User
from core.roles import Role
from loans.models import Application
from risk.domain.authority import CommitteeRules
from risk.domain.committee import Ballot, Result, result_of
from risk.models import Decision, Recommendation
from risk.selectors.recommendations import earlier_rounds
from risk.services.decisions import reject_decision
from risk.services.replay import replay_decision
from risk.services.rules_of_decision import UnableToDecide
from risk.web.papers import memo_of
from tests.risk.conftest import TODAY
from tests.risk.test_committee import before_committee, client_of, colleague, put_up, vote

__all__ = ["before_committee"]
pytestmark = pytest.mark.django_db
WORDS = "Too dear for that income."


def taken_back(application: Application, actor: User, reason: str = "Another day.") -> None:
    reject_decision(application=application, reason=reason, actor=actor, business_date=TODAY)


@pytest.fixture
def refused_by_two(before_committee: Application, approver: User, second_approver: User, risk_manager: User) -> Application:
    """Two members voted against it, whereupon it was taken back and put up again with the same terms."""
    for member in (second_approver, risk_manager):
        vote(before_committee, member, against=WORDS)
    taken_back(before_committee, approver)
    put_up(before_committee, approver)
    return before_committee


def test_those_against_are_counted_until_they_vote_again(refused_by_two: Application, second_risk_manager: User, approver: User) -> None:
    friends = [colleague(f"friend{number}", refused_by_two.branch, Role.APPROVER) for number in range(2)]
    page = client_of(friends[0]).get(reverse("risk:decision_panel", args=[refused_by_two.pk])).text
    assert "Alex Approver and Rita Risk voted against it" in page or "voted against it when it was put up before" in page
    assert WORDS in page and "Taken back: Another day." in page
    for member in (*friends, second_risk_manager):
        vote(refused_by_two, member)
    decision = Decision.objects.get()
    assert [(one["in_favour"], "carried" in one) for one in decision.votes] == [(True, False)] * 3 + [(False, True)] * 2
    assert "3 in favour, 2 against" in Proposal.objects.filter(kind="decision").latest("pk").reason
    (earlier,) = decision.earlier
    assert (earlier["ended"], [one["reason"] for one in earlier["votes"]]) == ("Taken back", [WORDS, WORDS])
    assert replay_decision(decision=decision).identical
    memo = memo_of(decision, "Bank")
    assert WORDS in str(memo["earlier"]) and "Against, in an earlier vote" in str(memo["votes"])
    assert WORDS in client_of(approver).get(reverse("risk:decision_detail", args=[decision.pk])).text


def test_three_asked_instead_of_those_who_refused_are_no_majority(refused_by_two: Application, second_risk_manager: User) -> None:
    friends = [colleague(f"friend{number}", refused_by_two.branch, Role.APPROVER) for number in range(2)]
    vote(refused_by_two, friends[0])
    vote(refused_by_two, friends[1], against="No.")
    vote(refused_by_two, second_risk_manager)
    assert not Decision.objects.exists()
    assert "2 in favour, 3 against" in Proposal.objects.filter(kind="decision").latest("pk").reason


def test_giving_the_file_back_wipes_no_objection(refused_by_two: Application, approver: User, second_risk_manager: User) -> None:
    """A return is a decision, and ends nothing."""
    taken_back(refused_by_two, approver)
    Decision.objects.create(
        application=refused_by_two, outcome="RETURNED", rationale="x", system_recommendation="REFER", authority_level=2, exposure_after=0,
        evidence={}, evidence_hash="x", decided_by=approver, decided_by_name="A", decided_date=TODAY,
    )  # fmt: skip
    assert [one.proposal.reason for one in earlier_rounds(refused_by_two)] == ["Another day."] * 2
    page = client_of(second_risk_manager).get(reverse("risk:decision_panel", args=[refused_by_two.pk])).text
    assert "Was put up" not in page, "what came back from the committee was given back since"


def test_who_votes_again_is_counted_once(refused_by_two: Application, second_approver: User, risk_manager: User) -> None:
    friend = colleague("friend", refused_by_two.branch, Role.APPROVER)
    vote(refused_by_two, second_approver)
    vote(refused_by_two, friend)
    vote(refused_by_two, risk_manager)
    assert [one["in_favour"] for one in Decision.objects.get().votes] == [True] * 3


def test_taking_back_after_a_vote_takes_a_reason(before_committee: Application, approver: User, second_approver: User) -> None:
    vote(before_committee, second_approver)
    with pytest.raises(UnableToDecide) as refused:
        taken_back(before_committee, approver, reason=" ")
    assert refused.value.faults[0].field == "reason"
    assert Proposal.objects.get(kind="decision").state == "OPEN"
    # Also where the only vote counts no more.
    User.objects.filter(pk=second_approver.pk).update(is_active=False)
    client = client_of(approver)
    assert "Why you take it back" in client.get(reverse("risk:decision_panel", args=[before_committee.pk])).text
    where = reverse("risk:decision_reject", args=[before_committee.pk])
    seen = {"seen": Recommendation.objects.get().proposal_id}
    answer = client.post(where, seen)
    assert answer.status_code == 422 and "Say why you take it back." in answer.text
    assert client.post(where, seen | {"refuse-reason": "The rate was wrong."}).status_code == 302
    assert Proposal.objects.get(kind="decision").reason == "The rate was wrong."


def test_objections_make_up_no_quorum() -> None:
    rules = CommitteeRules()
    ballots = [Ballot(in_favour=True, by_manager=True)] * rules.quorum
    assert result_of(ballots[1:], rules, objections=5) == Result.OPEN
    assert result_of(ballots, rules, objections=rules.quorum - 1) == Result.PASSED
    assert result_of(ballots, rules, objections=rules.quorum) == Result.FAILED
