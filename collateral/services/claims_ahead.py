"""A claim of somebody else that the registry shows before or beside what stands at its rank: proposed with the registry's paper, and true
on a second person's word. What stands there, the bank's own perfected pledge too, moves down, and covers are measured anew.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models, transaction

from collateral.domain.red_flags import Finding
from collateral.models import Asset, AssetDocument, Lien, Pledge, RedFlag
from collateral.selectors.claims_ahead import KIND
from collateral.selectors.interests import interested_in_asset
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.flags import raise_findings, settle_flags
from collateral.services.ranks import make_room
from collateral.services.records import RECORDERS, UnableToRecord, faults_of_claim, keep_lien
from core import four_eyes
from core.errors import Fault
from core.models import Proposal, User
from core.money import grouped
from core.roles import Role

CONFIRMERS = (Role.INVESTIGATOR, Role.RISK_MANAGER, Role.APPROVER)


class Place(models.TextChoices):
    """Where a claim stands to what has its rank already."""

    BEFORE = "before", "Before what has this rank: that moves down"
    BESIDE = "beside", "Beside what has this rank: a sale is shared in proportion"


@transaction.atomic
def propose_claim(
    *,
    asset: Asset,
    place: str,
    holder: str,
    rank: int,
    amount: Decimal,
    registry_reference: str,
    registered_date: date,
    proof: Proof | None,
    actor: User,
    business_date: date,
    path: str = "",
) -> Proposal:
    """Ask for a claim of somebody else to be put on file before or beside what stands at its rank. Where that, or what is behind it, is the
    bank's own, `lien_undeclared` is raised at once: money that has not left waits for the second person's word.

    Raises UnableToRecord: `not_entitled`, `invalid` with faults, among them a rank at which nothing stands; what keeping a paper raises;
    core's UnableToPropose.
    """
    if not actor.has_role(*RECORDERS):
        raise UnableToRecord("not_entitled")
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    claim: dict[str, Any] = {
        "holder": holder,
        "amount": amount,
        "registry_reference": registry_reference,
        "registered_date": registered_date,
    }
    faults = faults_of_claim(**claim, currency=held.currency, actor=actor, business_date=business_date, proof=proof)
    if place not in Place.values:
        faults.append(Fault("place", "unknown", "Say whether it stands before or beside what has its rank."))
    if not (there := _standing_at(held, rank)):
        faults.append(Fault("rank", "free", f"Nothing stands at rank {rank}. Put the claim on file there as it is."))
    if faults:
        raise UnableToRecord("invalid", faults=faults)
    kind = AssetDocument.Kind.LIEN_REGISTRATION
    paper = proof_of(held, kind, proof, paper_date=registered_date, actor=actor, business_date=business_date, of_others=True)
    assert paper is not None
    if held.pledges.exclude(state__in=Pledge.GIVEN_BACK).filter(rank__gte=rank).exists():
        found = Finding("lien_undeclared", f"A claim of {holder.strip()} is said to stand {place} ours; a second person looks at it.")
        raise_findings(asset=held, findings=[found], business_date=business_date)
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"Put a claim of {holder.strip()} for {grouped(amount, held.currency)} {held.currency} {place} rank {rank} on {held.reference}",
        roles=CONFIRMERS,
        actor=actor,
        content={
            "place": place,
            "rank": rank,
            "there": there,
            "holder": holder.strip(),
            "amount": str(amount),
            "registry_reference": registry_reference.strip(),
            "registered_date": registered_date.isoformat(),
            "document": str(paper.pk),
        },
        path=path,
        branch_id=held.branch_id,
    )


@transaction.atomic
def decide_claim(*, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None) -> Lien | None:
    """Put the claim on file where it was proposed, or refuse to: never by who proposed it or declared an interest in whom the asset secures
    a file of. Loans that the asset secures are measured anew, and what was held for this word alone goes on. Who proposed it may take it
    back; then the red flag stays for who decides red flags.

    Raises core's UnableToConfirm, `changed` where something else stands at its rank by now.
    """
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        if actor.pk == proposal.proposed_by_id:
            _taken_back(held, proposal.content["holder"], business_date)
        else:
            _looked_at(held, actor, business_date)
        return None
    said = proposal.content
    present = {**said, "there": _standing_at(held, said["rank"])}
    four_eyes.confirm(proposal, actor=actor, content=present, barred=interested_in_asset(held), reason=reason.strip())
    if said["place"] == Place.BEFORE:
        make_room(held, said["rank"])
    lien = keep_lien(
        asset=held,
        holder=said["holder"],
        rank=said["rank"],
        amount=Decimal(said["amount"]),
        registry_reference=said["registry_reference"],
        registered_date=date.fromisoformat(said["registered_date"]),
        document=AssetDocument.objects.get(pk=said["document"]),
        recorded_by=proposal.proposed_by,
        confirmed_by=actor,
        business_date=business_date,
    )
    _looked_at(held, actor, business_date)
    return lien


def _open_flag(asset: Asset) -> RedFlag | None:
    return asset.flags.filter(code="lien_undeclared", valuation=None, state=RedFlag.State.OPEN).first()


def _taken_back(asset: Asset, holder: str, business_date: date) -> None:
    """Let the red flag that only said that somebody has to look say that nobody has: a claim that was heard of is not gone by the word of
    who told of it."""
    waits = _open_flag(asset)
    if waits is None or "declared" in waits.evidence:
        return
    before = [waits.evidence["taken_back"]] if "taken_back" in waits.evidence else []
    holders = "; ".join(dict.fromkeys([*before, holder]))
    text = (
        "A claim said to stand before or beside ours was taken back before a second person had looked. Say whether the registry shows it."
    )
    raise_findings(asset=asset, findings=[Finding("lien_undeclared", text, {"taken_back": holders})], business_date=business_date)


def _looked_at(asset: Asset, actor: User, business_date: date) -> None:
    """End the red flag that only said that somebody has to look; one with figures, or about one taken back, is of more than this claim."""
    waits = _open_flag(asset)
    if waits is not None and not waits.evidence:
        reason = "A second person has looked at the claim."
        settle_flags(asset=asset, code="lien_undeclared", reason=reason, actor=actor, business_date=business_date)


def _standing_at(asset: Asset, rank: int) -> list[str]:
    """What stands in the registry at a rank: keys of the bank's own pledges and of claims of others."""
    own = asset.pledges.filter(rank=rank, state__in=Pledge.STANDING).values_list("pk", flat=True)
    others = asset.liens.filter(rank=rank, ended_date=None).values_list("pk", flat=True)
    return sorted(str(key) for key in (*own, *others))
