"""The credit committee: members who did not work on the file vote on what was put up, and the vote that settles it decides."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.four_eyes import UnableToConfirm
from core.models import Proposal, User
from core.roles import Role
from loans.models import Application
from loans.services.worklist import assign_application
from risk.domain.committee import Ballot, Result, result_of
from risk.models import CommitteeVote, Decision, Recommendation
from risk.selectors.conflicts import people_on_file
from risk.selectors.limits import authority_in_force
from risk.selectors.recommendations import counted_votes, earlier_rounds, kept_vote, objections_to
from risk.services.decision_steps import (
    end_what_lost_its_ground,
    ground_of,
    kept_content,
    lock_open,
    look_once_more,
    put_up,
    write_decision,
)
from risk.services.rules_of_decision import UnableToDecide


class UnableToVote(DomainError):
    """The vote was not taken."""

    title = "The vote was not taken"
    messages = {
        "not_the_committees": "This decision takes a second person, not the committee.",
        "voted": "You voted on this before. A vote stands.",
        "reason_missing": "Say why you vote against it.",
    }


@transaction.atomic
def _vote(
    application: Application, in_favour: bool, reason: str, actor: User, business_date: date, seen: UUID | None
) -> Decision | CommitteeVote:
    locked = lock_open(application)
    proposal, recommendation = put_up(locked, seen)
    _may_vote(locked, proposal, recommendation, actor)
    terms, evaluation, gathered, needed = ground_of(locked, recommendation, business_date)
    if not in_favour and not reason.strip():
        raise UnableToVote("reason_missing", faults=[Fault("reason", "required", "Say why you vote against it.")])
    vote = _cast(recommendation, in_favour, reason.strip(), actor)
    audit.record("decision.voted", actor=actor, target=locked, business_date=business_date, in_favour=in_favour, reason=reason.strip())
    # Who came to work on the file after the vote, declared an interest, or has left, has no vote any more.
    on_file = people_on_file(locked)
    votes = counted_votes(recommendation, locked, on_file)
    against = objections_to(recommendation, earlier_rounds(locked), votes, locked, on_file)
    ballots = [Ballot(one.in_favour, one.member.has_role(Role.RISK_MANAGER)) for one in votes]
    result = result_of(ballots, authority_in_force().authority.committee, objections=len(against))
    if result == Result.OPEN:
        # The next member takes the file up from the queue.
        assign_application(application=locked, to=None, actor=actor)
        return vote
    favour = sum(one.in_favour for one in votes)
    words = f"The committee voted {favour} in favour, {len(votes) + len(against) - favour} against."
    if against:
        words += f" Against from an earlier vote: {', '.join(one.member_name for one in against)}."
    if result == Result.FAILED:
        four_eyes.reject(proposal, actor=actor, reason=words)
        audit.record("decision.refused", actor=actor, target=locked, business_date=business_date, reason=words)
        assign_application(application=locked, to=recommendation.made_by, actor=actor)
        return vote
    four_eyes.confirm(
        proposal,
        actor=actor,
        content=kept_content(locked, recommendation, terms),
        barred=frozenset(on_file),
        reason=words,
    )
    kept = [kept_vote(one, by_manager=ballot.by_manager) for one, ballot in zip(votes, ballots, strict=True)]
    kept += [kept_vote(one, by_manager=one.by_manager, carried=True) for one in against]
    # Whoever closed the vote may have voted against: a decision is signed by those who wanted it.
    last_in_favour = next(one.member for one in reversed(votes) if one.in_favour)
    return write_decision(
        locked,
        terms,
        gathered,
        evaluation,
        needed,
        decider=recommendation.made_by,
        second=last_in_favour,
        business_date=business_date,
        votes=kept,
        voters=[one.member_id for one in (*votes, *against)],
    )


def vote_on_decision(
    *, application: Application, in_favour: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> Decision | CommitteeVote:
    """Vote on what was put up to the committee; `seen` is the proposal that was looked at, and no other one is voted on. Gives the Decision
    when this vote settles it in favour, else the vote.

    Against takes a reason. What it stands on must not have changed by a byte, or the proposal ends. Raises UnableToVote:
    `not_the_committees`, `voted`, `reason_missing`; UnableToConfirm: `no_proposal`, `already_decided`, `own_proposal`, `not_entitled`,
    `conflict_of_interest`, `changed`; UnableToDecide: `stale_facts` (which ends it too), `unsigned`; Conflict when it was decided before.
    """
    # A vote against may be the one that completes the quorum, so that the loan is granted with it.
    look_once_more(application, actor=actor, business_date=business_date)
    try:
        return _vote(application, in_favour, reason, actor, business_date, seen)
    except (UnableToConfirm, UnableToDecide) as refusal:
        end_what_lost_its_ground(application, refusal)
        raise


def _may_vote(application: Application, proposal: Proposal, recommendation: Recommendation, actor: User) -> None:
    if not recommendation.by_committee:
        raise UnableToVote("not_the_committees")
    if proposal.proposed_by_id == actor.pk:
        raise UnableToConfirm("own_proposal")
    four_eyes.check_entitled(proposal, actor)
    if actor.pk in people_on_file(application):
        raise UnableToConfirm("conflict_of_interest")


def _cast(recommendation: Recommendation, in_favour: bool, reason: str, actor: User) -> CommitteeVote:
    try:
        with transaction.atomic():
            return CommitteeVote.objects.create(
                recommendation=recommendation,
                member=actor,
                member_name=actor.full_name,
                by_manager=actor.has_role(Role.RISK_MANAGER),
                in_favour=in_favour,
                reason=reason,
            )
    except IntegrityError as error:
        raise UnableToVote("voted") from error
