"""What was put up for a decision: what waits for others, and what came back from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q, Subquery

from core.models import ProposalState
from loans.models import Application
from risk.domain.states import APPROVALS
from risk.models import CommitteeVote, Decision, Recommendation
from risk.selectors.terms import deciders_today

GIVEN_BACK = ("RETURNED", "REFERRED")


def open_recommendation(application: Application) -> Recommendation | None:
    """What waits for a second person on this application, if anything does."""
    return (
        Recommendation.objects.filter(application=application, proposal__state=ProposalState.OPEN)
        .select_related("made_by", "proposal")
        .order_by("-id")
        .first()
    )


def people_deciding(application: Application) -> frozenset[int]:
    """Ids of who put up what waits on this application, and of who voted on it: they clear nothing that holds the file. Two queries."""
    waiting = open_recommendation(application)
    if waiting is None:
        return frozenset()
    return frozenset({waiting.made_by_id, *waiting.votes.values_list("member_id", flat=True)})


def counted_votes(recommendation: Recommendation, application: Application, on_file: Iterable[int]) -> list[CommitteeVote]:
    """The votes that count today, of members with their roles: who came to work on the file (`on_file`), has left or decides no more has
    none. Two queries.
    """
    votes = CommitteeVote.objects.filter(recommendation=recommendation, member__in=deciders_today(application).values("pk"))
    return list(votes.exclude(member__in=list(on_file)).select_related("member").prefetch_related("member__role_rows"))


def earlier_rounds(application: Application) -> list[Recommendation]:
    """What was put up since the last decision that ended the file and came to nothing, oldest first, each with its proposal and its votes.
    Two queries. A return or a referral ends nothing: who was against what was put up before it is so still.
    """
    last = Decision.objects.filter(application=application).exclude(outcome__in=GIVEN_BACK).order_by("-id").values("decided_at")[:1]
    came_to_nothing = [ProposalState.REJECTED, ProposalState.VOIDED]
    rounds = Recommendation.objects.filter(application=application, proposal__state__in=came_to_nothing).annotate(decided=Subquery(last))
    return list(
        rounds.filter(Q(decided__isnull=True) | Q(made_at__gt=F("decided")))
        .select_related("made_by", "proposal__decided_by")
        .prefetch_related("votes")
        .order_by("id")
    )


def objections_to(
    recommendation: Recommendation,
    rounds: Iterable[Recommendation],
    votes: Iterable[CommitteeVote],
    application: Application,
    on_file: Iterable[int],
) -> list[CommitteeVote]:
    """Who voted last against granting it in an earlier round and has not voted in this one, of members whose vote counts today. One query.

    They stay against until they vote again: what was refused is not put up again for others to say yes.
    """
    if recommendation.content["outcome"] not in APPROVALS:
        return []
    last = {vote.member_id: vote for one in rounds if one.content["outcome"] in APPROVALS for vote in one.votes.all()}
    silent = {*on_file, *(vote.member_id for vote in votes)}
    against = {member: vote for member, vote in last.items() if not vote.in_favour and member not in silent}
    today = set(deciders_today(application).filter(pk__in=against).values_list("pk", flat=True)) if against else set()
    return [vote for member, vote in against.items() if member in today]


def how_it_ended(one: Recommendation) -> str:
    """What became of something that was put up and came to nothing."""
    if one.proposal.state == ProposalState.VOIDED:
        return "Ended because the file changed"
    if one.proposal.decided_by_id == one.made_by_id:
        return "Taken back"
    return "Refused by the credit committee" if one.by_committee else "Refused by the second person"


def kept_vote(vote: CommitteeVote, *, by_manager: bool, carried: bool = False) -> dict[str, Any]:
    """A vote as it is kept with a decision. `carried` is one of an earlier round that stands, whose member may still come round."""
    kept = {
        "name": vote.member_name,
        "by_manager": by_manager,
        "in_favour": vote.in_favour,
        "reason": vote.reason,
        "at": vote.voted_at.isoformat(),
    }
    return kept | ({"carried": True, "member": vote.member_id} if carried else {})


def as_kept(rounds: Iterable[Recommendation]) -> list[dict[str, Any]]:
    """Earlier rounds as they are shown, and kept with the decision that follows them."""
    return [
        {
            "put_up_by": one.made_by.full_name,
            "at": one.made_at.isoformat(),
            "outcome": one.content["outcome"],
            "amount": one.content.get("amount"),
            "ended": how_it_ended(one),
            "by": one.proposal.decided_by.full_name if one.proposal.decided_by else "",
            "reason": one.proposal.reason,
            "votes": [kept_vote(vote, by_manager=vote.by_manager) for vote in one.votes.all()],
        }
        for one in rounds
    ]
