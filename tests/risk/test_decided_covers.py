"""What a decision counts on stands from its own transaction on: whatever is lost before anybody hears of it holds the file."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from collateral.models import Asset, DecidedCover, Pledge, Valuation
from collateral.services.total_loss import decide_total_loss, propose_total_loss
from core.events import deliver_pending
from core.models import BankState, User
from loans.models import Application, ApplicationHold
from tests.collateral.papers import file_paper
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make, decided


@pytest.fixture
def lathe(reviewed: Make, approver: User) -> Asset:
    """Granted on a lathe that carries all of it, proposed and not registered yet; nobody has heard of the decision."""
    BankState.objects.update(business_date=TODAY)
    application: Application = reviewed()
    asset = Asset.objects.create(
        reference="CO-1", branch=application.branch, kind="MACHINERY", description="Lathe", country="DE", currency="EUR",
        stated_value=40_000, registered_date=TODAY,
    )  # fmt: skip
    Valuation.objects.create(
        asset=asset, ordered_date=TODAY, state="ACCEPTED", method="COMPARISON", market_value=40_000, currency="EUR", valued_date=TODAY,
        expires_date=TODAY + timedelta(days=365),
    )  # fmt: skip
    Pledge.objects.create(asset=asset, application=application, rank=1, amount=Decimal(12_000))
    decided(application, approver)
    return asset


def hear() -> None:
    while deliver_pending():
        pass


def kept() -> tuple[Decimal, Decimal]:
    cover = DecidedCover.objects.get()
    return cover.available, cover.exposure


def is_held() -> bool:
    return ApplicationHold.objects.filter(source="decided_cover", released_at=None).exists()


def test_a_pledge_that_is_lost_before_the_decision_is_heard_of_holds_the_file(lathe: Asset, investigator: User, risk_manager: User) -> None:
    assert kept() == (12_000, 12_000), "kept with the decision"
    propose_total_loss(
        asset=lathe,
        lost_date=TODAY,
        reason="Burnt down.",
        proof=file_paper(lathe, "LOSS_REPORT", TODAY),
        actor=investigator,
        business_date=TODAY,
    )
    decide_total_loss(asset=lathe, confirm=True, reason="Seen", actor=risk_manager, business_date=TODAY)
    assert Pledge.objects.get().state == "WITHDRAWN" and is_held()
    hear()
    assert kept() == (12_000, 12_000) and is_held()


def test_a_value_that_falls_before_the_decision_is_heard_of_changes_nothing_of_what_it_stood_on(lathe: Asset) -> None:
    Valuation.objects.update(market_value=10_000)
    hear()
    assert kept() == (12_000, 12_000)
