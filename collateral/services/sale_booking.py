"""Booking the price of an asset that the bank sold, and giving it out.

What is left after costs and the claims of others falls to the bank's liens by rank, each up to what is registered and what is owed, and
under a lien to every drawing, the oldest first. It is booked like any payment of the loan, worth from the day on which the price came in:
what is due first, the rest early and without a fee, or as a recovery where the debt is written off. What is not the bank's is kept for
whose it is.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from collateral.events import AssetEnforced
from collateral.models import Asset, Pledge, Proceeds, Realisation
from collateral.services.decided_covers import settle_decided_cover
from collateral.services.margin_calls import review_cover
from collateral.services.payout_holds import settle_payout_holds
from collateral.services.proceeds import Part, Plan, gives_ground, worth_from
from collateral.services.sale_rests import keep_rest
from core import audit
from core.events import publish
from core.models import User
from loans.ledger import chart
from loans.ledger.services import EntryDraft, post
from loans.models import Application, Payment
from loans.services.calling import call_loan
from loans.services.interest_since import take_back_interest_since
from loans.services.payments import COLLATERAL, post_payment
from loans.services.prepayments import LOWER, UnableToPrepay, prepay_loan
from loans.services.recoveries import post_recovery


def book_sale(sale: Realisation, plan: Plan, *, actor: User, business_date: date) -> None:
    """Book the price and costs of a sale that is written, or what an insurer paid, give it out as planned, and end the liens. Call it with
    the asset and the loans of the plan held, and the sale confirmed by `actor`.
    """
    asset = sale.asset
    called = {part.loan.pk: part.loan for part in plan.parts if gives_ground(part.loan)}
    _book_price(sale, actor, business_date)
    _pay_loans(plan, sale, sale.recorded_by, business_date)
    for loan in called.values():
        # What the price left open of a debt that was enforced is owed at once: it is not lent on to the old dates without its cover.
        how = "was paid for by its insurer" if sale.of_loss else "was sold by enforcement"
        call_loan(loan=loan, reason=f"{asset.reference} {how}", actor=actor, business_date=business_date)
    settle_payout_holds(asset, business_date=business_date)
    keep_rest(sale, plan.claims, plan.surplus, actor=actor, business_date=business_date)
    publish(AssetEnforced(asset_id=str(asset.pk)))
    audit.record(
        "asset.insurance_paid" if sale.of_loss else "asset.enforced",
        actor=actor,
        target=asset,
        label=asset.reference,
        business_date=business_date,
        net=plan.net,
        loss=sale.loss,
        to_loans=plan.to_loans,
        to_others=plan.others,
        surplus=plan.surplus,
    )


def proceeds_of(asset: Asset) -> list[Proceeds]:
    """What the enforced sale of an asset paid of which loan."""
    return list(Proceeds.objects.filter(realisation__asset=asset).select_related("payment__loan__borrower").order_by("pledge__rank", "id"))


def _book_price(sale: Realisation, actor: User, business_date: date) -> None:
    """Book the whole price, and the costs against it; what of them it does not carry is the bank's loss.
    The rest of it is given out after.
    """
    currency, words = sale.asset.currency, sale.words[0].upper() + sale.words[1:]
    costs = [(chart.ENFORCED_SALES, sale.carried), (chart.ENFORCEMENT_COSTS, sale.loss), (chart.CASH, -sale.costs)]
    entries = {"sold": (words, [(chart.CASH, sale.price), (chart.ENFORCED_SALES, -sale.price)])}
    if sale.costs:
        entries["costs"] = (f"Costs of the {sale.words}, paid to {sale.payee}", costs)
    for event, (text, lines) in entries.items():
        draft = EntryDraft(
            booking_date=business_date,
            value_date=_worth_from(sale, business_date),
            text=text,
            source_type="realisation",
            source_id=str(sale.pk),
            event=event,
            postings=[(account, amount, currency) for account, amount in lines],
        )
        post(draft, actor=actor)


def _pay_loans(plan: Plan, sale: Realisation, actor: User | None, business_date: date) -> None:
    """Book each part, end the liens, and measure the loans anew."""
    loans = {part.loan.pk: part.loan for part in plan.parts}
    for part in plan.parts:
        if part.amount > 0:
            reference = f"ENF-{sale.asset.reference}-{part.loan.reference}"
            payment = _pay(part, reference, actor, worth_from(part.loan, _worth_from(sale, business_date)), business_date)
            Proceeds.objects.create(realisation=sale, pledge=part.pledge, payment=payment, amount=part.amount)
    Pledge.objects.filter(pk__in=[pledge.pk for pledge in plan.pledges], state__in=Pledge.STANDING).update(
        state=Pledge.State.ENFORCED, ended_date=business_date
    )
    for loan in loans.values():
        review_cover(loan, business_date=business_date)
    for application in Application.objects.filter(pledges__in=plan.pledges, decided_cover__isnull=False).distinct().order_by("pk"):
        settle_decided_cover(application, business_date)


def _worth_from(sale: Realisation, business_date: date) -> date:
    """Since when the price is there: what it pays runs no longer."""
    return sale.received_date or business_date


def _pay(part: Part, reference: str, actor: User | None, value_date: date, today: date) -> Payment:
    shared: dict[str, Any] = {"loan": part.loan, "amount": part.amount, "value_date": value_date, "actor": actor, "business_date": today}
    if part.debt.recovery:
        return post_recovery(**shared, external_reference=f"{reference}-R", source=COLLATERAL)
    if part.amount == part.owed:
        # All of it is settled by money that was there since that day: what fell due after it is interest of no day that is owed.
        take_back_interest_since(part.loan, value_date, cause=reference, actor=actor, business_date=today)
    try:
        return prepay_loan(**shared, mode=LOWER, external_reference=reference, source=COLLATERAL, realised=True)
    except UnableToPrepay:
        # Nothing lies ahead, or no more than what is due is paid, or nothing is taken early: what is more waits in suspense.
        return post_payment(**shared, currency=part.loan.currency, external_reference=reference, source=COLLATERAL)
