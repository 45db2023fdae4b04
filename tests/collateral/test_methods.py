"""Which methods a class may be valued by: nobody gets around comparables by the name of a method."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from collateral.domain.methods import METHODS, needs_comparables
from collateral.models import AssetKind, Valuation
from collateral.services.valuations import UnableToSubmitValuation, order_valuation
from core.models import User
from tests.collateral.conftest import Register, SignIn, Value
from tests.collateral.test_services import open_codes, world


def test_every_class_has_methods_and_a_quote_is_for_securities_alone() -> None:
    assert set(METHODS) == set(AssetKind.values)
    assert {kind for kind, names in METHODS.items() if "MARKET_QUOTE" in names} == {"SECURITIES"}
    assert not any("INDEX" in names for names in METHODS.values())
    assert {name for names in METHODS.values() for name in names} <= set(Valuation.Method.values)
    # A value kept under a method that its class does not bear is looked at like any other.
    assert needs_comparables("REAL_ESTATE", "MARKET_QUOTE") and not needs_comparables("SECURITIES", "MARKET_QUOTE")


@pytest.mark.parametrize("method", ["MARKET_QUOTE", "INDEX", "NOMINAL", ""])
def test_a_house_is_not_valued_without_comparables_by_the_name_of_a_method(
    register: Register, investigator: User, appraisers: list[User], submit: Value, sign_in: SignIn, today: date, method: str
) -> None:
    house = register(kind="REAL_ESTATE", description="House", title_number="H-1")
    order = order_valuation(asset=house, actor=investigator, business_date=today)
    before = world()
    with pytest.raises(UnableToSubmitValuation) as refusal:
        submit(order, method=method, comparables=[])
    (fault,) = refusal.value.faults
    assert fault.field == "method" and "comparison, income or cost" in fault.detail and world() == before
    assert order.appraiser is not None
    client = sign_in(order.appraiser)
    sent = {"market_value": "210000", "method": method, "valued_date": today.isoformat(), "independence_declared": "on"}
    page = client.post(reverse("collateral:valuation_submit", args=[order.pk]), sent)
    assert page.status_code == 422 and fault.detail in page.content.decode()
    assert 'value="MARKET_QUOTE"' not in page.content.decode() and 'value="210000"' in page.content.decode()


def test_a_house_by_cost_still_owes_its_comparables_and_securities_owe_none(
    register: Register, investigator: User, appraisers: list[User], submit: Value, today: date
) -> None:
    house = register(kind="REAL_ESTATE", description="House", title_number="H-1")
    submit(order_valuation(asset=house, actor=investigator, business_date=today), comparables=[])
    assert "no_comparables" in open_codes(house)
    paper = register(kind="SECURITIES", description="Bonds", title_number="")
    value = submit(order_valuation(asset=paper, actor=investigator, business_date=today), comparables=[])
    assert value.market_value == Decimal("210000.00") and not open_codes(paper) & {"no_comparables", "evidence_missing"}
