"""Selling a pledged asset to pay what it secures: proposed with its price and costs, booked on a second person's word.

What is left after costs and the claims of others falls to the bank's liens by rank, each up to what is registered and what is owed, and
under a lien to every drawing, the oldest first. It is booked like any payment of the loan: what is due first, the rest early, or as a
recovery where the debt is written off. What is not the bank's is kept for whose it is.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from collateral.models import Asset, MarginCall, Pledge, Proceeds, Realisation, SaleRest
from collateral.selectors.sale_values import sale_value_of
from collateral.services.decided_covers import settle_decided_cover
from collateral.services.margin_calls import review_cover
from collateral.services.payout_holds import settle_payout_holds
from collateral.services.proceeds import Part, Plan, plan_sale
from collateral.services.realisations import check_sale, keep_sale
from collateral.services.sale_buyers import concerns_of, is_interested, opened, sealed, stopped_party
from collateral.services.sale_costs import NO_PAPERS, Papers, concerns_of_costs, faults_of, keep_papers, papers_in
from collateral.services.sale_rests import keep_rest
from core import audit, four_eyes
from core.crypto import mask
from core.errors import DomainError, Fault
from core.models import Proposal, User
from core.roles import Role
from loans.ledger import chart
from loans.ledger.services import EntryDraft, post
from loans.models import Application, Facility, Loan, Payment
from loans.services import locks
from loans.services.calling import call_loan
from loans.services.changes import people_of
from loans.services.facility_standing import SUSPENDABLE, has_money_to_leave, suspend_facility
from loans.services.payments import COLLATERAL, post_payment
from loans.services.prepayments import LOWER, UnableToPrepay, prepay_loan
from loans.services.recoveries import post_recovery

PROPOSERS = (Role.COLLECTIONS,)
CONFIRMERS = (Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.enforcement"
# A lien may be enforced for a loan in one of these states, written off, this late, or with a margin call that nobody answered.
CALLED = ("MATURED_UNPAID", "CALLED", "ENFORCEMENT")
LATE_DAYS = 90


class UnableToEnforce(DomainError):
    """The asset is not sold by enforcement."""

    title = "The enforcement did not take place"
    messages = {
        "not_entitled": "Only collections officers propose an enforcement.",
        "nothing_pledged": "No registered pledge stands on this asset.",
        "own_interest": "You declared an interest in who buys or is paid for the sale. Somebody else has to see to this sale.",
        "screened": "Screening has to be decided first about {party}, who buys or is paid for the sale. Nothing was booked.",
        "no_buyer": "It was proposed without a buyer. Refuse the proposal; it is proposed anew with who buys.",
        "no_paper": "It was proposed without the paper of the sale, or costs without whom they are paid to and their invoice. Refuse the proposal; it is "
        "proposed anew with them.",
        "no_ground": "None of the loans it secures is called, written off, more than 90 days late, or past an unanswered margin call.",
        "ground_gone": "What allowed the sale has ended since it was proposed: none of the loans is called, written off, more than 90 days "
        "late, or past an unanswered margin call any more. Refuse the proposal.",
    }


def plan_proceeds(*, asset: Asset, price: Decimal, costs: Decimal, business_date: date) -> Plan:
    """How the proceeds would fall to the liens today; books nothing. Raises UnableToEnforce `nothing_pledged`."""
    plan = plan_sale(asset, max(Decimal(0), price - costs), business_date)
    if not plan.pledges:
        raise UnableToEnforce("nothing_pledged")
    return plan


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
    path: str = "",
) -> Proposal:
    """Ask for a sale by enforcement to be booked, with who buys and their number where they have one, whom the costs are paid to, and what
    proves both. A `remark` says why all the same where the price less costs is below what is lent on the asset, no value is in force, the
    costs are high, or something speaks against the buyer or who is paid.

    Raises UnableToEnforce, `invalid` with faults among others, UnableToRecordRealisation (what cannot be), core's UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToEnforce("not_entitled")
    check_sale(asset, sold_date, price, costs, business_date)
    buyer, number, payee = buyer.strip()[:120], number.strip(), payee.strip()[:120]
    doubts = doubts_about(asset, price, costs, buyer, number, payee, business_date)
    if faults := _faults(buyer, doubts, remark) + faults_of(costs, payee, papers):
        raise UnableToEnforce("invalid", faults=faults)
    if is_interested(actor, buyer, number) or is_interested(actor, payee, ""):
        raise UnableToEnforce("own_interest")
    plan = plan_proceeds(asset=asset, price=price, costs=costs, business_date=business_date)
    if not has_ground(plan):
        raise UnableToEnforce("no_ground")
    content = {"sold_date": sold_date.isoformat(), "price": f"{price:.2f}", "costs": f"{costs:.2f}", "reason": reason.strip()}
    content |= {"buyer": buyer, "number": sealed(number), "remark": remark.strip(), "payee": payee}
    content |= keep_papers(asset, papers, sold_date=sold_date, actor=actor, business_date=business_date)
    net, currency = max(Decimal(0), price - costs), asset.currency
    return four_eyes.propose(
        kind=KIND,
        target=asset,
        title=f"Book the enforced sale of {asset.reference} for {price:,.2f} {currency}, costs {costs:,.2f}, net {net:,.2f}",
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


def _faults(buyer: str, doubts: list[str], remark: str) -> list[Fault]:
    if not buyer:
        return [Fault("buyer", "required", "Name who buys.")]
    if not doubts or remark.strip():
        return []
    return [Fault("remark", "required", f"{' '.join(doubts)} Say why it is sold all the same.")]


def decide_enforcement(
    *, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> Realisation | None:
    """Book a proposed sale and its proceeds, or refuse it. Never by who originated or approved one of the loans, nor by who declared an
    interest in the buyer, who is screened first: a hit stays for compliance.

    Raises UnableToEnforce `screened`, `own_interest`, `no_buyer`, `no_paper`, `ground_gone` where the loan was cured in between; core's
    UnableToConfirm; Conflict when the asset is sold already.
    """
    # In a transaction of its own: a hit outlives the refusal.
    if confirm and (party := stopped_party(asset, kind=KIND, actor=actor, business_date=business_date)):
        raise UnableToEnforce("screened", party=party)
    return _decide(asset, confirm, reason, actor, business_date, seen)


@transaction.atomic
def _decide(asset: Asset, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None) -> Realisation | None:
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        return None
    content = proposal.content
    price, costs = Decimal(content["price"]), Decimal(content["costs"])
    asked: dict[str, Any] = {"asset": held, "price": price, "costs": costs, "business_date": business_date}
    # Held in the order of their ids before anything is worked out: what is paid meanwhile is not paid again.
    locks.lock_in_order(*{part.loan.pk for part in plan_proceeds(**asked).parts})
    plan = plan_proceeds(**asked)
    if not has_ground(plan):
        raise UnableToEnforce("ground_gone")
    barred = frozenset[int]().union(*(people_of(part.loan) for part in plan.parts))
    four_eyes.confirm(proposal, actor=actor, barred=barred, reason=reason.strip())
    buyer, number = content.get("buyer", ""), opened(content.get("number", ""))
    if not buyer:
        raise UnableToEnforce("no_buyer")
    payee, papers = content.get("payee", ""), papers_in(content)
    if is_interested(actor, buyer, number) or is_interested(actor, payee, ""):
        raise UnableToEnforce("own_interest")
    if faults_of(costs, payee, papers):
        raise UnableToEnforce("no_paper")
    called = {part.loan.pk: part.loan for part in plan.parts if _ground(part.loan)}
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
        actor=proposal.proposed_by,
        business_date=business_date,
    )
    _book_sale(sale, actor, business_date)
    _pay_loans(plan, sale, held, proposal.proposed_by, business_date)
    for loan in called.values():
        # What the price left open of a debt that was enforced is owed at once: it is not lent on to the old dates without its cover.
        call_loan(loan=loan, reason=f"{held.reference} was sold by enforcement", actor=actor, business_date=business_date)
    _stop_lines(plan, held, actor, business_date)
    settle_payout_holds(held, business_date=business_date)
    keep_rest(sale, {SaleRest.To.OTHERS: plan.others, SaleRest.To.OWNER: plan.surplus}, actor=actor, business_date=business_date)
    audit.record(
        "asset.enforced",
        actor=actor,
        target=held,
        label=held.reference,
        business_date=business_date,
        net=plan.net,
        loss=sale.loss,
        to_loans=plan.to_loans,
        to_others=plan.others,
        surplus=plan.surplus,
    )
    return sale


def _book_sale(sale: Realisation, actor: User, business_date: date) -> None:
    """Book the whole price, and the costs against it; what of them it does not carry is the bank's loss.
    The rest of it is given out after.
    """
    currency, words = sale.asset.currency, f"Sale of {sale.asset.reference}"
    costs = [(chart.ENFORCED_SALES, sale.carried), (chart.ENFORCEMENT_COSTS, sale.loss), (chart.CASH, -sale.costs)]
    entries = {"sold": (words, [(chart.CASH, sale.price), (chart.ENFORCED_SALES, -sale.price)])}
    if sale.costs:
        entries["costs"] = (f"Costs of the sale of {sale.asset.reference}, paid to {sale.payee}", costs)
    for event, (text, lines) in entries.items():
        draft = EntryDraft(
            booking_date=business_date,
            value_date=business_date,
            text=text,
            source_type="realisation",
            source_id=str(sale.pk),
            event=event,
            postings=[(account, amount, currency) for account, amount in lines],
        )
        post(draft, actor=actor)


def _pay_loans(plan: Plan, sale: Realisation, asset: Asset, actor: User | None, business_date: date) -> None:
    """Book each part, end the liens, and measure the loans anew."""
    loans = {part.loan.pk: part.loan for part in plan.parts}
    for part in plan.parts:
        if part.amount > 0:
            payment = _book(part, f"ENF-{asset.reference}-{part.loan.reference}", actor, business_date)
            Proceeds.objects.create(realisation=sale, pledge=part.pledge, payment=payment, amount=part.amount)
    Pledge.objects.filter(pk__in=[pledge.pk for pledge in plan.pledges], state__in=Pledge.STANDING).update(
        state=Pledge.State.ENFORCED, ended_date=business_date
    )
    for loan in loans.values():
        review_cover(loan, business_date=business_date)
    for application in Application.objects.filter(pledges__in=plan.pledges, decided_cover__isnull=False).distinct().order_by("pk"):
        settle_decided_cover(application, business_date)


def _stop_lines(plan: Plan, asset: Asset, actor: User, business_date: date) -> None:
    """Let nothing more be drawn or paid out of what the asset secured, limits and loans in stages: no money leaves without it."""
    secured = Facility.objects.filter(application__in=[pledge.application_id for pledge in plan.pledges])
    for facility_id in secured.order_by("pk").values_list("pk", flat=True):
        facility = locks.lock_facility(facility_id)
        if facility.state in SUSPENDABLE and (facility.revolving or has_money_to_leave(facility)):
            reason = f"{asset.reference} was sold by enforcement"
            suspend_facility(facility=facility, reason=reason, actor=actor, business_date=business_date)


def proceeds_of(asset: Asset) -> list[Proceeds]:
    """What the enforced sale of an asset paid of which loan."""
    return list(Proceeds.objects.filter(realisation__asset=asset).select_related("payment__loan__borrower").order_by("pledge__rank", "id"))


def has_ground(plan: Plan) -> bool:
    """Whether one of the loans that a sale would pay allows it."""
    return any(_ground(part.loan) for part in plan.parts)


def _ground(loan: Loan) -> bool:
    late = loan.state in CALLED or loan.written_off_date is not None or loan.days_past_due > LATE_DAYS
    return late or MarginCall.objects.filter(loan=loan, state=MarginCall.State.ESCALATED).exists()


def _book(part: Part, reference: str, actor: User | None, today: date) -> Payment:
    shared: dict[str, Any] = {"loan": part.loan, "amount": part.amount, "value_date": today, "actor": actor, "business_date": today}
    if part.debt.recovery:
        return post_recovery(**shared, external_reference=f"{reference}-R", source=COLLATERAL)
    try:
        return prepay_loan(**shared, mode=LOWER, external_reference=reference, source=COLLATERAL)
    except UnableToPrepay:
        # Nothing lies ahead, or no more than what is due is paid, or nothing is taken early: what is more waits in suspense.
        return post_payment(**shared, currency=part.loan.currency, external_reference=reference, source=COLLATERAL)
