"""A bank that names no country of its own has to be told in which one an asset is and an owner lives: nothing is kept without one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset
from collateral.services.assets import UnableToRegisterAsset
from collateral.services.owners import OwnerDraft, UnableToRecordOwners, record_ownership
from collateral.services.places import UnableToRecordPlace, record_place
from core.models import User
from loans.models import Application, Borrower
from loans.services.intake import Party
from tests.collateral import test_owners
from tests.collateral.conftest import Register, SignIn

FORM = test_owners.TestTheRegistrationForm.SENT | test_owners.TestTheRegistrationForm.OTHER


@pytest.fixture(autouse=True)
def nowhere(settings: Any) -> None:
    settings.CREDENCE_COUNTRY = ""


class TestAnAsset:
    def test_is_registered_with_its_country_alone(self, register: Register) -> None:
        with pytest.raises(UnableToRegisterAsset) as refusal:
            register()
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("country", "required")]
        assert not Asset.objects.exists()
        assert register(country="nl").country == "NL"

    def test_that_stands_nowhere_needs_none(self, register: Register) -> None:
        assert register(kind="DEPOSIT", description="Savings", title_number="").country == ""

    def test_of_no_country_is_placed_with_one(self, register: Register, officer: User, today: date) -> None:
        asset = register(country="NL")
        Asset.objects.update(country="")
        place: dict[str, Any] = {"address_line": "Am Hafen 9", "city": "Husum", "latitude": None, "longitude": None}
        with pytest.raises(UnableToRecordPlace) as refusal:
            record_place(asset=asset, country="", **place, actor=officer, business_date=today)
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("country", "required")]
        assert record_place(asset=asset, country="de", **place, actor=officer, business_date=today).country == "DE"
        assert record_place(asset=asset, country="", **place, actor=officer, business_date=today).country == "DE"


class TestAnOwner:
    @pytest.mark.parametrize(("country", "code"), [("", "required"), ("Netherlands", "form"), ("1A", "form")])
    def test_who_is_new_is_kept_with_their_country_alone(
        self, register: Register, officer: User, today: date, country: str, code: str
    ) -> None:
        asset = register(country="NL")
        told = Party("", "COMPANY", "Birch Holding GmbH", registration_number="HRB 5", country=country)
        owner = [OwnerDraft(Fraction(1), party=told)]
        with pytest.raises(UnableToRecordOwners) as refusal:
            record_ownership(asset=asset, owners=owner, from_date=today, reason="Bought", actor=officer, business_date=today)
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("owners.0.country", code)]
        assert not Borrower.objects.filter(name=told.name).exists()

    def test_is_asked_for_it_beside_their_name(self, application: Application, officer: User, sign_in: SignIn) -> None:
        client, address = sign_in(officer), reverse("collateral:asset_new", args=[application.pk])
        refused = client.post(address, FORM | {"country": "NL"})
        assert refused.status_code == 422 and set(refused.context["form"].errors) == {"owner_1_country"}
        assert client.post(address, FORM | {"country": "NL", "owner_1_country": "se"}).status_code == 302
        assert Borrower.objects.get(name="Hedda Lindholm").country == "SE"
        assert Asset.objects.get().stated_value == Decimal(30_000)
