"""That a claim of somebody else stands no more: proposed with the paper that shows it and a reason, and true on a second person's word."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import transaction

from collateral.models import Asset, AssetDocument, Lien
from collateral.selectors.interests import interested_in_asset
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.records import RECORDERS, UnableToRecord, end_lien, refuse_end
from core import four_eyes
from core.errors import Conflict, Fault
from core.models import Proposal, User
from core.roles import Role

CONFIRMERS = (Role.INVESTIGATOR, Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.lien_end"


@transaction.atomic
def propose_lien_end(
    *, lien: Lien, ended_date: date, reason: str, proof: Proof | None, actor: User, business_date: date, path: str = ""
) -> Proposal:
    """Ask for a claim of somebody else to count as ended since a day. Until another person confirms it, it takes its rank and its value.

    Raises UnableToRecord: `not_entitled`, `invalid` with faults, among them no reason or paper; what keeping a paper raises; Conflict when
    it was ended before; core's UnableToPropose.
    """
    if not actor.has_role(*RECORDERS):
        raise UnableToRecord("not_entitled")
    held = _lock(lien)
    refuse_end(held, ended_date, business_date)
    faults = []
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say how it ended; the reason goes into the audit trail."))
    if proof is None:
        faults.append(Fault("paper", "required", "Add what shows it: the registry's or the holder's word."))
    if faults:
        raise UnableToRecord("invalid", faults=faults)
    note = f"The claim of {held.holder} has ended"
    paper = proof_of(
        held.asset, AssetDocument.Kind.OTHER, proof, paper_date=ended_date, actor=actor, business_date=business_date, note=note
    )
    assert paper is not None
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"End the claim of {held.holder}, rank {held.rank}, on {held.asset.reference}",
        roles=CONFIRMERS,
        actor=actor,
        content={"ended_date": ended_date.isoformat(), "reason": reason.strip(), "document": str(paper.pk)},
        path=path,
        branch_id=held.asset.branch_id,
    )


@transaction.atomic
def decide_lien_end(*, lien: Lien, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None) -> Lien:
    """End the claim, or refuse to: never by who proposed it or declared an interest in whom the asset secures a file of.

    Raises core's UnableToConfirm; Conflict when it was ended before.
    """
    held = _lock(lien)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return held
    four_eyes.confirm(proposal, actor=actor, barred=interested_in_asset(held.asset), reason=reason.strip())
    Lien.objects.filter(pk=held.pk).update(end_document=proposal.content["document"])
    day = date.fromisoformat(proposal.content["ended_date"])
    return end_lien(lien=held, ended_date=day, actor=actor, business_date=business_date, reason=proposal.content["reason"])


def open_lien_ends(liens: Iterable[Lien]) -> dict[str, Proposal]:
    """What is proposed about these claims, by the key of the claim: one query."""
    return four_eyes.open_proposals(kind=KIND, targets=liens)


def _lock(lien: Lien) -> Lien:
    """The asset first, as everybody does."""
    Asset.objects.select_for_update(of=("self",)).get(pk=lien.asset_id)
    held = Lien.objects.select_for_update(of=("self",)).select_related("asset").get(pk=lien.pk)
    if held.ended_date is not None:
        raise Conflict("already_advanced", state="ended")
    return held
