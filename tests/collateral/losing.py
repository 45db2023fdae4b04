"""A press that covers a loan, its total loss, and how two people take that back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, AssetDocument, Covenant, Cover, MarginCall
from collateral.selectors.ended_pledges import EndedPledge
from collateral.services.loss_undone import UnableToTakeLossBack, decide_undo, propose_undo
from collateral.services.margin_calls import watch_covers
from collateral.services.total_loss import decide_total_loss, propose_total_loss
from core.events import deliver_pending
from core.models import Branch, Proposal, User
from tests.collateral.books import EVERY, Book
from tests.collateral.inspecting import application_of, machine
from tests.collateral.papers import file_paper
from tests.shared_rows import shared

Undo = Callable[..., list[EndedPledge]]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT, settings.CREDENCE_REQUIRE_STEP_UP = tmp_path, False


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def press(book: Book, officer: User) -> Asset:
    """A press that covers 27,500 of the 30,000 lent on it, as agreed."""
    press = machine(book, registered_by=officer)
    Covenant.objects.create(application=application_of(press), min_coverage=Decimal("0.9"), agreed_date=book.today)
    night(book)
    assert Cover.objects.get().available == 27_500 and not MarginCall.objects.exists()
    return press


@shared
def lost(press: Asset, investigator: User, approver: User, today: date) -> Asset:
    return lose(press, investigator, approver, today)


def lose(asset: Asset, actor: User, second: User, today: date) -> Asset:
    """Record a total loss on two people's word."""
    propose_total_loss(
        asset=asset, lost_date=today, reason="Burnt out", proof=file_paper(asset, "LOSS_REPORT", today), actor=actor, business_date=today
    )
    decide_total_loss(asset=asset, confirm=True, reason="", actor=second, business_date=today)
    asset.refresh_from_db()
    return asset


def night(book: Book) -> None:
    """What a night measures of covers, and everybody who hears of it."""
    book.sweep()
    watch_covers(business_date=book.today, **EVERY)
    while deliver_pending():
        pass


def ask(asset: Asset, actor: User, today: date, **changes: Any) -> Proposal:
    """Say that it is not lost after all."""
    proof = changes.pop("proof", None) or file_paper(asset, AssetDocument.Kind.EXISTENCE, today)
    return propose_undo(
        asset=asset, **{"reason": "The neighbour's press burnt", "proof": proof, "actor": actor, "business_date": today} | changes
    )


@pytest.fixture
def undo(investigator: User, risk_manager: User, today: date) -> Undo:
    """Take a loss back, by two people."""

    def make(asset: Asset, **changes: Any) -> list[EndedPledge]:
        ask(asset, investigator, today, **changes)
        return decide_undo(asset=asset, confirm=True, reason="Seen", actor=risk_manager, business_date=today)

    return make


def refused(act: Callable[[], object]) -> set[str]:
    """The fields at fault, or the code of a refusal without fields."""
    with pytest.raises(UnableToTakeLossBack) as refusal:
        act()
    return {fault.field for fault in refusal.value.faults} or {refusal.value.code}
