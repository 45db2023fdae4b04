"""What the decision rail shows one person about one application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.errors import DomainError
from core.models import User
from core.roles import Role
from loans.models import Application
from loans.selectors.applications import DECIDABLE, open_holds
from loans.selectors.holds import HeldBy, held_by
from risk.domain.authority import CommitteeRules
from risk.domain.states import APPROVALS
from risk.models import CommitteeVote, Decision, PolicyEvaluation, Recommendation
from risk.selectors.conflicts import people_on_file
from risk.selectors.files import latest_evaluation, list_decisions
from risk.selectors.limits import authority_in_force
from risk.selectors.recommendations import (
    as_kept,
    counted_votes,
    earlier_rounds,
    objections_to,
    open_recommendation,
)
from risk.selectors.terms import DECIDERS, NeededAuthority, authority_for, priced_rate
from risk.selectors.told_reasons import TrueReasons, true_reasons


@dataclass(frozen=True)
class Committee:
    """The votes on what was put up so far, the rules by which they decide, and who voted against it before and has not voted again."""

    votes: list[CommitteeVote]
    rules: CommitteeRules
    objections: list[CommitteeVote]

    @property
    def missing(self) -> int:
        """How many votes the quorum still lacks."""
        return max(0, self.rules.quorum - len(self.votes))


@dataclass(frozen=True)
class Rail:
    """The state of the decision for one reader. `barred` says why this person may not decide, in words; `price` is a fraction per year.

    `held_by` is what stops it, so that nothing is granted. `returned` came back from those it was put up to, with `returned_votes` where
    they were the committee; `own_vote` is this reader's. `must_say_why` asks for a reason to take it back, since members voted. `reasons`
    are what may be told against the file; `earlier` is what was put up before and came to nothing, without `returned`.
    """

    evaluation: PolicyEvaluation | None
    decision: Decision | None
    waiting: Recommendation | None
    returned: Recommendation | None
    returned_votes: list[CommitteeVote]
    barred: str
    may_decide: bool
    may_confirm: bool
    may_refuse: bool
    may_take_back: bool
    must_say_why: bool
    may_send_back: bool
    price: Decimal | None
    may_vote: bool
    committee: Committee | None
    own_vote: CommitteeVote | None
    authority: NeededAuthority | None
    reasons: TrueReasons | None
    is_open: bool
    held_by: list[HeldBy]
    earlier: list[dict[str, Any]]


def rail_of(user: User, application: Application, *, business_date: date) -> Rail:
    """Gather it: a constant number of queries."""
    evaluation = latest_evaluation(application)
    waiting = open_recommendation(application)
    is_open = application.state in DECIDABLE
    decider = user.has_role(*DECIDERS)
    by_committee = waiting is not None and waiting.by_committee
    on_file = people_on_file(application) if is_open and (decider or by_committee) else {}
    barred = _barred(user, application, on_file) if is_open and decider else ""
    free = is_open and decider and not barred and evaluation is not None
    version = application.product_version
    rounds = earlier_rounds(application) if is_open else []
    committee = _committee(waiting, application, on_file, rounds) if is_open and waiting is not None and by_committee else None
    own_vote = next((vote for vote in committee.votes if vote.member_id == user.pk), None) if committee else None
    decision = list_decisions(application).first()
    last = rounds[-1] if rounds and waiting is None else None
    returned = last if last is not None and (decision is None or last.made_at > decision.decided_at) else None
    own = is_open and waiting is not None and waiting.made_by_id == user.pk
    holds = held_by(user, application, open_holds(application)) if is_open else []
    # What is held may be refused by the second person, and not granted.
    other = free and waiting is not None and waiting.made_by_id != user.pk
    refuses = other and committee is None and waiting is not None and user.has_role(*(Role(role) for role in waiting.proposal.roles))
    return Rail(
        evaluation=evaluation,
        decision=decision,
        waiting=waiting if is_open else None,
        returned=returned,
        returned_votes=list(returned.votes.all()) if returned is not None and returned.by_committee else [],
        barred=barred,
        may_decide=free and waiting is None,
        may_confirm=refuses and not (holds and waiting is not None and waiting.content["outcome"] in APPROVALS),
        may_refuse=refuses,
        may_vote=other and committee is not None and own_vote is None,
        committee=committee,
        own_vote=own_vote,
        may_take_back=own,
        must_say_why=own and waiting is not None and waiting.votes.exists(),
        may_send_back=application.state == "REFERRED" and user.has_role(Role.RISK_MANAGER),
        price=priced_rate(version, application.grade) if version else None,
        authority=_authority(user, application, evaluation, business_date) if free and waiting is None else None,
        reasons=true_reasons(evaluation, application.currency) if evaluation else None,
        is_open=is_open,
        held_by=holds,
        earlier=as_kept(one for one in rounds if one != returned),
    )


def may_decide_now(user: User, application: Application) -> bool:
    """Whether this person may decide the file now: it is open, nothing waits for others, and they did not work on it."""
    is_open = application.state in DECIDABLE and user.has_role(*DECIDERS)
    return is_open and not _barred(user, application, people_on_file(application)) and open_recommendation(application) is None


def _barred(user: User, application: Application, on_file: dict[int, str]) -> str:
    done = on_file.get(user.pk)
    if done:
        return f"You {done}. Somebody who did not work on the file decides it."
    if application.state == "REFERRED" and not user.has_role(Role.RISK_MANAGER):
        return "The application was referred. A risk manager decides it."
    return ""


def _committee(waiting: Recommendation, application: Application, on_file: dict[int, str], rounds: list[Recommendation]) -> Committee:
    votes = counted_votes(waiting, application, on_file)
    return Committee(votes, authority_in_force().authority.committee, objections_to(waiting, rounds, votes, application, on_file))


def _authority(user: User, application: Application, evaluation: PolicyEvaluation | None, business_date: date) -> NeededAuthority | None:
    if application.borrower is None or application.amount is None:
        return None
    try:
        return authority_for(
            application,
            amount=application.amount,
            approves=True,
            business_date=business_date,
            by=user,
            against=evaluation is not None and evaluation.outcome == "DECLINE",
        )
    except DomainError:
        return None
