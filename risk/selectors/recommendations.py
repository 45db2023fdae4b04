"""What was put up for a decision and waits for a second person."""

from __future__ import annotations

from core.models import ProposalState
from loans.models import Application
from risk.models import Recommendation


def open_recommendation(application: Application) -> Recommendation | None:
    """What waits for a second person on this application, if anything does."""
    return (
        Recommendation.objects.filter(application=application, proposal__state=ProposalState.OPEN)
        .select_related("made_by", "proposal")
        .order_by("-id")
        .first()
    )
