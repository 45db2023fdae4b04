"""A pledge for far more than its asset is worth is read back, and taken only when somebody says it once more."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.unlikely import times_worth
from collateral.models import Asset, Pledge, Valuation
from collateral.services.assets import UnableToRegisterAsset
from collateral.services.pledge_proposals import UnableToProposePledge, propose_pledge
from core.models import AuditEntry, User
from loans.models import Application
from tests.collateral.conftest import Register, SignIn
from tests.collateral.test_services import another_application, world
from tests.collateral.test_twins import TestThePages


def test_twice_the_worth_passes_and_a_cent_more_does_not() -> None:
    assert times_worth(Decimal("200.00"), Decimal("100.00")) is None
    assert times_worth(Decimal("200.01"), Decimal("100.00")) == Decimal("2.0001")


@pytest.mark.django_db
class TestServices:
    def test_registers_it_when_the_same_figure_is_confirmed(self, register: Register, application: Application) -> None:
        before = world()
        small: dict[str, Any] = {"stated_value": Decimal(40_000)}
        for given in ({}, {"confirmed_amount": Decimal(90_000)}):
            with pytest.raises(UnableToRegisterAsset, match="far_above") as refusal:
                register(**small, **given)
            assert "100,000.00 EUR" in refusal.value.detail and "2.5 times" in refusal.value.detail
        assert world() == before
        asset = register(**small, confirmed_amount=application.amount)
        assert asset.pledges.get().amount == 100_000
        assert AuditEntry.objects.get(action="asset.registered").details["amount"] == "100000.00"

    def test_takes_a_fitting_amount_without_a_question(self, register: Register) -> None:
        assert register(stated_value=Decimal(40_000), amount=Decimal(50_000)).pledges.get().amount == 50_000

    def test_proposes_by_the_value_in_force(
        self, accepted: Valuation, asset: Asset, application: Application, officer: User, today: date
    ) -> None:
        Valuation.objects.filter(pk=accepted.pk).update(market_value=Decimal(30_000))
        given: dict[str, Any] = {"asset": asset, "application": another_application(application), "actor": officer, "business_date": today}
        with pytest.raises(UnableToProposePledge, match="far_above"):
            propose_pledge(**given)
        assert Pledge.objects.count() == 1
        assert propose_pledge(**given, confirmed_amount=Decimal(100_000)).amount == 100_000


@pytest.mark.django_db
class TestPages:
    def test_registration_reads_it_back_and_keeps_what_was_typed(self, application: Application, officer: User, sign_in: SignIn) -> None:
        client, address = sign_in(officer), reverse("collateral:asset_new", args=[application.pk])
        sent = {**TestThePages.SENT, "stated_value": "20000"}
        shown = client.post(address, sent)
        assert shown.status_code == 422 and "I mean 100,000.00 EUR to be registered" in shown.text and "5-axes lathe" in shown.text
        client.post(address, {**sent, "confirmed_amount": "100000.00"})
        assert Pledge.objects.get().amount == 100_000

    def test_a_registered_asset_is_pledged_for_an_amount(
        self, register: Register, application: Application, officer: User, sign_in: SignIn
    ) -> None:
        asset, second = register(stated_value=Decimal(50_000), amount=Decimal(50_000)), another_application(application)
        Asset.objects.update(stated_value=Decimal(20_000))
        client, address = sign_in(officer), reverse("collateral:asset_pledge", args=[second.pk, asset.pk])
        assert "It backs nothing" not in client.get(address).text
        shown = client.post(address)
        assert shown.status_code == 422 and "I mean 100,000.00 EUR" in shown.text
        Asset.objects.update(currency="CHF")
        kept = client.post(address, {"confirmed_amount": "100000.00"}).text
        assert "is valued in CHF" in kept and re.search(r'name="confirmed_amount"[^>]*value="100000.0+"[^>]*checked', kept)
        assert "I mean" not in client.post(address, {"amount": "30000", "confirmed_amount": "100000.00"}).text
        assert "I mean" not in client.post(address).text
        Asset.objects.update(currency="EUR")
        assert client.post(address, {"amount": "30000"}).status_code == 302
        assert second.pledges.get().amount == 30_000
