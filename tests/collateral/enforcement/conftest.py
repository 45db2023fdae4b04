"""Loans that the real services lent, what secures them, and the people who sell it: the cast of servicing in the room of collateral."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, Realisation
from collateral.selectors.ended_pledges import EndedPledge
from collateral.services.enforcement import decide_enforcement, propose_enforcement
from collateral.services.enforcement_undone import decide_undo
from collateral.services.total_loss import decide_total_loss, propose_total_loss
from core.models import Branch, User
from loans.models import Facility, Loan, ProductVersion
from loans.services.disbursement import confirm_disbursement
from loans.services.facilities import draw
from tests.collateral.books import Book, Lent
from tests.collateral.enforcement.selling import Sell, Two, ask_undo
from tests.collateral.papers import file_paper, sale_papers
from tests.loans.servicing.conftest import (
    accepted,
    active,
    approver,
    ask,
    branch,
    collector,
    officer,
    product,
    risk_manager,
    second_approver,
    signed,
)
from tests.loans.servicing.lines_of_credit import facility, first_drawing, line_product
from tests.shared_rows import shared

__all__ = [
    "accepted", "active", "approver", "branch", "collector", "facility", "first_drawing", "line_product", "officer", "product", "risk_manager",
    "second_approver", "signed",
]  # fmt: skip


@pytest.fixture
def media(settings: Any, tmp_path: Any) -> None:
    """Papers are kept where nobody else looks, and nobody is asked who they are once more."""
    settings.MEDIA_ROOT, settings.CREDENCE_REQUIRE_STEP_UP = tmp_path, False


@shared
def two(active: Callable[..., Loan], branch: Branch, product: ProductVersion, today: date) -> Two:
    """Two paid-out loans of 12,000 on one machine, the first by rank more than 90 days late."""
    book = Book(branch, product, today)
    loans = [active(), active()]
    machine = book.asset(40_000, kind="MACHINERY")
    for rank, loan in enumerate(loans, 1):
        book.pledge(machine, Lent(loan, loan.application), 14_000, rank=rank, prior=1_000)
    Loan.objects.filter(pk=loans[0].pk).update(days_past_due=95)
    return book, loans, machine


@pytest.fixture
def sell(two: Two, collector: User, second_approver: User) -> Sell:
    """Sell the machine for 20,000, to be paid in a month, or paid today without a day for that; costs of 500."""
    book, _, machine = two

    def make(**changes: Any) -> Realisation:
        asked: dict[str, Any] = {
            "asset": machine, "sold_date": book.today, "price": Decimal(20_000), "costs": Decimal(500), "reason": "Auctioned", "buyer": "Keller Works",
            "remark": "The highest bid of two.", "payee": "Court of Hamburg", "papers": sale_papers(machine, book.today)._replace(receipt=None), "actor": collector,
            "business_date": book.today, "due_date": book.today + timedelta(days=30),
        }  # fmt: skip
        asked |= changes
        if asked["due_date"] is None:
            asked |= {"received_date": book.today, "papers": sale_papers(machine, book.today)}
        propose_enforcement(**asked)
        sale = decide_enforcement(asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=book.today)
        assert sale is not None
        return sale

    return make


@pytest.fixture
def undo(two: Two, collector: User, second_approver: User) -> Callable[[], list[EndedPledge]]:
    """Take the sale of the machine back, by two people."""
    book, _, machine = two

    def make() -> list[EndedPledge]:
        ask_undo(machine, collector, book.today)
        return decide_undo(asset=machine, confirm=True, reason="Read", actor=second_approver, business_date=book.today)

    return make


@shared
def lost(two: Two, collector: User, second_approver: User) -> Asset:
    """The machine of two loans of 12,000 burnt; others stand before the bank with 1,000."""
    book, _, machine = two
    paper = file_paper(machine, "LOSS_REPORT", book.today)
    asked: dict[str, Any] = {"asset": machine, "business_date": book.today}
    propose_total_loss(**asked, lost_date=book.today, reason="Burnt", proof=paper, actor=collector)
    decide_total_loss(**asked, confirm=True, reason="Read", actor=second_approver)
    Loan.objects.update(days_past_due=0)
    machine.refresh_from_db()
    return machine


@shared
def drawings(first_drawing: Loan, facility: Facility, officer: User, approver: User, today: date) -> list[Loan]:
    """4,000, 2,500 and 1,500 drawn under one limit, the youngest the largest but one; the oldest is more than 90 days late."""
    loans = [first_drawing]
    for amount in ("2500.00", "1500.00"):
        loan = draw(facility=facility, amount=Decimal(amount), term_months=6, actor=officer, business_date=today)
        confirm_disbursement(disbursement=ask(loan, officer, today), actor=approver, business_date=today)
        loan.refresh_from_db()
        loans.append(loan)
    Loan.objects.filter(pk=first_drawing.pk).update(days_past_due=95)
    return loans


@shared
def press(drawings: list[Loan], active: Callable[..., Loan], branch: Branch, product: ProductVersion, today: date) -> Asset:
    """A press that secures the limit at rank one, for at most 7,000, and a loan of 12,000 at rank two; others stand before with 500."""
    book = Book(branch, product, today)
    machine = book.asset(40_000, kind="MACHINERY")
    book.pledge(machine, Lent(drawings[0], drawings[0].application), 7_000, rank=1, prior=500)
    other = active()
    book.pledge(machine, Lent(other, other.application), 14_000, rank=2, prior=500)
    return machine


@pytest.fixture
def sell_at(collector: User, second_approver: User, today: date) -> Sell:
    """Sell an asset for a price that is paid today: `sell_at(press, "6200.00", "200.00")`, the last the costs."""

    def make(asset: Asset, price: str, costs: str = "0.00") -> Any:
        shared: dict[str, Any] = {"asset": asset, "business_date": today}
        sale: dict[str, Any] = {
            "price": Decimal(price),
            "costs": Decimal(costs),
            "reason": "Sold",
            "buyer": "Keller Works",
            "payee": "A court",
        }
        propose_enforcement(
            **shared, **sale, sold_date=today, remark="Best of two.", actor=collector, papers=sale_papers(asset, today), received_date=today
        )
        return decide_enforcement(**shared, confirm=True, reason="Seen", actor=second_approver)

    return make
