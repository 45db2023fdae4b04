"""That an asset is no more: burnt, wrecked, lost. Proposed with the paper that shows it, and true on a second person's word.

Its liens stand on, for what the insurer pays (`insurance_payments`). A red flag tells of it, and so holds money that has not left on it.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from collateral.domain.red_flags import DESTROYED, Finding
from collateral.models import Asset, AssetDocument, Pledge
from collateral.selectors.ended_pledges import LOST
from collateral.selectors.flags import people_on_asset
from collateral.services import enforcement, owner_sales
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.flags import raise_findings
from collateral.services.margin_calls import review_covers
from collateral.services.pledges import withdraw_waiting
from core import audit, four_eyes
from core.errors import Conflict, DomainError, Fault
from core.models import Proposal, User
from core.roles import Role

PROPOSERS = (Role.OFFICER, Role.INVESTIGATOR, Role.COLLECTIONS)
CONFIRMERS = (Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.total_loss"


class UnableToRecordLoss(DomainError):
    """The loss is not recorded."""

    title = "The loss was not recorded"
    messages = {
        "not_entitled": "Only officers, investigators and collections officers propose to record a total loss.",
        "gone": "{asset} is {state}; nothing more can be lost of it.",
        "no_paper": "It was proposed without the paper that shows the loss. Refuse the proposal; it is proposed anew with that.",
    }


@transaction.atomic
def propose_total_loss(
    *, asset: Asset, lost_date: date, reason: str, proof: Proof | None, actor: User, business_date: date, path: str = ""
) -> Proposal:
    """Ask for an asset to count as destroyed since a day, with the paper that shows it. Raises UnableToRecordLoss: `not_entitled`, `gone`,
    `invalid` with faults; what keeping a paper raises; core's UnableToPropose."""
    if not actor.has_role(*PROPOSERS):
        raise UnableToRecordLoss("not_entitled")
    held = _registered(asset)
    faults = []
    if not held.registered_date <= lost_date <= business_date:
        faults.append(Fault("lost_date", "out_of_bounds", "The day lies between the registration of the asset and today."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say what happened."))
    if proof is None:
        faults.append(Fault("paper", "required", "Add what shows it: the report of the police, the fire brigade or the insurer."))
    if faults:
        raise UnableToRecordLoss("invalid", faults=faults)
    kind = AssetDocument.Kind.LOSS_REPORT
    paper = proof_of(held, kind, proof, paper_date=business_date, actor=actor, business_date=business_date)
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"Record that {held.reference} was lost on {lost_date:%-d %b %Y}",
        roles=CONFIRMERS,
        actor=actor,
        content={"lost_date": lost_date.isoformat(), "reason": reason.strip(), "paper": str(paper.pk) if paper else ""},
        path=path,
        branch_id=held.branch_id,
    )


@transaction.atomic
def decide_total_loss(*, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None) -> Asset:
    """Record the loss, or refuse to: never by who registered, appraised or inspected the asset. It covers nothing from then on, and nobody
    is asked any more to confirm its sale.

    Raises UnableToRecordLoss `gone`, `no_paper`; core's UnableToConfirm; Conflict when it changed meanwhile.
    """
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return held
    _registered(held)
    if not proposal.content.get("paper"):
        raise UnableToRecordLoss("no_paper")
    four_eyes.confirm(proposal, actor=actor, barred=people_on_asset(held), reason=reason.strip())
    if not Asset.objects.filter(pk=held.pk, state=Asset.State.REGISTERED).update(state=Asset.State.DESTROYED):
        raise Conflict("already_advanced", state=Asset.objects.get(pk=held.pk).get_state_display().lower())
    held.refresh_from_db(fields=["state"])
    audit.record("asset.destroyed", actor=actor, target=held, label=held.reference, business_date=business_date, **proposal.content)
    for sale in (enforcement.KIND, owner_sales.KIND):
        four_eyes.void(kind=sale, target=held, reason=f"{held.reference} is no more")
    withdraw_waiting(held.pledges.all(), reason=LOST, business_date=business_date)
    lost = Finding(DESTROYED, "The asset is no more.", {"lost": proposal.content["lost_date"]})
    raise_findings(asset=held, findings=[lost], business_date=business_date)
    for application in held.pledges.filter(state__in=Pledge.STANDING).order_by("application").values_list("application", flat=True):
        review_covers(application, business_date=business_date)
    return held


def _registered(asset: Asset) -> Asset:
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    if held.state != Asset.State.REGISTERED:
        raise UnableToRecordLoss("gone", asset=held.reference, state=held.get_state_display().lower())
    return held
