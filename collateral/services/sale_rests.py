"""What of an enforced sale is not the bank's: kept on an account of its own, and paid out on two people's word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import transaction

from collateral.models import Realisation, SaleRest
from core import audit, four_eyes
from core.errors import Conflict, DomainError
from core.models import Proposal, User
from core.roles import Role
from loans.ledger import chart
from loans.ledger.services import EntryDraft, post

PROPOSERS = (Role.COLLECTIONS,)
CONFIRMERS = (Role.RISK_MANAGER, Role.APPROVER)
KIND = "collateral.sale_rest"


class UnableToPayRest(DomainError):
    """The rest of a sale is not paid out."""

    title = "Nothing was paid out"
    messages = {
        "not_entitled": "Only collections officers propose to pay out what is left of a sale.",
        "payee_missing": "Name who is paid, and by what proof.",
        "paid_already": "It was paid out on {day}.",
        "no_proposal": "No payout is proposed.",
    }


def keep_rest(sale: Realisation, shares: Mapping[SaleRest.To, Decimal], *, actor: User | None, business_date: date) -> list[SaleRest]:
    """Book what belongs to others; shares of nothing are left out. Call inside the transaction of the sale."""
    kept = []
    for to, amount in shares.items():
        if amount <= 0:
            continue
        rest = SaleRest.objects.create(realisation=sale, to=to, amount=amount)
        words = f"Left of the sale of {sale.asset.reference} for {to.label.lower()}"
        _post(rest, "kept", words, chart.ENFORCED_SALES, amount, actor=actor, business_date=business_date)
        kept.append(rest)
    return kept


@transaction.atomic
def propose_rest_payout(*, rest: SaleRest, paid_to: str, reason: str, actor: User, business_date: date, path: str = "") -> Proposal:
    """Ask for what is left of a sale to be paid to somebody, with the proof that it is theirs.

    Raises UnableToPayRest: `not_entitled`, `payee_missing`, `paid_already`; core's UnableToPropose.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToPayRest("not_entitled")
    if not paid_to.strip() or not reason.strip():
        raise UnableToPayRest("payee_missing")
    held = _open(rest)
    asset = held.realisation.asset
    return four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"Pay {held.amount:,.2f} {asset.currency} of the sale of {asset.reference} to {paid_to.strip()}"[:160],
        roles=CONFIRMERS,
        actor=actor,
        content={"paid_to": paid_to.strip(), "amount": f"{held.amount:.2f}", "reason": reason.strip()},
        path=path,
        branch_id=asset.branch_id,
    )


@transaction.atomic
def decide_rest_payout(*, rest: SaleRest, confirm: bool, reason: str, actor: User, business_date: date) -> SaleRest:
    """Pay it out, or refuse to. Raises UnableToPayRest `no_proposal`, `paid_already`; core's UnableToConfirm; Conflict when it was paid."""
    held = _open(rest)
    proposal = four_eyes.open_proposal(kind=KIND, target=held)
    if proposal is None:
        raise UnableToPayRest("no_proposal")
    if not confirm:
        four_eyes.reject(proposal, actor=actor, reason=reason.strip())
        return held
    four_eyes.confirm(proposal, actor=actor, reason=reason.strip())
    paid_to = proposal.content["paid_to"]
    if not SaleRest.objects.filter(pk=held.pk, paid_date=None).update(paid_date=business_date, paid_to=paid_to[:120], paid_by=actor):
        raise Conflict("already_advanced", state="paid out")
    held.refresh_from_db()
    asset = held.realisation.asset
    words = f"Left of the sale of {asset.reference} paid to {paid_to}"
    _post(held, "paid", words, chart.CASH, -held.amount, actor=actor, business_date=business_date)
    audit.record(
        "sale_rest.paid",
        actor=actor,
        target=asset,
        label=asset.reference,
        business_date=business_date,
        amount=held.amount,
        to=held.to,
        reason=proposal.content["reason"],
    )
    return held


def _open(rest: SaleRest) -> SaleRest:
    held = SaleRest.objects.select_for_update(of=("self",)).select_related("realisation__asset").get(pk=rest.pk)
    if held.paid_date is not None:
        raise UnableToPayRest("paid_already", day=held.paid_date)
    return held


def _post(rest: SaleRest, event: str, words: str, account: str, amount: Decimal, *, actor: User | None, business_date: date) -> None:
    """From the sale to what is owed to somebody else, and from there out of the bank."""
    currency = rest.realisation.asset.currency
    post(
        EntryDraft(
            booking_date=business_date,
            value_date=business_date,
            text=words,
            source_type="sale_rest",
            source_id=str(rest.pk),
            event=event,
            postings=[(account, amount, currency), (chart.SALE_PROCEEDS, -amount, currency)],
        ),
        actor=actor,
    )
