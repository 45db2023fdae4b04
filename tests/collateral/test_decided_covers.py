"""One asset carries no two loans: what a decision counted on has to stand in the registry before the money leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.events import ValuationAccepted
from collateral.handlers import follow_the_offer, let_go_what_a_new_value_settled, withdraw_what_was_proposed
from collateral.models import Covenant, DecidedCover, Pledge, Valuation
from collateral.selectors.coverage import coverage_of, facts_for
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.pledges import perfect_pledge, withdraw_pledge
from core.models import User
from loans.events import ApplicationDecided, ApplicationStatusChanged
from loans.models import Application, ApplicationHold, ConditionPrecedent
from loans.services.decisions import decide_application
from loans.services.holds import is_held, measure_again
from tests.collateral.conftest import SignIn
from tests.collateral.test_services import another_application

Decide = Callable[..., None]


@pytest.fixture
def decide(approver: User, today: date) -> Decide:
    """Grant a file what it asks for."""

    def make(application: Application) -> None:
        granted = {"amount": application.amount, "term_months": 60, "annual_rate": Decimal("0.06"), "conditions": [], "reasons": []}
        decide_application(application=application, outcome="APPROVED", actor=approver, business_date=today, **granted)
        follow_the_offer(ApplicationDecided(str(application.pk), outcome="APPROVED"))

    return make


@pytest.fixture
def granted(accepted: Valuation, pledge: Pledge, decide: Decide) -> Application:
    """100,000 granted on a lathe that carries all of it, proposed and not registered yet."""
    ConditionPrecedent.objects.create(application=pledge.application, code="collateral_perfected", title="Collateral perfected")
    decide(pledge.application)
    return Application.objects.get(pk=pledge.application.pk)


def falls_to(worth: int, valuation: Valuation) -> None:
    Valuation.objects.filter(pk=valuation.pk).update(market_value=Decimal(worth))


def told(valuation: Valuation) -> None:
    let_go_what_a_new_value_settled(ValuationAccepted(valuation_id=str(valuation.pk), asset_id=str(valuation.asset_id)))


def test_an_asset_proposed_for_another_file_first_is_counted_once(
    accepted: Valuation, pledge: Pledge, application: Application, officer: User, today: date
) -> None:
    other = another_application(application)
    second = propose_pledge(asset=pledge.asset, application=other, actor=officer, business_date=today)
    worth = coverage_of(application, business_date=today).lending_value
    assert coverage_of(application, business_date=today).available == 100_000 and second.rank > pledge.rank
    assert coverage_of(other, business_date=today).available == worth - 100_000 < 100_000
    alone = facts_for(other, business_date=today)["collateral_coverage"]
    assert alone == (worth - 100_000) / 100_000
    withdraw_pledge(pledge=pledge, reason="Another press instead", actor=officer, business_date=today)
    assert coverage_of(other, business_date=today).available == 100_000


def test_less_than_was_decided_on_holds_the_file_until_it_is_enough(
    granted: Application, accepted: Valuation, pledge: Pledge, investigator: User, officer: User, sign_in: SignIn, today: date
) -> None:
    kept = DecidedCover.objects.get()
    assert kept.available == kept.exposure == 100_000 and kept.coverage == 1 and not is_held(granted)
    falls_to(100_000, accepted)
    measure_again(granted, business_date=today)
    assert not is_held(granted)  # The open condition keeps the money until the lien is registered.
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    hold = ApplicationHold.objects.get()
    assert (hold.reason, hold.source, hold.released_at) == ("COLLATERAL", "decided_cover", None)
    assert ConditionPrecedent.objects.get(code="collateral_perfected").state == "SATISFIED"
    assert Covenant.objects.get().min_coverage == 1  # Of what was decided on, not of what came of it.
    page = sign_in(officer).get(reverse("loans:application_detail", args=[granted.pk])).text
    assert "Less stands in the registry than the decision counted on" in page and "Red flag against" not in page
    falls_to(210_000, accepted)
    told(accepted)
    assert not is_held(granted)
    # Whatever happens after: it is looked at again when the money is asked for.
    falls_to(100_000, accepted)
    measure_again(granted, business_date=today)
    measure_again(granted, business_date=today)
    assert is_held(granted) and ApplicationHold.objects.filter(released_at=None).count() == 1


def test_a_file_that_goes_back_before_its_decision_may_be_decided_anew_on_what_there_is(
    granted: Application, accepted: Valuation, pledge: Pledge, investigator: User, decide: Decide, today: date
) -> None:
    falls_to(100_000, accepted)
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    assert is_held(granted)
    Application.objects.update(state="REVIEW")
    withdraw_what_was_proposed(ApplicationStatusChanged(str(granted.pk), old_state="OFFERED", new_state="REVIEW"))
    assert not is_held(granted)
    decide(granted)
    assert not is_held(granted) and DecidedCover.objects.get().available < 100_000


@pytest.mark.parametrize(("worth", "held"), [(179_500, False), (175_000, True)])
def test_a_fiftieth_less_is_let_pass(
    granted: Application, accepted: Valuation, pledge: Pledge, investigator: User, worth: int, held: bool, today: date
) -> None:
    falls_to(worth, accepted)
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    found: Any = coverage_of(granted, business_date=today).available
    assert (found < 98_000) is held and is_held(granted) is held and found < 100_000
