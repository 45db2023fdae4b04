"""Appraisers of one firm say one thing: none of them confirms another's value, or values what their firm has a part in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, Valuation
from collateral.services.appraisers import record_firm
from collateral.services.inspection_rounds import barred_from
from collateral.services.valuations import (
    Attachments,
    UnableToOrderValuation,
    UnableToSubmitValuation,
    order_another_valuation,
    order_valuation,
)
from core.models import Branch, User
from core.roles import Role
from tests.collateral.conftest import Register, Value, hire
from tests.collateral.papers import sheet

pytestmark = pytest.mark.django_db
FIRM = "Elbe Valuations"
ELSEWHERE: dict[str, Any] = {"third_party": True, "outside_reason": "FAR"}


@pytest.fixture
def of_firm(branch: Branch, risk_manager: User, today: date) -> Callable[[str, str], User]:
    def make(name: str, firm: str) -> User:
        person = hire(name, Role.APPRAISER, branch=branch)
        record_firm(person=person, firm=firm, actor=risk_manager, business_date=today)
        return person

    return make


def test_two_blind_values_are_of_two_firms(
    register: Register, investigator: User, of_firm: Callable[[str, str], User], today: date
) -> None:
    large = register(stated_value=Decimal(4_000_000))
    colleagues = {of_firm("clara_outside", FIRM), of_firm("carl_outside", FIRM.upper())}
    with pytest.raises(UnableToOrderValuation, match="no_third_party"):
        order_valuation(asset=large, actor=investigator, business_date=today, **ELSEWHERE)
    other = of_firm("dora_outside", "Alster Appraisals")
    drawn = {one.appraiser for one in order_valuation(asset=large, actor=investigator, business_date=today, **ELSEWHERE).together()}
    assert other in drawn and len(drawn & colleagues) == 1


def test_a_doubted_value_is_confirmed_by_no_colleague(
    asset: Asset, investigator: User, submit: Value, of_firm: Callable[[str, str], User], today: date
) -> None:
    of_firm("clara_outside", FIRM)
    submit(
        order_valuation(asset=asset, actor=investigator, business_date=today, **ELSEWHERE),
        attachments=Attachments(report=sheet("report.pdf")),
    )
    of_firm("carl_outside", FIRM)
    doubt: dict[str, Any] = {"asset": asset, "reason": "High.", "actor": investigator, "business_date": today}
    with pytest.raises(UnableToOrderValuation, match="no_third_party"):
        order_another_valuation(**doubt)
    other = of_firm("dora_outside", "Alster Appraisals")
    assert order_another_valuation(**doubt).appraiser == other


def test_nobody_values_what_their_firm_owns(
    register: Register, investigator: User, submit: Value, of_firm: Callable[[str, str], User], today: date
) -> None:
    asset = register(owner=None, owner_name=FIRM)
    person = of_firm("clara_outside", FIRM)
    with pytest.raises(UnableToOrderValuation, match="no_third_party"):
        order_valuation(asset=asset, actor=investigator, business_date=today, **ELSEWHERE)
    forced = order_valuation(asset=asset, actor=investigator, business_date=today, appraiser=person, **ELSEWHERE)
    with pytest.raises(UnableToSubmitValuation, match="own_asset"):
        submit(forced, attachments=Attachments(report=sheet("report.pdf")))


def test_who_gave_the_last_appraised_value_sees_no_asset_for_the_bank_though_a_rule_has_computed_since(
    accepted: Valuation, today: date
) -> None:
    asset, appraiser = accepted.asset, accepted.appraiser_id
    assert appraiser in barred_from([asset.pk])[asset.pk]
    Valuation.objects.filter(pk=accepted.pk).update(state="EXPIRED")
    Valuation.objects.create(
        asset=asset, ordered_date=today, state="ACCEPTED", method="INDEX", market_value=1_000, currency="EUR", valued_date=today,
        expires_date=today + timedelta(days=365),
    )  # fmt: skip
    assert appraiser in barred_from([asset.pk])[asset.pk]
