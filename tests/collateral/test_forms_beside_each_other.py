"""Several forms on the page of an asset: what is typed into one is lost nowhere and stands in no other."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from django.urls import reverse

from collateral.models import Asset, Pledge, Valuation
from core.models import User
from tests.collateral.conftest import SignIn
from tests.collateral.test_services import another_application

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("reason", "said"), [("Far above its own comparables.", "No appraiser of another firm"), ("x" * 201, "at most 200")]
)
def test_why_another_value_is_needed_is_kept_where_nobody_is_asked(
    submitted: Valuation, investigator: User, sign_in: SignIn, reason: str, said: str
) -> None:
    address = reverse("collateral:valuation_another", args=[submitted.asset_id])
    answer = sign_in(investigator).post(address, {"reason": reason, "third_party": "on"})
    assert answer.status_code in (409, 422) and reason in answer.text and said in answer.text
    assert Valuation.objects.count() == 1


def test_each_pledge_that_waits_has_a_form_of_its_own(
    pledge: Pledge, asset: Asset, investigator: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, today: date
) -> None:
    Pledge.objects.create(asset=asset, application=another_application(pledge.application), amount=5_000, rank=2)
    monkeypatch.setattr("collateral.web.asset_page.obstacles_of", lambda *_, **__: iter(()))
    client = sign_in(investigator)
    answer = client.post(reverse("collateral:pledge_perfect", args=[pledge.pk]), {"registry_reference": "REG" * 21})
    assert answer.status_code == 422
    assert answer.text.count("REG" * 21) == 1
    forms = [form for _, _, form in answer.context["perfectable"]]
    ids = Counter(field.auto_id for form in forms for field in form)
    assert len(forms) == 2 and set(ids.values()) == {1}
