"""Taking back a total loss that was recorded by mistake: proposed with what shows that the asset is there, and true on a second person's
word. What the record ended comes back with the asset; the audit trail keeps both.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from collateral.domain.red_flags import DESTROYED
from collateral.models import Asset, AssetDocument, Realisation
from collateral.selectors.ended_pledges import LOST, EndedPledge
from collateral.selectors.flags import people_on_asset
from collateral.selectors.losses import CameIn, RecordedLoss, came_in_since, recorded_loss, sold_since
from collateral.services import enforcement
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.assets_restored import restore_asset
from collateral.services.flags import end_flags
from collateral.services.insurance_payments import KIND as INSURANCE
from collateral.services.insurance_payments import UNDO
from collateral.services.total_loss import CONFIRMERS, PROPOSERS
from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.models import Proposal, User

KIND = UNDO


class UnableToTakeLossBack(DomainError):
    """The loss stays on record."""

    title = "The loss was not taken back"
    messages = {
        "not_entitled": "Only officers, investigators and collections officers propose to take a loss back.",
        "not_lost": "{asset} is not on record as lost.",
        "insured": "{insurer} has paid for the loss: payment {payment}. Have the payment reversed and the money given back first; then take the "
        "loss back.",
        "insurer_paid": "An insurer has paid for the loss. Have their payment reversed and the money given back first; then take the loss back.",
        "came_in": "Payment {payment} came in since it was proposed, and nobody has said whether an insurer paid it. Refuse the proposal; it is "
        "proposed anew with that.",
        "given_out": "What {insurer} paid for the loss was booked on {day} and has been given out. The record of the loss stays; register the asset "
        "anew.",
        "insuring": "It is proposed to book what the insurer paid. Refuse that, or have it taken back, first.",
        "enforcing": "An enforced sale of {asset} is proposed. Refuse that, or have it taken back, first.",
        "enforced": "{asset} was sold by enforcement since, for a loan that this asset secures too, and its price is in the books. The record of "
        "the loss stays; register the asset anew.",
    }


@transaction.atomic
def propose_undo(
    *, asset: Asset, reason: str, proof: Proof | None, actor: User, business_date: date, insurer_paid: bool | None = None, path: str = ""
) -> Proposal:
    """Ask for a loss that was recorded by mistake to be taken back, with what shows that the asset is there. `insurer_paid`: whether any of
    what came in since is an insurer's money; needed where something did.

    Raises UnableToTakeLossBack: `not_entitled`, `not_lost`, `insured`, `insurer_paid`, `insuring`, `given_out`, `enforcing`, `enforced`,
    `invalid` with faults; what keeping a paper raises; core's UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToTakeLossBack("not_entitled")
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    loss = _loss_of(held)
    came_in = came_in_since(loss)
    _refuse_followed(loss, came_in)
    if insurer_paid:
        raise UnableToTakeLossBack("insurer_paid")
    faults = []
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say what was wrong with the record, and how it was found."))
    if proof is None:
        faults.append(Fault("paper", "required", "Add what shows that the asset is there: a photo with its number, a report, a letter."))
    if came_in and insurer_paid is None:
        faults.append(Fault("insurer_paid", "required", "Say whether an insurer paid any of what came in since."))
    if faults:
        raise UnableToTakeLossBack("invalid", faults=faults)
    kind = AssetDocument.Kind.EXISTENCE
    paper = proof_of(held, kind, proof, paper_date=business_date, actor=actor, business_date=business_date)
    content = {
        "lost_date": loss.lost_date.isoformat(),
        "reason": reason.strip(),
        "paper": str(paper.pk) if paper else "",
        "came_in": sorted(str(one.payment.pk) for one in came_in),
    }
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"Take back that {held.reference} was lost on {loss.lost_date:%-d %b %Y}",
        roles=CONFIRMERS,
        actor=actor,
        content=content,
        path=path,
        branch_id=held.branch_id,
    )


@transaction.atomic
def decide_undo(
    *, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> list[EndedPledge]:
    """Have the asset on file again with its values, its red flags that nobody had decided and the pledges that the loss ended, as far as
    nothing stands against it, and measure what it secures; or refuse to. Never by who registered, appraised or inspected it. Returns the
    pledges that the loss ended, with why where one does not come back.

    Raises UnableToTakeLossBack: `not_lost`, `insured`, `came_in`, `insuring`, `given_out`, `enforcing`, `enforced`; core's
    UnableToConfirm; Conflict when the asset is not lost any more.
    """
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return []
    loss = _loss_of(held)
    came_in = came_in_since(loss)
    _refuse_followed(loss, came_in)
    if unasked := [one for one in came_in if str(one.payment.pk) not in proposal.content["came_in"]]:
        raise UnableToTakeLossBack("came_in", payment=unasked[0].payment.reference)
    four_eyes.confirm(proposal, actor=actor, barred=people_on_asset(held), reason=reason.strip())
    step: dict[str, Any] = {"reason": proposal.content["reason"], "actor": actor, "business_date": business_date}
    end_flags(asset=held, code=DESTROYED, **step)
    restored = restore_asset(held, gone_date=loss.recorded_date, gone=LOST, **step)
    audit.record(
        "asset.loss_taken_back",
        actor=actor,
        target=held,
        label=held.reference,
        business_date=business_date,
        reason=proposal.content["reason"],
        lost_date=loss.lost_date,
        recorded_date=loss.recorded_date,
        paper=proposal.content["paper"],
        **restored.as_details(),
    )
    return restored.pledges


def _loss_of(asset: Asset) -> RecordedLoss:
    if (loss := recorded_loss(asset)) is None:
        raise UnableToTakeLossBack("not_lost", asset=asset.reference)
    return loss


def _refuse_followed(loss: RecordedLoss, came_in: list[CameIn]) -> None:
    """Raises UnableToTakeLossBack where money was booked because the asset is no more: no record can be as if it had not been."""
    if four_eyes.open_proposal(kind=INSURANCE, target=loss.asset) is not None:
        raise UnableToTakeLossBack("insuring")
    if (paid := Realisation.objects.filter(asset=loss.asset, of_loss=True).first()) is not None:
        raise UnableToTakeLossBack("given_out", insurer=paid.buyer, day=f"{paid.booked_date:%-d %b %Y}")
    if four_eyes.open_proposal(kind=enforcement.KIND, target=loss.asset) is not None:
        raise UnableToTakeLossBack("enforcing", asset=loss.asset.reference)
    if insured := next((one for one in came_in if one.insurer), None):
        raise UnableToTakeLossBack("insured", insurer=insured.insurer, payment=insured.payment.reference)
    if sold := sold_since(loss):
        raise UnableToTakeLossBack("enforced", asset=sold[0].asset.reference)
