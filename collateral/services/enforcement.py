"""Selling a pledged asset to pay what it secures: proposed with its price and costs, and sold on a second person's word.

Where the price has come in it is booked at once (`sale_booking`); where the buyer has still to pay, the asset is sold and the liens stand
until two people say that the price is there (`sale_prices`), or that the sale came to nothing (`enforcement_undone`).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from collateral.models import Asset, Realisation
from collateral.selectors.claims_ahead import KIND as CLAIM_AHEAD
from collateral.selectors.sale_values import sale_value_of
from collateral.services.assets_restored import measure_secured
from collateral.services.payout_holds import settle_payout_holds
from collateral.services.proceeds import Plan, plan_sale
from collateral.services.realisations import check_sale, keep_sale
from collateral.services.sale_booking import book_sale
from collateral.services.sale_buyers import concerns_of, is_interested, opened, sealed, stopped_party
from collateral.services.sale_costs import NO_PAPERS, Papers, concerns_of_costs, faults_of, faults_of_receipt, keep_papers, papers_in
from core import four_eyes
from core.crypto import mask
from core.errors import DomainError, Fault
from core.models import Proposal, User
from core.money import grouped, to_text
from core.roles import Role
from loans.models import Facility
from loans.services import locks
from loans.services.changes import people_of_all
from loans.services.facility_standing import SUSPENDABLE, has_money_to_leave, suspend_facility

PROPOSERS = (Role.COLLECTIONS,)
CONFIRMERS = (Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.enforcement"
# No buyer is given longer.
LONGEST_DAYS = 366


class UnableToEnforce(DomainError):
    """The asset is not sold by enforcement."""

    title = "The enforcement did not take place"
    messages = {
        "not_entitled": "Only collections officers propose an enforcement.",
        "gone": "{asset} is {state}; it is not sold any more.",
        "nothing_pledged": "No registered pledge stands on this asset.",
        "claim_waits": "A claim of {holder} on {asset} waits for a second person and would change who is paid first. Have it confirmed or refused on "
        "the page of its records, or taken back, first. Nothing was booked.",
        "own_interest": "You declared an interest in who buys or is paid for the sale. Somebody else has to see to this sale.",
        "screened": "Screening has to be decided first about {party}, who buys or is paid for the sale. Nothing was booked.",
        "no_buyer": "It was proposed without a buyer. Refuse the proposal; it is proposed anew with who buys.",
        "no_paper": "It was proposed without the paper of the sale, without what shows that the price came in, or costs without whom they are paid to "
        "and their invoice. Refuse the proposal; it is proposed anew with them.",
        "no_ground": "None of the loans it secures is called, written off, more than 90 days late, or past an unanswered margin call.",
        "ground_gone": "What allowed the sale has ended since it was proposed: none of the loans is called, written off, more than 90 days "
        "late, or past an unanswered margin call any more. Refuse the proposal.",
    }


def plan_proceeds(*, asset: Asset, price: Decimal, costs: Decimal, business_date: date, received_date: date | None = None) -> Plan:
    """How the proceeds would fall to the liens today, of a price that came in on a day, today unless told otherwise; books nothing.
    Raises UnableToEnforce `nothing_pledged`.
    """
    plan = plan_sale(asset, max(Decimal(0), price - costs), business_date, received_date)
    if not plan.pledges:
        raise UnableToEnforce("nothing_pledged")
    return plan


def hold_and_plan(*, asset: Asset, price: Decimal, costs: Decimal, business_date: date, received_date: date | None = None) -> Plan:
    """The same with the loans that are paid held in the order of their ids, until the transaction ends: what is paid meanwhile is not paid
    again. Raises UnableToEnforce `claim_waits`, `nothing_pledged`.
    """
    refuse_waiting_claim(asset)
    sale: dict[str, Any] = {"asset": asset, "price": price, "costs": costs, "business_date": business_date, "received_date": received_date}
    locks.lock_in_order(*{part.loan.pk for part in plan_proceeds(**sale).parts})
    return plan_proceeds(**sale)


def refuse_waiting_claim(asset: Asset) -> None:
    """Who is paid first is open while a claim before or beside another waits for its second person, and money that was given out does not
    come back. Raises UnableToEnforce `claim_waits`.
    """
    if (waits := four_eyes.open_proposal(kind=CLAIM_AHEAD, target=asset)) is not None:
        raise UnableToEnforce("claim_waits", holder=waits.content["holder"], asset=asset.reference)


@transaction.atomic
def propose_enforcement(
    *,
    asset: Asset,
    sold_date: date,
    price: Decimal,
    costs: Decimal,
    reason: str,
    actor: User,
    business_date: date,
    buyer: str = "",
    number: str = "",
    remark: str = "",
    payee: str = "",
    papers: Papers = NO_PAPERS,
    due_date: date | None = None,
    received_date: date | None = None,
    path: str = "",
) -> Proposal:
    """Ask for a sale by enforcement to be recorded, and its price booked as of `received_date`, when it came in, or awaited until
    `due_date`; with who buys and their number where they have one, whom the costs are paid to, and what proves it all. A `remark` says why
    all the same where the price less costs is below what is lent on the asset, no value is in force, the costs are high, or something
    speaks against the buyer or who is paid.

    Raises UnableToEnforce, `claim_waits` and `invalid` with faults among others, UnableToRecordRealisation (what cannot be), core's
    UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToEnforce("not_entitled")
    _refuse_gone(asset)
    refuse_waiting_claim(asset)
    check_sale(asset, sold_date, price, costs, business_date)
    buyer, number, payee = buyer.strip()[:120], number.strip(), payee.strip()[:120]
    doubts = doubts_about(asset, price, costs, buyer, number, payee, business_date)
    faults = _faults(buyer, doubts, remark, due_date, business_date) + faults_of(costs, payee, papers)
    if due_date is None:
        faults += faults_of_receipt(received_date, papers.receipt, since=sold_date, business_date=business_date)
    elif received_date is not None or papers.receipt is not None:
        faults.append(Fault("due_date", "both", "The price has come in, or is still to come: leave out one of both days."))
    if faults:
        raise UnableToEnforce("invalid", faults=faults)
    if is_interested(actor, buyer, number) or is_interested(actor, payee, ""):
        raise UnableToEnforce("own_interest")
    plan = plan_proceeds(asset=asset, price=price, costs=costs, business_date=business_date)
    if not plan.may_be_sold:
        raise UnableToEnforce("no_ground")
    net, currency = max(Decimal(0), price - costs), asset.currency
    figures = {"price": to_text(price, currency), "costs": to_text(costs, currency)}
    content = {"sold_date": sold_date.isoformat(), **figures, "reason": reason.strip()}
    content |= {"buyer": buyer, "number": sealed(number), "remark": remark.strip(), "payee": payee}
    content["due_date"] = due_date.isoformat() if due_date else ""
    content["received_date"] = received_date.isoformat() if received_date else ""
    content |= keep_papers(asset, papers, sold_date=sold_date, received_date=received_date, actor=actor, business_date=business_date)
    words = (
        f"Record the enforced sale of {asset.reference}, to be paid by {due_date:%-d %b %Y},"
        if due_date
        else f"Book the enforced sale of {asset.reference}"
    )
    return four_eyes.propose(
        kind=KIND,
        target=asset,
        title=f"{words} for {grouped(price, currency)} {currency}, costs {grouped(costs, currency)}, net {grouped(net, currency)}",
        roles=CONFIRMERS,
        actor=actor,
        content=content,
        path=path,
        branch_id=asset.branch_id,
    )


def doubts_about(asset: Asset, price: Decimal, costs: Decimal, buyer: str, number: str, payee: str, business_date: date) -> list[str]:
    """What a remark has to answer, in words."""
    doubts = concerns_of(asset, buyer, number, business_date=business_date)
    if sale_value_of(asset, business_date=business_date).is_below(price - costs):
        doubts.append("The price less costs is below what is lent on the asset where all of it counts, or no value is in force.")
    return doubts + concerns_of_costs(price, costs, payee)


def _faults(buyer: str, doubts: list[str], remark: str, due_date: date | None, business_date: date) -> list[Fault]:
    faults = []
    if due_date and not business_date <= due_date <= business_date + timedelta(days=LONGEST_DAYS):
        faults.append(Fault("due_date", "out_of_bounds", "The buyer pays between today and a year from now."))
    if not buyer:
        faults.append(Fault("buyer", "required", "Name who buys."))
    elif doubts and not remark.strip():
        faults.append(Fault("remark", "required", f"{' '.join(doubts)} Say why it is sold all the same."))
    return faults


def decide_enforcement(
    *, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> Realisation | None:
    """Record a proposed sale and book its price, where that has come in, or refuse it. Until the price is in, the asset covers nothing, its
    liens stand, and nothing more is lent on it. Never by who originated or approved one of the loans, nor by who declared an
    interest in the buyer, who is screened first: a hit stays for compliance.

    Raises UnableToEnforce `gone`, `screened`, `claim_waits`, `own_interest`, `no_buyer`, `no_paper`, `ground_gone` where the loan was cured
    in between; core's UnableToConfirm.
    """
    # In a transaction of its own: a hit outlives the refusal.
    if confirm and (party := stopped_party(four_eyes.open_proposal(kind=KIND, target=asset), actor=actor, business_date=business_date)):
        raise UnableToEnforce("screened", party=party)
    return _decide(asset, confirm, reason, actor, business_date, seen)


@transaction.atomic
def _decide(asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None) -> Realisation | None:
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return None
    _refuse_gone(held)
    content = proposal.content
    price, costs = Decimal(content["price"]), Decimal(content["costs"])
    received_date = date.fromisoformat(content["received_date"]) if content.get("received_date") else None
    plan = hold_and_plan(asset=held, price=price, costs=costs, received_date=received_date, business_date=business_date)
    if not plan.may_be_sold:
        raise UnableToEnforce("ground_gone")
    barred = people_of_all(part.loan for part in plan.parts)
    four_eyes.confirm(proposal, actor=actor, barred=barred, reason=reason.strip())
    buyer, number = content.get("buyer", ""), opened(content.get("number", ""))
    if not buyer:
        raise UnableToEnforce("no_buyer")
    payee, papers = content.get("payee", ""), papers_in(content)
    if is_interested(actor, buyer, number) or is_interested(actor, payee, ""):
        raise UnableToEnforce("own_interest")
    if faults_of(costs, payee, papers) or not (content.get("due_date") or (received_date and papers.receipt)):
        raise UnableToEnforce("no_paper")
    sale = keep_sale(
        held,
        date.fromisoformat(content["sold_date"]),
        price,
        costs,
        enforced=True,
        buyer=buyer,
        buyer_number=mask(number) if number else "",
        payee=payee,
        papers=papers,
        due_date=date.fromisoformat(content["due_date"]) if content.get("due_date") else None,
        received_date=received_date,
        actor=proposal.proposed_by,
        business_date=business_date,
    )
    if sale.due_date is None:
        book_sale(sale, plan, actor=actor, business_date=business_date)
    stop_lines(plan, f"{held.reference} was sold by enforcement", actor=actor, business_date=business_date)
    if sale.awaits_price:
        measure_secured(held, business_date=business_date)
        settle_payout_holds(held, business_date=business_date)
    return sale


def _refuse_gone(asset: Asset) -> None:
    if asset.state != Asset.State.REGISTERED:
        raise UnableToEnforce("gone", asset=asset.reference, state=asset.get_state_display().lower())


def stop_lines(plan: Plan, reason: str, *, actor: User, business_date: date) -> None:
    """Let nothing more be drawn or paid out of what the asset secured, limits and loans in stages: no money leaves without it."""
    secured = Facility.objects.filter(application__in=[pledge.application_id for pledge in plan.pledges])
    for facility_id in secured.order_by("pk").values_list("pk", flat=True):
        facility = locks.lock_facility(facility_id)
        if facility.state in SUSPENDABLE and (facility.revolving or has_money_to_leave(facility)):
            suspend_facility(facility=facility, reason=reason, actor=actor, business_date=business_date)
