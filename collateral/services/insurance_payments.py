"""What an insurer paid for an asset that is no more: proposed with what shows that it came in, and booked on a second person's word.

It falls like the price of a sale, by rank to the bank's liens and to others, worth from the day on which it came in; the liens end, and
what nobody claims is the owner's. A ground as for a sale it needs none: what secured the loans is gone.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from collateral.models import Asset, AssetDocument, Realisation
from collateral.selectors.losses import RecordedLoss, recorded_loss
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.enforcement import hold_and_plan, plan_proceeds, refuse_waiting_claim, stop_lines
from collateral.services.sale_booking import book_sale
from collateral.services.sale_buyers import is_interested
from collateral.services.sale_costs import faults_of_receipt
from core import four_eyes
from core.errors import DomainError, Fault
from core.models import Proposal, User
from core.money import MoneyError, check_amount, grouped
from core.roles import Role
from loans.services.changes import people_of_all

PROPOSERS = (Role.COLLECTIONS,)
CONFIRMERS = (Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.insurance_payment"
UNDO = "collateral.loss_undone"


class UnableToBookInsurance(DomainError):
    """The insurer's money is not booked."""

    title = "The insurer's money was not booked"
    messages = {
        "not_entitled": "Only collections officers propose to book what an insurer paid.",
        "not_lost": "{asset} is not on record as lost.",
        "paid": "What {insurer} paid was booked on {day}. Book what comes in after that as a payment of the loan.",
        "other_open": "It is proposed to take the loss back. Refuse that, or have it withdrawn, first.",
        "own_interest": "You declared an interest in the insurer. Somebody else has to see to it.",
    }


@transaction.atomic
def propose_insurance(
    *,
    asset: Asset,
    insurer: str,
    amount: Decimal,
    received_date: date | None,
    receipt: Proof | None,
    reason: str,
    actor: User,
    business_date: date,
    path: str = "",
) -> Proposal:
    """Ask for what an insurer paid for a total loss, in the asset's currency, to be booked as of the day on which it came in.

    Raises UnableToBookInsurance: `not_entitled`, `not_lost`, `paid`, `other_open`, `own_interest`, `invalid` with faults; UnableToEnforce
    `claim_waits`, `nothing_pledged`; what keeping a paper raises; core's UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToBookInsurance("not_entitled")
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    loss = _loss_of(held)
    if four_eyes.open_proposal(kind=UNDO, target=held) is not None:
        raise UnableToBookInsurance("other_open")
    refuse_waiting_claim(held)
    insurer = insurer.strip()[:120]
    faults = faults_of_receipt(received_date, receipt, since=loss.lost_date, business_date=business_date)
    if not insurer:
        faults.append(Fault("insurer", "required", "Name the insurer."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say what it was paid for: the policy, and what was taken off."))
    try:
        check_amount(amount, held.currency)
    except MoneyError as error:
        faults.append(Fault("amount", "bad_amount", str(error)))
    if faults:
        raise UnableToBookInsurance("invalid", faults=faults)
    if is_interested(actor, insurer, ""):
        raise UnableToBookInsurance("own_interest")
    plan_proceeds(asset=held, price=amount, costs=Decimal(0), received_date=received_date, business_date=business_date)
    assert received_date is not None
    kind = AssetDocument.Kind.PRICE_RECEIPT
    paper = proof_of(held, kind, receipt, paper_date=received_date, actor=actor, business_date=business_date)
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"Book {grouped(amount, held.currency)} {held.currency} that {insurer} paid for the loss of {held.reference}",
        roles=CONFIRMERS,
        actor=actor,
        content={
            "insurer": insurer,
            "amount": str(amount),
            "received_date": received_date.isoformat(),
            "receipt": str(paper.pk) if paper else "",
            "reason": reason.strip(),
        },
        path=path,
        branch_id=held.branch_id,
    )


@transaction.atomic
def decide_insurance(
    *, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> Realisation | None:
    """Book what the insurer paid and give it out by rank, or refuse to: never by who originated or approved one of the loans, nor by who
    declared an interest in the insurer. The liens end, and nothing more is drawn or paid out of what they secured.

    Raises UnableToBookInsurance `not_lost`, `paid`, `own_interest`; UnableToEnforce `claim_waits`, `nothing_pledged`; core's
    UnableToConfirm.
    """
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return None
    loss, said = _loss_of(held), proposal.content
    amount, received_date = Decimal(said["amount"]), date.fromisoformat(said["received_date"])
    plan = hold_and_plan(asset=held, price=amount, costs=Decimal(0), received_date=received_date, business_date=business_date)
    four_eyes.confirm(proposal, actor=actor, barred=people_of_all(part.loan for part in plan.parts), reason=reason.strip())
    if is_interested(actor, said["insurer"], ""):
        raise UnableToBookInsurance("own_interest")
    paid = Realisation.objects.create(
        asset=held,
        of_loss=True,
        enforced=True,
        sold_date=loss.lost_date,
        price=amount,
        buyer=said["insurer"],
        receipt_id=UUID(said["receipt"]),
        received_date=received_date,
        booked_date=business_date,
        recorded_by=proposal.proposed_by,
        recorded_date=business_date,
    )
    book_sale(paid, plan, actor=actor, business_date=business_date)
    stop_lines(plan, f"{held.reference} is no more", actor=actor, business_date=business_date)
    return paid


def _loss_of(asset: Asset) -> RecordedLoss:
    """The loss that an insurer may pay for. Raises UnableToBookInsurance `not_lost`, `paid`."""
    if (loss := recorded_loss(asset)) is None:
        raise UnableToBookInsurance("not_lost", asset=asset.reference)
    if (paid := Realisation.objects.filter(asset=asset).first()) is not None:
        raise UnableToBookInsurance("paid", insurer=paid.buyer, day=f"{paid.booked_date:%-d %b %Y}")
    return loss
