"""What a value was worked out from: asked for by its method, kept, worked out again, and set side by side."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.value_inputs import INPUTS, check_inputs, find_inputs_differ, inputs_of, made_of
from collateral.models import Asset, Valuation
from collateral.services.valuations import UnableToSubmitValuation, order_valuation, take_back_valuation
from core.models import User
from tests.collateral.conftest import Register, SignIn, Value
from tests.collateral.test_services import open_codes, world

INCOME = {"rent": Decimal(12_000), "vacancy": Decimal(5), "rate": Decimal("5.7")}


def test_inputs_make_a_value_by_every_method_that_has_them() -> None:
    assert made_of("INCOME", INCOME) == 200_000
    assert made_of("COST", {"new_price": Decimal(400_000), "depreciation": Decimal(60), "land_value": Decimal(40_000)}) == 200_000
    assert made_of("COST", {"new_price": Decimal(400_000), "depreciation": Decimal(50)}) == 200_000
    assert made_of("NOMINAL", {"nominal": Decimal(250_000), "losses": Decimal(20)}) == 200_000
    assert made_of("MARKET_QUOTE", {"price": Decimal(50), "quantity": Decimal(4_000)}) == 200_000
    assert made_of("COMPARISON", {}) is None and set(INPUTS) == {"INCOME", "COST", "NOMINAL", "MARKET_QUOTE"}


def test_a_value_far_from_them_is_found() -> None:
    assert find_inputs_differ("INCOME", INCOME, Decimal(210_000)) == []
    (found,) = find_inputs_differ("INCOME", INCOME, Decimal(210_001))
    assert found.code == "inputs_differ" and found.evidence["by_inputs"] == "200000.00"
    assert find_inputs_differ("INCOME", INCOME, Decimal(189_999)) and not find_inputs_differ("COMPARISON", {}, Decimal(1))


@pytest.mark.parametrize("wrong", [None, Decimal("NaN"), Decimal(-1), Decimal(51), Decimal("Infinity")])
def test_each_is_checked_at_its_field(wrong: Decimal | None) -> None:
    kept, faults = check_inputs("INCOME", "REAL_ESTATE", {**INCOME, "rate": wrong, "price": Decimal(1)})
    assert [fault.field for fault in faults] == ["rate"] and set(kept) == {"rent", "vacancy"}


@pytest.fixture
def house(register: Register) -> Asset:
    return register(kind="REAL_ESTATE", description="House", title_number="H-1")


@pytest.fixture
def order(house: Asset, investigator: User, appraisers: list[User], today: date) -> Valuation:
    return order_valuation(asset=house, actor=investigator, business_date=today)


class TestAnAppraiser:
    def test_is_asked_for_them_and_loses_nothing(self, order: Valuation, submit: Value, sign_in: SignIn, today: date) -> None:
        before = world()
        with pytest.raises(UnableToSubmitValuation) as refusal:
            submit(order, method="INCOME", inputs={})
        assert [fault.field for fault in refusal.value.faults] == ["rent", "vacancy", "rate"] and world() == before
        assert order.appraiser is not None
        client = sign_in(order.appraiser)
        sent: dict[str, Any] = {
            "market_value": "200000", "method": "INCOME", "valued_date": today.isoformat(), "independence_declared": "on", "valued_area": "100",
            "rent": "12000", "vacancy": "5",
        }  # fmt: skip
        address = reverse("collateral:valuation_submit", args=[order.pk])
        asked = client.post(address, sent)
        assert asked.status_code == 422 and "a value by this method needs it" in asked.text and 'value="12000"' in asked.text
        assert client.post(address, sent | {"rate": "5.7"}).status_code == 302
        order.refresh_from_db()
        assert order.inputs == {"rent": "12000", "vacancy": "5", "rate": "5.7"}
        page = client.get(reverse("collateral:asset_detail", args=[order.asset_id])).text
        assert "Yield, per cent a year" in page

    def test_whose_value_is_not_what_they_make_is_flagged(self, order: Valuation, house: Asset, submit: Value) -> None:
        submit(order, "230000.00", method="INCOME", inputs=INCOME)
        assert "inputs_differ" in open_codes(house)

    def test_who_takes_it_back_takes_them_back(self, order: Valuation, submit: Value, today: date) -> None:
        given = submit(order, "200000.00", method="INCOME", inputs=INCOME)
        assert given.appraiser is not None
        assert take_back_valuation(valuation=given, reason="A slip.", actor=given.appraiser, business_date=today).inputs == {}


def test_two_values_are_set_side_by_side_with_each_input(
    register: Register, investigator: User, approver: User, appraisers: list[User], submit: Value, sign_in: SignIn, today: date
) -> None:
    house = register(kind="REAL_ESTATE", description="House", title_number="H-1", stated_value=Decimal(4_000_000))
    first, second = order_valuation(asset=house, actor=investigator, business_date=today).together().order_by("id")
    many = {"rent": Decimal(240_000), "vacancy": Decimal(5), "rate": Decimal("5.7")}
    submit(first, "4000000.00", method="INCOME", inputs=many)
    submit(second, "3900000.00", method="INCOME", inputs={**many, "rate": Decimal("5.85")})
    rows = {row.name: row for row in sign_in(approver).get(reverse("collateral:valuations_compared", args=[house.pk])).context["rows"]}
    assert rows["Yield, per cent a year"].differs and len(set(rows["Yield, per cent a year"].cells)) == 2
    assert rows["Income a year"].differs is False
    assert [one.name for one in inputs_of("INCOME", "REAL_ESTATE")] == ["rent", "vacancy", "rate"]
