"""Two people with the same page open: what the second one writes does not undo unseen what the first one wrote."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collateral.models import Asset, FactsVersion, Ownership
from core.models import User
from tests.collateral.conftest import Register, SignIn
from tests.collateral.test_asset_facts import GOOD
from tests.shared_rows import shared


def seen_in(page: str, prefix: str) -> str:
    """The revision that a form was made from."""
    found = re.search(rf'<input type="hidden" name="seen" value="([^"]+)" id="{prefix}_seen"', page)
    assert found is not None
    return found[1]


@shared
def building(register: Register) -> Asset:
    return register(kind="REAL_ESTATE", facts=GOOD["REAL_ESTATE"])


FORMS: list[Any] = [
    pytest.param("asset_facts", "asset_facts", "facts", {**GOOD["REAL_ESTATE"], "valid_from": "2026-03-02"}, ("floor_area", "150", "140.5"), id="facts"),
    pytest.param("asset_facts", "asset_place", "place", {"country": "DE"}, ("city", "Husum", "Kiel"), id="place"),
    pytest.param(
        "owners", "owners", "owners",
        {"owner_0_name": "Alder Workshop", "owner_0_share": "1", "owner_0_kind": "COMPANY", "from_date": "2026-03-02"},
        ("reason", "Bought", "Inherited"), id="owners",
    ),
]  # fmt: skip


def kept(asset: Asset) -> list[Any]:
    return [FactsVersion.objects.filter(asset=asset).count(), Ownership.objects.filter(asset=asset).count()]


@pytest.mark.parametrize(("page", "act", "prefix", "sent", "change"), FORMS)
def test_a_stale_form_keeps_nothing_and_loses_nothing(
    building: Asset,
    officer: User,
    investigator: User,
    sign_in: SignIn,
    today: date,
    page: str,
    act: str,
    prefix: str,
    sent: dict[str, Any],
    change: tuple[str, str, str],
) -> None:
    name, first, second = change
    address = reverse(f"collateral:{page}", args=[building.pk])
    target = reverse(f"collateral:{act}", args=[building.pk])
    early, late = sign_in(investigator), sign_in(officer)

    def send(client: Client, value: str, seen: str) -> Any:
        return client.post(target, {**sent, name: value, "seen": seen})

    opened = seen_in(late.get(address).text, prefix)
    assert send(early, first, seen_in(early.get(address).text, prefix)).status_code == 302
    before = kept(building)
    refused = send(late, second, opened)
    assert refused.status_code == 409
    assert f"{investigator.full_name} changed" in refused.text
    assert f'value="{second}"' in refused.text or f"> {second}</textarea>" in refused.text
    assert first in refused.text
    assert kept(building) == before
    # Whoever has seen it by now may still mean it.
    assert send(late, second, seen_in(refused.text, prefix)).status_code == 302
    assert kept(building) != before
