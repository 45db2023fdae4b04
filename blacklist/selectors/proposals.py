"""What waits, or waited, for a second person about an entry."""

from __future__ import annotations

from django.db.models import Model

from core.models import Proposal

ENTRY_PROPOSAL = "blacklist.entry"
LIFT_PROPOSAL = "blacklist.lift"


def latest_proposal(*, kind: str, target: Model) -> Proposal | None:
    """The newest proposal of this kind, open or decided: confirming a decided one tells who was first."""
    return (
        Proposal.objects.filter(kind=kind, target_type=target._meta.label_lower, target_id=str(target.pk))
        .select_related("proposed_by", "decided_by")
        .order_by("-id")
        .first()
    )
