"""Selling a pledged asset to pay what it secures: proposed with its price and costs, booked on a second person's word.

What is left after costs and the claims of others falls to the bank's liens by rank, each up to what is registered and what is owed. It is
booked like any payment of the loan: what is due first, the rest early, or as a recovery where the debt is written off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import transaction

from collateral.domain.allocation import Claim, allocate
from collateral.models import Asset, MarginCall, Pledge, Proceeds, Realisation
from collateral.services.margin_calls import review_cover
from collateral.services.realisations import check_sale, keep_sale
from collateral.services.releases import loan_of
from core import audit, four_eyes
from core.errors import DomainError
from core.models import Proposal, User
from core.roles import Role
from loans.models import Loan, Payment
from loans.selectors.write_offs import written_off_of_loan
from loans.services import allocations
from loans.services.changes import people_of
from loans.services.payments import post_payment
from loans.services.prepayments import LOWER, UnableToPrepay, prepay_loan, quote_payoff
from loans.services.recoveries import post_recovery

PROPOSERS = (Role.COLLECTIONS,)
CONFIRMERS = (Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.enforcement"
# A lien may be enforced for a loan in one of these states, written off, this late, or with a margin call that nobody answered.
CALLED = ("MATURED_UNPAID", "CALLED", "COLLATERAL")
LATE_DAYS = 90
ZERO = Decimal(0)


class UnableToEnforce(DomainError):
    """The asset is not sold by enforcement."""

    title = "The enforcement did not take place"
    messages = {
        "not_entitled": "Only collections officers propose an enforcement.",
        "nothing_pledged": "No registered pledge stands on this asset.",
        "no_ground": "None of the loans it secures is called, written off, more than 90 days late, or past an unanswered margin call.",
        "no_proposal": "No enforcement is proposed for this asset.",
    }


@dataclass(frozen=True)
class Part:
    """What one lien gets of a sale: `owed` is what would settle its loan today."""

    pledge: Pledge
    loan: Loan
    owed: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Plan:
    """How a sale falls out: to others that stand before, to our liens, and what is left to the owner. In the asset's currency."""

    net: Decimal
    parts: tuple[Part, ...]
    others: Decimal
    surplus: Decimal


def plan_proceeds(*, asset: Asset, price: Decimal, costs: Decimal, business_date: date) -> Plan:
    """How the proceeds would fall to the liens today; books nothing. Raises UnableToEnforce `nothing_pledged`."""
    net = max(ZERO, price - costs)
    rows = []
    for pledge in asset.pledges.filter(state__in=Pledge.STANDING).select_related("application").order_by("rank", "id"):
        if (loan := loan_of(pledge)) is not None:
            rows.append((pledge, loan, owed_on(loan, business_date)))
    if not rows:
        raise UnableToEnforce("nothing_pledged")
    shares = allocate(net, [Claim(pledge.pk, pledge.rank, min(pledge.amount, owed), pledge.prior_claims) for pledge, _, owed in rows])
    cent = Decimal("0.01")
    parts = tuple(Part(pledge, loan, owed, shares[pledge.pk].available.quantize(cent, ROUND_DOWN)) for pledge, loan, owed in rows)
    others = min(net, max(pledge.prior_claims for pledge, _, _ in rows))
    return Plan(net, parts, others, net - others - sum((part.amount for part in parts), ZERO))


def owed_on(loan: Loan, business_date: date) -> Decimal:
    """What settles a loan today, penalties and interest to the day included; of one written off, what has not come in since."""
    if loan.written_off_date is not None:
        return written_off_of_loan(loan)[1]
    try:
        return quote_payoff(loan=loan, valid_until=business_date, business_date=business_date).total
    except UnableToPrepay:
        dues = allocations.list_dues(loan)
        return sum((due.fee + due.penalty + due.interest + due.principal for due in dues if due.due_date <= business_date), ZERO)


@transaction.atomic
def propose_enforcement(
    *, asset: Asset, sold_date: date, price: Decimal, costs: Decimal, reason: str, actor: User, business_date: date, path: str = ""
) -> Proposal:
    """Ask for a sale by enforcement to be booked. Raises UnableToEnforce, UnableToRecordRealisation (what cannot be), core's UnableToPropose."""
    if not actor.has_role(*PROPOSERS):
        raise UnableToEnforce("not_entitled")
    check_sale(asset, sold_date, price, costs, business_date)
    plan = plan_proceeds(asset=asset, price=price, costs=costs, business_date=business_date)
    if not any(_ground(part.loan) for part in plan.parts):
        raise UnableToEnforce("no_ground")
    content = {"sold_date": sold_date.isoformat(), "price": f"{price:.2f}", "costs": f"{costs:.2f}", "reason": reason.strip()}
    return four_eyes.propose(
        kind=KIND,
        target=asset,
        title=f"Book the enforced sale of {asset.reference} for {price:,.0f} {asset.currency}",
        roles=CONFIRMERS,
        actor=actor,
        content=content,
        path=path,
        branch_id=asset.branch_id,
    )


@transaction.atomic
def decide_enforcement(*, asset: Asset, confirm: bool, reason: str, actor: User, business_date: date) -> Realisation | None:
    """Book a proposed sale and its proceeds, or refuse it. Never by who originated or approved one of the loans.

    Raises UnableToEnforce `no_proposal`; core's UnableToConfirm; Conflict when the asset is sold already.
    """
    held = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    proposal = four_eyes.open_proposal(kind=KIND, target=held)
    if proposal is None:
        raise UnableToEnforce("no_proposal")
    if not confirm:
        four_eyes.reject(proposal, actor=actor, reason=reason.strip())
        return None
    content = proposal.content
    price, costs = Decimal(content["price"]), Decimal(content["costs"])
    plan = plan_proceeds(asset=held, price=price, costs=costs, business_date=business_date)
    barred = frozenset[int]().union(*(people_of(part.loan) for part in plan.parts))
    four_eyes.confirm(proposal, actor=actor, barred=barred, reason=reason.strip())
    sale = keep_sale(
        held, date.fromisoformat(content["sold_date"]), price, costs, enforced=True, actor=proposal.proposed_by, business_date=business_date
    )
    for part in plan.parts:
        if part.amount > 0:
            payment = _book(part, f"ENF-{held.reference}-{part.loan.reference}", proposal.proposed_by, business_date)
            Proceeds.objects.create(realisation=sale, pledge=part.pledge, payment=payment, amount=part.amount)
        Pledge.objects.filter(pk=part.pledge.pk).update(state=Pledge.State.ENFORCED, ended_date=business_date)
        review_cover(part.loan, business_date=business_date)
    audit.record(
        "asset.enforced",
        actor=actor,
        target=held,
        label=held.reference,
        business_date=business_date,
        net=plan.net,
        to_loans=sum((part.amount for part in plan.parts), ZERO),
        to_others=plan.others,
        surplus=plan.surplus,
    )
    return sale


def proceeds_of(asset: Asset) -> list[Proceeds]:
    """What the enforced sale of an asset paid of which loan."""
    return list(Proceeds.objects.filter(realisation__asset=asset).select_related("payment__loan").order_by("pledge__rank", "id"))


def _ground(loan: Loan) -> bool:
    late = loan.state in CALLED or loan.written_off_date is not None or loan.days_past_due > LATE_DAYS
    return late or MarginCall.objects.filter(loan=loan, state=MarginCall.State.ESCALATED).exists()


def _book(part: Part, reference: str, actor: User | None, today: date) -> Payment:
    shared: dict[str, Any] = {"loan": part.loan, "amount": part.amount, "value_date": today, "actor": actor, "business_date": today}
    if part.loan.written_off_date is not None:
        return post_recovery(**shared, external_reference=reference)
    try:
        return prepay_loan(**shared, mode=LOWER, external_reference=reference, source="COLLATERAL")
    except UnableToPrepay:
        # Nothing lies ahead, or no more than what is due is paid.
        return post_payment(**shared, currency=part.loan.currency, external_reference=reference, source="COLLATERAL")
