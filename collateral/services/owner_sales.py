"""What its owner sold an asset for that nothing is registered on: proposed with who buys and the paper of the sale, and true on a second
person's word. A sale that was recorded wrongly is taken back the same way, and the asset is on file again.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from collateral.models import Asset, Realisation
from collateral.selectors.ended_pledges import SOLD, EndedPledge
from collateral.selectors.flags import people_on_asset
from collateral.selectors.sale_values import sale_value_of
from collateral.services.assets_restored import restore_asset
from collateral.services.realisations import check_sale, record_realisation, refuse_pledged
from collateral.services.sale_buyers import concerns_of, opened, sealed
from collateral.services.sale_costs import Papers, faults_of, keep_papers, papers_in
from core import audit, four_eyes
from core.crypto import mask
from core.errors import DomainError, Fault
from core.models import Proposal, User
from core.money import grouped, to_text
from core.roles import Role

PROPOSERS = (Role.COLLECTIONS, Role.RISK_MANAGER)
CONFIRMERS = (Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.owner_sale"
UNDO = "collateral.owner_sale_undone"


class UnableToSell(DomainError):
    """The sale is neither recorded nor taken back."""

    title = "Nothing was recorded"
    messages = {
        "not_entitled": "Only collections and risk managers propose what an asset was sold for.",
        "gone": "{asset} is {state}; it is not sold any more.",
        "not_sold": "No sale by its owner is on file. What was sold by enforcement stands in the books.",
    }


@transaction.atomic
def propose_sale(
    *,
    asset: Asset,
    sold_date: date,
    price: Decimal,
    costs: Decimal,
    buyer: str,
    reason: str,
    papers: Papers,
    actor: User,
    business_date: date,
    number: str = "",
    remark: str = "",
    path: str = "",
) -> Proposal:
    """Ask for a sale by the owner to be recorded. A `remark` says why all the same where the price less costs is below what was lent on the
    value, or something speaks against the buyer.

    Raises UnableToSell: `not_entitled`, `gone`, `invalid` with faults; UnableToRecordRealisation, what keeping a paper raises, core's
    UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToSell("not_entitled")
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    if held.state != Asset.State.REGISTERED:
        raise UnableToSell("gone", asset=held.reference, state=held.get_state_display().lower())
    check_sale(held, sold_date, price, costs, business_date)
    refuse_pledged(held)
    buyer, number = buyer.strip()[:120], number.strip()
    # Costs are the owner's here: the bank pays none and needs no invoice.
    faults = faults_of(Decimal(0), "", papers)
    if not buyer:
        faults.append(Fault("buyer", "required", "Name who bought it."))
    elif (doubts := doubts_about(held, price - costs, buyer, number, business_date)) and not remark.strip():
        faults.append(Fault("remark", "required", f"{' '.join(doubts)} Say why it is so all the same."))
    if faults:
        raise UnableToSell("invalid", faults=faults)
    figures = {"price": to_text(price, held.currency), "costs": to_text(costs, held.currency)}
    content = {"sold_date": sold_date.isoformat(), **figures, "reason": reason.strip()}
    content |= {"buyer": buyer, "number": sealed(number), "remark": remark.strip()}
    content |= keep_papers(held, Papers(papers.paper), sold_date=sold_date, actor=actor, business_date=business_date)
    title = f"Record that {held.reference} was sold for {grouped(price, held.currency)} {held.currency} to {buyer}"
    return four_eyes.propose(
        kind=KIND, target=held, title=title, roles=CONFIRMERS, actor=actor, content=content, path=path, branch_id=held.branch_id
    )


def doubts_about(asset: Asset, net: Decimal, buyer: str, number: str, business_date: date) -> list[str]:
    """What a remark has to answer, in words."""
    doubts = concerns_of(asset, buyer, number, business_date=business_date)
    value = sale_value_of(asset, business_date=business_date)
    if value.valuation is not None and net < value.in_full:
        doubts.append("The price less costs is below what was lent on its last value where all of it counts.")
    return doubts


@transaction.atomic
def decide_sale(
    *, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> Realisation | None:
    """Record a proposed sale or refuse it: never by who registered, appraised or inspected the asset.

    Raises UnableToRecordRealisation `still_pledged`; UnableToWithdrawPledge `counted_on`; core's UnableToConfirm; Conflict when it is not
    there to be sold.
    """
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return None
    four_eyes.confirm(proposal, actor=actor, barred=people_on_asset(held), reason=reason.strip())
    content = proposal.content
    number = opened(content["number"])
    return record_realisation(
        asset=held,
        sold_date=date.fromisoformat(content["sold_date"]),
        price=Decimal(content["price"]),
        costs=Decimal(content["costs"]),
        buyer=content["buyer"],
        buyer_number=mask(number) if number else "",
        papers=papers_in(content),
        actor=proposal.proposed_by,
        business_date=business_date,
    )


@transaction.atomic
def propose_undo(*, asset: Asset, reason: str, actor: User, path: str = "") -> Proposal:
    """Ask for a sale by the owner that was recorded wrongly to be taken back. Raises UnableToSell: `not_entitled`, `not_sold`, `invalid`
    without a reason; core's UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToSell("not_entitled")
    sale = _sale_of(asset)
    if not reason.strip():
        raise UnableToSell("invalid", faults=[Fault("reason", "required", "Say what is wrong with it, and what shows that.")])
    title = f"Take back that {asset.reference} was sold for {grouped(sale.price, asset.currency)} {asset.currency}"
    content = {"sale": sale.pk, "price": to_text(sale.price, asset.currency), "reason": reason.strip()}
    return four_eyes.propose(
        kind=UNDO, target=asset, title=title, roles=CONFIRMERS, actor=actor, content=content, path=path, branch_id=asset.branch_id
    )


@transaction.atomic
def decide_undo(
    *, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> list[EndedPledge]:
    """Take the sale back, which the audit trail keeps whole, and have the asset on file again with the red flags that nobody had decided
    and the pledges that the sale ended, as far as nothing stands against it; or refuse to. Returns the pledges that it ended, with why
    where one does not come back.

    Raises UnableToSell `not_sold`; core's UnableToConfirm; Conflict when the asset is not sold any more.
    """
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=UNDO, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return []
    sale = _sale_of(held)
    if sale.pk != proposal.content["sale"]:
        raise UnableToSell("not_sold")
    four_eyes.confirm(proposal, actor=actor, barred=people_on_asset(held), reason=reason.strip())
    step: dict[str, Any] = {"reason": proposal.content["reason"], "actor": actor, "business_date": business_date}
    restored = restore_asset(held, gone_date=sale.recorded_date, gone=SOLD, **step)
    audit.record(
        "asset.sale_undone",
        actor=actor,
        target=held,
        label=held.reference,
        business_date=business_date,
        reason=proposal.content["reason"],
        sold_date=sale.sold_date,
        price=to_text(sale.price, asset.currency),
        costs=to_text(sale.costs, asset.currency),
        buyer=sale.buyer,
        paper=str(sale.paper_id or ""),
        recorded_by=sale.recorded_by.username if sale.recorded_by else "",
        recorded_date=sale.recorded_date,
        **restored.as_details(),
    )
    sale.delete()
    return restored.pledges


def _sale_of(asset: Asset) -> Realisation:
    sale: Realisation | None = Realisation.objects.filter(asset=asset, enforced=False).select_related("recorded_by").first()
    if sale is None:
        raise UnableToSell("not_sold")
    return sale
