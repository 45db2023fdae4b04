"""What a sale cost and what proves it: the contract or record of the auction, for costs whom they are paid to and their invoice, and what
shows that the price came in.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from collateral.models import Asset, AssetDocument
from collateral.selectors.value_settings import settings_in_force
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.sale_buyers import staff_concerns
from core.errors import Fault
from core.models import User


class Papers(NamedTuple):
    """What proves a sale, its costs, and that its price came in: as it was sent, or on file."""

    paper: Proof | None = None
    invoice: Proof | None = None
    receipt: Proof | None = None


NO_PAPERS = Papers()


def faults_of(costs: Decimal, payee: str, papers: Papers) -> list[Fault]:
    """What is missing: the paper of the sale, and for costs whom they go to and their invoice."""
    faults = [] if papers.paper else [Fault("paper", "required", "Add the contract of the sale or the record of the auction.")]
    if costs > 0 and not payee:
        faults.append(Fault("payee", "required", "Name whom the costs are paid to."))
    if costs > 0 and not papers.invoice:
        faults.append(Fault("invoice", "required", "Add the invoice of the costs."))
    return faults


def faults_of_receipt(received_date: date | None, receipt: Proof | None, *, since: date, business_date: date) -> list[Fault]:
    """What is missing where a price came in that is of a sale `since` a day: when, and what shows it."""
    faults = []
    if received_date is None:
        faults.append(Fault("received_date", "required", "Write when the money came in: interest of the loans that it pays ends that day."))
    elif not since <= received_date <= business_date:
        faults.append(Fault("received_date", "out_of_bounds", f"The money came in between {since:%-d %b %Y} and today."))
    if receipt is None:
        faults.append(Fault("receipt", "required", "Add the statement of the account that shows the money."))
    return faults


def concerns_of_costs(price: Decimal, costs: Decimal, payee: str) -> list[str]:
    """What speaks against the costs, in words: they are high for the price, or paid to somebody who works here."""
    share = settings_in_force().costs_share
    high = [f"The costs are more than {share:.0%} of the price."] if costs > price * share else []
    return high + (staff_concerns(payee, "") if payee else [])


def keep_papers(
    asset: Asset, papers: Papers, *, sold_date: date, actor: User, business_date: date, received_date: date | None = None
) -> dict[str, str]:
    """Put on file what was sent; the keys of the papers as a proposal keeps them, empty without one.
    Raises what keeping a paper raises.
    """
    kept = {}
    for name, kind, given in zip(Papers._fields, AssetDocument.OF_SALES, papers, strict=True):
        day = received_date or sold_date if kind == AssetDocument.Kind.PRICE_RECEIPT else sold_date
        found = proof_of(asset, kind, given, paper_date=day, actor=actor, business_date=business_date)
        kept[name] = str(found.pk) if found else ""
    return kept


def papers_in(content: dict[str, str]) -> Papers:
    """The papers that a proposal names. One query."""
    keys = [content.get(name, "") for name in Papers._fields]
    found = {str(one.pk): one for one in AssetDocument.objects.filter(pk__in=filter(None, keys))}
    return Papers(*(found.get(key) for key in keys))
