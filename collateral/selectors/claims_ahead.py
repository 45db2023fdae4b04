"""What was said of claims of others before or beside what has their rank (`services.claims_ahead`)."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet, UUIDField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from collateral.models import Asset
from core.models import Proposal, ProposalState

KIND: Final = "collateral.claim_ahead"


def papers_of_claims(asset: Asset, *, waiting: bool = False) -> QuerySet[Any, Any]:
    """Keys of the registry's papers by which such claims were proposed on an asset, whatever became of them; only of those `waiting` for
    their second person where that is asked.
    """
    said = Proposal.objects.filter(kind=KIND, target_type=asset._meta.label_lower, target_id=str(asset.pk))
    if waiting:
        said = said.filter(state=ProposalState.OPEN)
    return said.annotate(paper=Cast(KT("content__document"), UUIDField())).values("paper")
