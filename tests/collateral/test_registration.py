"""From what an applicant stated to the form of its class: nothing is typed twice, and each class asks for its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, Pledge
from collateral.selectors.stated_items import list_items
from collateral.services.assets import UnableToRegisterAsset
from core.models import User
from loans.models import Application
from loans.selectors.drafts import kept_draft
from tests.collateral.conftest import Register, SignIn
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_services import another_application
from tests.shared_rows import shared

ITEMS = [
    {"kind": "vehicle", "description": "Van", "stated_value": "30000.00", "title_number": "WNWAZZ1KZAW000123"},
    {"kind": "machinery", "description": "Lathe", "stated_value": "200000.00", "title_number": "A1234567"},
]
PLACES = '[{"address": {"line1": "Deichweg 3", "city": "Husum", "country": "NL"}, "details": {"mileage": "41000", "secret": "x"}}]'


@shared
def stated(application: Application) -> Application:
    application.stated_collateral, application.stated_places = ITEMS, PLACES
    application.save()
    return application


@shared
def address(stated: Application) -> str:
    return reverse("collateral:asset_new", args=[stated.pk])


def values(page: Any) -> dict[str, Any]:
    return {field.name: field.value() for field in page.context["form"]}


def test_begins_with_what_was_stated_in_the_form_of_its_class(address: str, officer: User, sign_in: SignIn) -> None:
    page = sign_in(officer).get(address)
    found = values(page)
    told = {"item": 0, "description": "Van", "vin": "WNWAZZ1KZAW000123", "mileage": "41000", "address_line": "Deichweg 3", "country": "NL"}
    assert {name: found[name] for name in told} == told
    assert (found["owner_0_name"], found["owner_0_share"]) == ("Alder Workshop", "1")
    assert "serial_number" not in found
    assert "secret" not in found


def test_goes_on_with_what_is_not_registered_yet(address: str, stated: Application, officer: User, sign_in: SignIn) -> None:
    client = sign_in(officer)
    sent = {name: value for name, value in values(client.get(address)).items() if value is not None and value is not False}
    more = {
        "amount": "30000",
        "make": "Nordwagen",
        "model": "Kurier",
        "first_registration": "2023-05-04",
        "condition": "IN_USE",
        "insured_until": "2027-01-01",
    }
    assert client.post(address, {**sent, **more, "title_holders": "Alder Workshop"}).status_code == 302
    assert Pledge.objects.get().stated_number == 0
    assert [item.registered for item in list_items(stated)] == [True, False]
    assert values(client.get(address))["serial_number"] == "A1234567"
    panel = client.get(reverse("collateral:application_panel", args=[stated.pk])).text
    assert "Lathe" in panel
    assert "item=1" in panel
    assert "item=0" not in panel
    asset = Asset.objects.get()
    assert (asset.address_line, asset.city, asset.country) == ("Deichweg 3", "Husum", "NL")


def test_lets_the_class_be_chosen(address: str, officer: User, sign_in: SignIn) -> None:
    client = sign_in(officer)
    page = client.get(address, {"choose": "1"}).text
    for words in ("Stated in the application", "?kind=MACHINERY", "?kind=VEHICLE", "?item=1"):
        assert words in page
    assert "?kind=LAND" not in page
    assert values(client.get(address, {"kind": "MACHINERY"}))["description"] is None
    assert values(client.get(address, {"item": "1"}))["description"] == "Lathe"
    assert "form" not in client.get(address, {"kind": "LAND"}).context


def test_keeps_the_address_for_whoever_takes_the_file_up_again(stated: Application) -> None:
    item = kept_draft(stated)["collateral"]
    assert item[0]["address"] == {"line1": "Deichweg 3", "city": "Husum", "country": "NL"}
    assert item[1] == ITEMS[1]


def test_for_a_draft_that_asks_for_nothing_yet_takes_an_amount_of_its_own(
    register: Register, asset: Asset, application: Application, officer: User, sign_in: SignIn
) -> None:
    draft = another_application(application)
    Application.objects.filter(pk=draft.pk).update(state="DRAFT", amount=None)
    draft.refresh_from_db()
    address = reverse("collateral:asset_pledge", args=[draft.pk, asset.pk])
    refused = sign_in(officer).post(address, {"amount": "", "prior_claims": ""})
    assert refused.status_code == 422 and "The registered amount has to be more than zero" in refused.text
    with pytest.raises(UnableToRegisterAsset) as refusal:
        register(application=draft, description="Press", title_number="SN 9")
    assert [fault.field for fault in refusal.value.faults] == ["amount"] and not draft.pledges.exists()
    assert sign_in(officer).post(address, {"amount": "5000", "prior_claims": ""}).status_code == 302
    assert draft.pledges.get().amount == 5_000


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("REAL_ESTATE", {"living_area": "420.00", "plot_area": "900.00", "built_year": 1987, "latitude": "54.473100"}),
        ("VEHICLE", {"bought_date": "2023-05-04"}),
    ],
)
def test_evidence_begins_with_what_is_on_file(register: Register, officer: User, sign_in: SignIn, kind: str, told: dict[str, Any]) -> None:
    place = {"latitude": Decimal("54.4731"), "longitude": Decimal("9.05")} if kind == "REAL_ESTATE" else {}
    asset = register(kind=kind, facts=GOOD[kind], **place)
    found = values(sign_in(officer).get(reverse("collateral:evidence", args=[asset.pk])))
    assert {name: str(found[name]) for name in told} == {name: str(value) for name, value in told.items()}
