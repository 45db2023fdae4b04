"""Taking back an enforced sale whose price never came in: the buyer did not pay, or the contract is void.

Proposed with what shows that, and done on a second person's word; a price that is in the books stays there.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from collateral.models import Asset, AssetDocument, Realisation
from collateral.selectors.ended_pledges import SOLD, EndedPledge
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.assets_restored import restore_asset
from collateral.services.enforcement import CONFIRMERS, PROPOSERS
from collateral.services.proceeds import plan_sale
from collateral.services.sale_booking import proceeds_of
from collateral.services.sale_prices import KIND as PRICE
from collateral.services.sale_prices import UNDO
from core import audit, four_eyes
from core.errors import DomainError, Fault
from core.models import Proposal, User
from core.money import grouped, to_text
from loans.services.changes import people_of_all


class UnableToUndoEnforcement(DomainError):
    """The enforced sale stays."""

    title = "The sale was not taken back"
    messages = {
        "not_entitled": "Only collections officers propose to take an enforced sale back.",
        "not_sold": "No enforced sale of {asset} is on file.",
        "booked": "The price of {asset} was booked on {day} and has been given out{payments}. That stays in the books. Have these payments "
        "reversed on their pages, so that the loans owe them again; pay no rest of the sale out any more; and register the asset anew "
        "for what it is to secure.",
        "other_open": "It is proposed to book its price. Refuse that, or have it withdrawn, first.",
    }


@transaction.atomic
def propose_undo(*, asset: Asset, reason: str, proof: Proof | None, actor: User, business_date: date, path: str = "") -> Proposal:
    """Ask for an enforced sale that came to nothing to be taken back, with what shows it.

    Raises UnableToUndoEnforcement: `not_entitled`, `not_sold`, `booked`, `other_open`, `invalid` with faults; what keeping a paper raises;
    core's UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToUndoEnforcement("not_entitled")
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    sale = _sale_of(held)
    if four_eyes.open_proposal(kind=PRICE, target=held) is not None:
        raise UnableToUndoEnforcement("other_open")
    faults = []
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say why the sale came to nothing."))
    if proof is None:
        faults.append(Fault("paper", "required", "Add what shows it: the reminder with its deadline, the rescission, the court's order."))
    if faults:
        raise UnableToUndoEnforcement("invalid", faults=faults)
    kind = AssetDocument.Kind.SALE_VOID
    paper = proof_of(held, kind, proof, paper_date=business_date, actor=actor, business_date=business_date)
    return four_eyes.propose(
        kind=UNDO,
        target=held,
        title=f"Take back that {held.reference} was sold for {grouped(sale.price, held.currency)} {held.currency} to {sale.buyer}",
        roles=CONFIRMERS,
        actor=actor,
        content={
            "sale": sale.pk,
            "price": to_text(sale.price, held.currency),
            "reason": reason.strip(),
            "paper": str(paper.pk) if paper else "",
        },
        path=path,
        branch_id=held.branch_id,
    )


@transaction.atomic
def decide_undo(
    *, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> list[EndedPledge]:
    """Have the asset on file again with its liens, what the sale ended as far as nothing stands against it, and measure what it secures; or
    refuse to. Lines that the sale suspended wait for two people to open them. Never by who originated or approved one of the loans.
    Returns the pledges that the sale ended, with why where one does not come back.

    Raises UnableToUndoEnforcement `not_sold`, `booked`; core's UnableToConfirm; Conflict when the asset is not sold any more.
    """
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=UNDO, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return []
    sale = _sale_of(held)
    plan = plan_sale(held, sale.net, business_date)
    barred = people_of_all(part.loan for part in plan.parts)
    four_eyes.confirm(proposal, actor=actor, barred=barred, reason=reason.strip())
    why = proposal.content["reason"]
    restored = restore_asset(held, gone_date=sale.recorded_date, gone=SOLD, reason=why, actor=actor, business_date=business_date)
    audit.record(
        "asset.enforcement_undone",
        actor=actor,
        target=held,
        label=held.reference,
        business_date=business_date,
        reason=why,
        paper=proposal.content["paper"],
        sold_date=sale.sold_date,
        price=to_text(sale.price, held.currency),
        costs=to_text(sale.costs, held.currency),
        buyer=sale.buyer,
        contract=str(sale.paper_id or ""),
        due_date=sale.due_date,
        recorded_by=sale.recorded_by.username if sale.recorded_by else "",
        recorded_date=sale.recorded_date,
        **restored.as_details(),
    )
    sale.delete()
    return restored.pledges


def _sale_of(asset: Asset) -> Realisation:
    """The enforced sale of an asset, as long as its price is in no book."""
    sale = Realisation.objects.filter(asset=asset, enforced=True, of_loss=False).select_related("recorded_by").first()
    if sale is None:
        raise UnableToUndoEnforcement("not_sold", asset=asset.reference)
    if sale.booked_date is not None:
        paid = ", ".join(one.payment.reference for one in proceeds_of(asset))
        raise UnableToUndoEnforcement(
            "booked", asset=asset.reference, day=f"{sale.booked_date:%-d %b %Y}", payments=f": {paid}" if paid else ""
        )
    return sale
