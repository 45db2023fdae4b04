"""The registry's paper of a claim of somebody else proves that claim or another's, and never a pledge of the bank."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import AssetDocument, Pledge, Valuation
from collateral.services.asset_documents import UnableToKeepDocument
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledges import perfect_pledge
from collateral.services.records import record_lien
from collateral.web.record_views import LienForm
from core.models import Branch, User
from core.roles import Role
from tests.collateral.conftest import hire
from tests.collateral.papers import file_paper
from tests.collateral.test_claims_ahead import decide, propose
from tests.shared_rows import shared

Kind = AssetDocument.Kind


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@shared
def proposed(accepted: Valuation, pledge: Pledge, today: date) -> Pledge:
    """A pledge behind a claim on file whose paper is the only one about liens."""
    pledge.asset.liens.create(
        holder="Elbe Bank", rank=9, amount=1, registry_reference="R", registered_date=today, recorded_date=today,
        document=pledge.asset.papers.get(kind=Kind.LIEN_REGISTRATION),
    )  # fmt: skip
    return pledge


def claim(pledge: Pledge, actor: User, today: date) -> AssetDocument:
    """Beside the one at rank 9: its paper."""
    proposal = propose(pledge.asset, actor, today, rank=9, place="beside")
    return AssetDocument.objects.get(pk=proposal.content["document"])


@pytest.mark.parametrize("end", ["waits", "taken back", "refused", "confirmed"])
def test_never_perfects_a_pledge(proposed: Pledge, investigator: User, approver: User, branch: Branch, today: date, end: str) -> None:
    step: dict[str, Any] = {"pledge": proposed, "registry_reference": "R-9", "actor": investigator, "business_date": today}
    with pytest.raises(UnableToPerfectPledge, match="registration_missing"):
        perfect_pledge(**step)
    other = hire("olaf_other", Role.OFFICER, branch=branch)
    paper = claim(proposed, other, today)
    if end != "waits":
        decide(proposed.asset, other if end == "taken back" else approver, today, confirm=end == "confirmed")
    # Somebody has decided what it says against the pledge that moved behind it.
    proposed.asset.flags.update(state="CLEARED")
    with pytest.raises(UnableToPerfectPledge, match="registration_missing"):
        perfect_pledge(**step)
    with pytest.raises(UnableToKeepDocument, match="other_paper"):
        perfect_pledge(**step, proof=paper)
    own = file_paper(proposed.asset, Kind.LIEN_REGISTRATION, today)
    assert perfect_pledge(**step).registration == own


def test_proves_the_claim_that_is_proposed_anew_and_one_alone(proposed: Pledge, officer: User, approver: User, today: date) -> None:
    paper, asset = claim(proposed, officer, today), proposed.asset
    at_a_free_rank: dict[str, Any] = {
        "asset": asset, "holder": "Town", "rank": 10, "amount": Decimal(5), "registry_reference": "R-11", "registered_date": today,
        "proof": paper, "actor": officer, "business_date": today,
    }  # fmt: skip
    assert not LienForm(asset=asset).papers
    with pytest.raises(UnableToKeepDocument, match="other_paper"):
        record_lien(**at_a_free_rank)
    decide(asset, officer, today, confirm=False)
    assert list(LienForm(asset=asset).papers) == [str(paper.pk)]
    propose(asset, officer, today, rank=9, place="before", proof=paper)
    lien = decide(asset, approver, today)
    assert lien is not None and lien.document == paper
    with pytest.raises(UnableToKeepDocument, match="other_paper"):
        record_lien(**at_a_free_rank | {"rank": 11})
