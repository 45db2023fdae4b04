"""Values that the bank has nothing of its own to hold against:
whoever leaves facts empty or names the wrong market says so in words, by code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, HedonicVersion, SecurityPrice, Valuation, ValueFile
from collateral.selectors.evidence import missing_evidence
from collateral.selectors.value_settings import class_in_calendar
from collateral.services.facts import record_facts
from collateral.services.holdings import record_equipment, record_holding
from collateral.services.home_facts import UnableToRecordHome, record_home
from collateral.services.sales import import_sales
from collateral.services.valuations import UnableToJudgeValuation, accept_valuation, order_valuation
from core.models import User
from tests.collateral.conftest import Register, SignIn, Value
from tests.collateral.homes import sales_file
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_homes_held import version
from tests.collateral.test_sales import HOME
from tests.collateral.test_value_files import SIEMENS
from tests.shared_rows import shared

__all__ = ["version"]

VALUES = dict.fromkeys(("MACHINERY", "VEHICLE", "SECURITIES", "LAND", "COMMERCIAL"), "210000.00")
NUMBERS = {"SECURITIES": "", "LAND": "GB 17/4", "COMMERCIAL": "GB 18/2"}


@shared
def other_town(version: HedonicVersion, investigator: User, today: date) -> str:
    """Sales of somewhere else, from which no model was learnt: one person took them in."""
    import_sales(stream=sales_file(3), file_name="x.csv", market="elsewhere", currency="EUR", actor=investigator, business_date=today)
    return "elsewhere"


@pytest.fixture
def handed_in(
    register: Register, officer: User, investigator: User, appraisers: list[User], submit: Value, today: date
) -> Callable[[str], Valuation]:
    def make(kind: str) -> Valuation:
        registered = "REAL_ESTATE" if kind == "COMMERCIAL" else kind
        asset = register(kind=registered, stated_value=Decimal(VALUES[kind]), title_number=NUMBERS.get(kind, "SN 4711-A"))
        if kind == "COMMERCIAL":
            asset = record_facts(asset=asset, facts=GOOD["REAL_ESTATE"], actor=officer, business_date=today)
        order = order_valuation(asset=asset, actor=investigator, business_date=today)
        return submit(order, VALUES[kind])

    return make


@pytest.mark.parametrize("kind", VALUES)
def test_of_a_class_with_evidence_is_accepted_with_a_reason_of_its_own_alone(
    handed_in: Callable[[str], Valuation], approver: User, sign_in: SignIn, today: date, kind: str
) -> None:
    value = handed_in(kind)
    assert not value.asset.flags.filter(state="OPEN").exclude(code="title_missing").exists()
    value.asset.flags.update(state="CLEARED")
    assert class_in_calendar(value.asset) == kind
    for code in ("", "SUSPENDED" if kind != "SECURITIES" else "NO_MARKET"):
        with pytest.raises(UnableToJudgeValuation, match="nothing_to_compare"):
            accept_valuation(valuation=value, actor=approver, business_date=today, no_evidence=code)
    page = sign_in(approver).get(reverse("collateral:asset_detail", args=[value.asset_id])).text
    assert missing_evidence(value.asset, business_date=today) in page
    done = accept_valuation(valuation=value, actor=approver, business_date=today, no_evidence=Valuation.UNPROVED[kind][0])
    assert done.get_no_evidence_display() in sign_in(approver).get(reverse("collateral:asset_detail", args=[value.asset_id])).text


def test_needs_none_where_a_curve_or_a_price_stands_against_it(
    handed_in: Callable[[str], Valuation], officer: User, bank: Any, today: date
) -> None:
    lathe = handed_in("MACHINERY").asset
    record_equipment(
        asset=lathe,
        curve="machine",
        new_price=Decimal(250_000),
        bought_date=today - timedelta(days=100),
        actor=officer,
        business_date=today,
    )
    assert missing_evidence(lathe, business_date=today) == ""


def test_needs_one_where_the_last_price_is_old(handed_in: Callable[[str], Valuation], officer: User, today: date) -> None:
    asset = handed_in("SECURITIES").asset
    record_holding(asset=asset, isin=SIEMENS, quantity=Decimal(100), actor=officer, business_date=today)
    file = ValueFile.objects.create(kind="PRICES", market="p", file_name="p", fingerprint="", business_date=today)
    SecurityPrice.objects.create(isin=SIEMENS, price_date=today - timedelta(days=5), price=100, currency="EUR", source=file)
    assert missing_evidence(asset, business_date=today) == ""
    assert missing_evidence(asset, business_date=today + timedelta(days=5))


class TestAHome:
    @pytest.fixture
    def house(self, register: Register, version: Any) -> Asset:
        return register(kind="REAL_ESTATE", description="House", stated_value=Decimal(120_000))

    def test_is_in_the_market_that_says_something_about_its_place(self, house: Asset, other_town: str, officer: User, today: date) -> None:
        with pytest.raises(UnableToRecordHome) as refusal:
            record_home(asset=house, market=other_town, facts=HOME, actor=officer, business_date=today)
        ((fault,),) = (refusal.value.faults,)
        assert fault.field == "market" and "Sales of town say what homes at this place fetch" in fault.detail

    def test_whose_market_says_nothing_is_accepted_with_a_reason_alone(
        self, house: Asset, other_town: str, officer: User, approver: User, investigator: User, appraisers: list[User], submit: Value,
        today: date,
    ) -> None:  # fmt: skip
        """Twenty kilometres north of all sales, or in a market without a model."""
        record_home(asset=house, market="town", facts={**HOME, "latitude": 47.8}, actor=officer, business_date=today)
        value = submit(order_valuation(asset=house, actor=investigator, business_date=today), "400000.00")
        house.flags.update(state="CLEARED")
        with pytest.raises(UnableToJudgeValuation, match="nothing_to_compare") as refusal:
            accept_valuation(valuation=value, actor=approver, business_date=today)
        assert "lies outside the market town" in refusal.value.detail
        done = accept_valuation(valuation=value, actor=approver, business_date=today, no_evidence="NO_MARKET")
        assert done.no_evidence == "NO_MARKET"
