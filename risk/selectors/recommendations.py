"""What was put up for a decision: what waits for others, and what came back from them."""

from __future__ import annotations

from collections.abc import Iterable

from core.models import ProposalState
from loans.models import Application
from risk.models import CommitteeVote, Decision, Recommendation
from risk.selectors.terms import deciders_today


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
    """The votes that count today, of members with their roles: who came to work on the file (`on_file`), has left or decides no more has none.
    Two queries.
    """
    votes = CommitteeVote.objects.filter(recommendation=recommendation, member__in=deciders_today(application).values("pk"))
    return list(votes.exclude(member__in=list(on_file)).select_related("member").prefetch_related("member__role_rows"))


def returned_recommendation(application: Application) -> Recommendation | None:
    """The last thing that was put up, where it came to nothing and nothing was put up or decided since."""
    last = Recommendation.objects.filter(application=application).select_related("made_by", "proposal__decided_by").order_by("-id").first()
    if last is None or last.proposal.state not in (ProposalState.REJECTED, ProposalState.VOIDED):
        return None
    decided = Decision.objects.filter(application=application, decided_at__gt=last.made_at).exists()
    return None if decided else last
