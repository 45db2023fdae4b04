"""What a sale cost and what proves it: the contract or record of the auction, and for costs whom they are paid to and their invoice."""

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
    """What proves a sale, and its costs: as it was sent, or on file."""

    paper: Proof | None = None
    invoice: Proof | None = None


NO_PAPERS = Papers()


def faults_of(costs: Decimal, payee: str, papers: Papers) -> list[Fault]:
    """What is missing: the paper of the sale, and for costs whom they go to and their invoice."""
    faults = [] if papers.paper else [Fault("paper", "required", "Add the contract of the sale or the record of the auction.")]
    if costs > 0 and not payee:
        faults.append(Fault("payee", "required", "Name whom the costs are paid to."))
    if costs > 0 and not papers.invoice:
        faults.append(Fault("invoice", "required", "Add the invoice of the costs."))
    return faults


def concerns_of_costs(price: Decimal, costs: Decimal, payee: str) -> list[str]:
    """What speaks against the costs, in words: they are high for the price, or paid to somebody who works here."""
    share = settings_in_force().costs_share
    high = [f"The costs are more than {share:.0%} of the price."] if costs > price * share else []
    return high + (staff_concerns(payee, "") if payee else [])


def keep_papers(asset: Asset, papers: Papers, *, sold_date: date, actor: User, business_date: date) -> dict[str, str]:
    """Put on file what was sent; the keys of both papers as a proposal keeps them, empty without one.
    Raises what keeping a paper raises.
    """
    kept = {}
    for name, kind, given in zip(Papers._fields, AssetDocument.OF_SALES, papers, strict=True):
        found = proof_of(asset, kind, given, paper_date=sold_date, actor=actor, business_date=business_date)
        kept[name] = str(found.pk) if found else ""
    return kept


def papers_in(content: dict[str, str]) -> Papers:
    """The papers that a proposal names. One query."""
    keys = [content.get(name, "") for name in Papers._fields]
    found = {str(one.pk): one for one in AssetDocument.objects.filter(pk__in=filter(None, keys))}
    return Papers(*(found.get(key) for key in keys))
