"""The price of an asset that the bank sold before the buyer paid: booked once it has come in, on two people's word, and told of when the
day has passed.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import connection, transaction

from collateral.events import SalePriceOverdue
from collateral.models import Asset, AssetDocument, Realisation
from collateral.services import enforcement
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.enforcement import CONFIRMERS, PROPOSERS, UnableToEnforce, hold_and_plan, refuse_waiting_claim
from collateral.services.sale_booking import book_sale
from collateral.services.sale_buyers import is_interested, opened, stopped_party
from collateral.services.sale_costs import faults_of_receipt
from core import four_eyes
from core.errors import DomainError, Fault
from core.events import publish_all
from core.models import Proposal, ProposalState, User
from core.money import grouped, to_text
from loans.services.changes import people_of_all

KIND = "collateral.sale_price"
UNDO = "collateral.enforcement_undone"
# What has not come in is told of again after so many days, once its alert was closed.
TOLD_AGAIN_DAYS = 7
UNPAID = """
UPDATE collateral_realisation SET told_date = %(day)s
WHERE booked_date IS NULL AND due_date < %(day)s AND (told_date IS NULL OR told_date <= %(again)s)
RETURNING asset_id
"""


class UnableToBookPrice(DomainError):
    """The price is not booked."""

    title = "The price was not booked"
    messages = {
        "not_entitled": "Only collections officers propose to book the price of a sale.",
        "not_awaited": "No price of a sale of {asset} is awaited.",
        "no_receipt": "It was proposed without what shows that the price came in. Refuse the proposal; it is proposed anew with that.",
        "other_open": "It is proposed to take the sale back. Refuse that, or have it withdrawn, first.",
    }


@transaction.atomic
def propose_price(
    *, asset: Asset, received_date: date | None, receipt: Proof | None, reason: str, actor: User, business_date: date, path: str = ""
) -> Proposal:
    """Ask for the price of a sale to be booked because all of it came in on a day, with what shows that. Raises UnableToBookPrice:
    `not_entitled`, `not_awaited`, `other_open`, `invalid` with faults; UnableToEnforce `claim_waits`; what keeping a paper raises; core's
    UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToBookPrice("not_entitled")
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    sale = awaited_sale(held)
    if four_eyes.open_proposal(kind=UNDO, target=held) is not None:
        raise UnableToBookPrice("other_open")
    refuse_waiting_claim(held)
    faults = faults_of_receipt(received_date, receipt, since=sale.sold_date, business_date=business_date)
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say how the bank knows: the account, and who paid."))
    if faults:
        raise UnableToBookPrice("invalid", faults=faults)
    assert received_date is not None
    kind = AssetDocument.Kind.PRICE_RECEIPT
    paper = proof_of(held, kind, receipt, paper_date=received_date, actor=actor, business_date=business_date)
    figures = {"price": to_text(sale.price, held.currency), "costs": to_text(sale.costs, held.currency)}
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"Book the price of {held.reference}, {grouped(sale.price, held.currency)} {held.currency}, which has come in",
        roles=CONFIRMERS,
        actor=actor,
        content={"sale": sale.pk, **figures, "reason": reason.strip()}
        | {"received_date": received_date.isoformat(), "receipt": str(paper.pk) if paper else ""},
        path=path,
        branch_id=held.branch_id,
    )


def decide_price(
    *, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> Realisation | None:
    """Book the price of a sale and give it out, or refuse to. Never by who originated or approved one of the loans, nor by who declared an
    interest in the buyer, who is screened again first: a hit stays for compliance.

    Raises UnableToBookPrice `not_awaited`, `no_receipt`; UnableToEnforce `screened`, `claim_waits`, `own_interest`; core's UnableToConfirm.
    """
    # In a transaction of its own: a hit outlives the refusal.
    if confirm and (party := stopped_party(_sold_by(asset), actor=actor, business_date=business_date)):
        raise UnableToEnforce("screened", party=party)
    return _decide(asset, confirm, reason, actor, business_date, seen)


@transaction.atomic
def _decide(asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None) -> Realisation | None:
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return None
    sale = awaited_sale(held)
    if not proposal.content.get("receipt"):
        raise UnableToBookPrice("no_receipt")
    received_date = date.fromisoformat(proposal.content["received_date"])
    plan = hold_and_plan(asset=held, price=sale.price, costs=sale.costs, received_date=received_date, business_date=business_date)
    barred = people_of_all(part.loan for part in plan.parts)
    four_eyes.confirm(proposal, actor=actor, barred=barred, reason=reason.strip())
    sold_by = _sold_by(held)
    number = opened(sold_by.content["number"]) if sold_by else ""
    if is_interested(actor, sale.buyer, number) or is_interested(actor, sale.payee, ""):
        raise UnableToEnforce("own_interest")
    sale.booked_date, sale.received_date, sale.receipt_id = business_date, received_date, UUID(proposal.content["receipt"])
    sale.save(update_fields=["booked_date", "received_date", "receipt"])
    book_sale(sale, plan, actor=actor, business_date=business_date)
    return sale


def awaited_sale(asset: Asset) -> Realisation:
    """The sale of an asset whose price has not come in. Raises UnableToBookPrice `not_awaited`."""
    sale = Realisation.objects.filter(asset=asset, enforced=True, booked_date=None).select_related("asset", "recorded_by").first()
    if sale is None:
        raise UnableToBookPrice("not_awaited", asset=asset.reference)
    return sale


@transaction.atomic
def tell_unpaid_sales(*, business_date: date) -> int:
    """Tell of the sales whose buyers have not paid by their day, once and then weekly, until the price is booked or the sale taken back:
    two statements however many. Idempotent per day. Returns how many were told of.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNPAID, {"day": business_date, "again": business_date - timedelta(days=TOLD_AGAIN_DAYS)})
        assets = sorted(str(key) for (key,) in cursor.fetchall())
    publish_all([SalePriceOverdue(asset_id=key) for key in assets])
    return len(assets)


def _sold_by(asset: Asset) -> Proposal | None:
    """The proposal by which an asset was sold: who buys it stands in it."""
    return four_eyes.decided_proposals(kind=enforcement.KIND, target=asset).filter(state=ProposalState.CONFIRMED).first()
