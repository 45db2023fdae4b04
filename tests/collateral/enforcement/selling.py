"""What the people of a sale by enforcement do, one act each, and what the books say of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from collateral.models import Asset, AssetDocument, Realisation
from collateral.services.enforcement import propose_enforcement
from collateral.services.enforcement_undone import propose_undo
from collateral.services.insurance_payments import decide_insurance, propose_insurance
from collateral.services.sale_prices import propose_price
from core.models import Proposal, User
from loans.ledger import selectors
from loans.models import Loan
from tests.collateral.books import Book
from tests.collateral.papers import file_paper, sale_papers

Two = tuple[Book, list[Loan], Asset]
Sell = Callable[..., Realisation]


def propose(book: Book, machine: Asset, actor: User, price: str = "20000.00", costs: str = "500.00") -> None:
    """Propose a sale whose price came in today."""
    propose_enforcement(
        asset=machine,
        sold_date=book.today,
        price=Decimal(price),
        costs=Decimal(costs),
        reason="Auctioned",
        buyer="Keller Works",
        remark="The highest bid of two.",
        payee="Court of Hamburg",
        papers=sale_papers(machine, book.today),
        received_date=book.today,
        actor=actor,
        business_date=book.today,
    )


def ask_price(asset: Asset, actor: User, today: date, reason: str = "Statement", **changes: Any) -> Proposal:
    """Say that the price came in today."""
    receipt = file_paper(asset, AssetDocument.Kind.PRICE_RECEIPT, today)
    given: dict[str, Any] = {"received_date": today, "receipt": receipt, **changes}
    return propose_price(asset=asset, reason=reason, actor=actor, business_date=today, **given)


def ask_undo(asset: Asset, actor: User, today: date) -> Proposal:
    """Say that the buyer never paid."""
    proof = file_paper(asset, AssetDocument.Kind.SALE_VOID, today)
    return propose_undo(asset=asset, reason="He never paid", proof=proof, actor=actor, business_date=today)


def ask_insurance(asset: Asset, actor: User, today: date, **changes: Any) -> Proposal:
    """Say that an insurer paid 30,000 today."""
    given: dict[str, Any] = {
        "insurer": "Nordersund Mutual", "amount": Decimal(30_000), "received_date": today, "reason": "Policy 77, in full",
        "receipt": changes.get("receipt") or file_paper(asset, "PRICE_RECEIPT", today), **changes,
    }  # fmt: skip
    return propose_insurance(asset=asset, actor=actor, business_date=today, **given)


def book_insurance(asset: Asset, actor: User, today: date, *, confirm: bool = True) -> Realisation | None:
    """The second person's word about an insurer's money."""
    return decide_insurance(asset=asset, confirm=confirm, reason="Seen", actor=actor, business_date=today)


def balance(account: str) -> Decimal:
    """What stands on an account in EUR."""
    return selectors.balance(account=account, currency="EUR")
