"""Values of one order that wait for each other: none is shut in for good; and who is drawn the next time."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, ComputedValue, Valuation
from collateral.services.valuations import (
    UnableToJudgeValuation,
    accept_valuation,
    decline_order,
    order_valuation,
    reject_valuation,
    unseal_forgotten,
    withdraw_order,
)
from core.models import BankState, Branch, User
from core.roles import Role
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.collateral.test_services import open_codes
from tests.loans.servicing.test_disbursement import at_once
from tests.shared_rows import shared


@shared
def large(register: Register) -> Asset:
    return register(stated_value=Decimal(4_000_000))


@shared
def pair(large: Asset, investigator: User, appraisers: list[User], today: date) -> list[Valuation]:
    """Two orders for one asset, drawn by lot."""
    return list(order_valuation(asset=large, actor=investigator, business_date=today).together().order_by("id"))


@pytest.mark.django_db(transaction=True)
def test_two_that_hand_in_at_once_open_each_other(bank: BankState, pair: list[Valuation], large: Asset, submit: Value) -> None:
    assert at_once(*[lambda one=one, value=value: submit(one, value) for one, value in zip(pair, ("5000000.00", "4000000.00"), strict=True)]) == [
        "ok",
        "ok",
    ]  # fmt: skip
    assert not large.valuations.filter(sealed=True).exists() and "values_apart" in open_codes(large)


class TestWithNobodyLeft:
    def test_to_take_over_a_declined_order_the_other_is_examined_and_judged(
        self, pair: list[Valuation], large: Asset, submit: Value, approver: User, today: date
    ) -> None:
        first, second = pair
        submit(first, "6000000.00")
        assert second.appraiser is not None and open_codes(large) == set()
        assert decline_order(valuation=second, reason="Ill", actor=second.appraiser, business_date=today) is None
        first.refresh_from_db()
        assert not first.sealed and open_codes(large) == {"above_stated"}
        reject_valuation(valuation=first, reason="High.", actor=approver, business_date=today)
        assert first.state == "REJECTED"

    def test_to_take_over_an_overdue_order_it_is_withdrawn_all_the_same(
        self, pair: list[Valuation], large: Asset, submit: Value, investigator: User, sign_in: SignIn, bank: BankState, today: date
    ) -> None:
        first, second = pair
        submit(first, "4000000.00")
        late = today + timedelta(days=15)
        BankState.objects.update(business_date=late)
        page = sign_in(investigator).post(reverse("collateral:valuation_withdraw", args=[second.pk]), {"reason": "Silent."}, follow=True)
        assert "Nobody else is there to ask" in page.text
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.sealed, first.state, second.state) == (False, "SUBMITTED", "WITHDRAWN")
        with pytest.raises(UnableToJudgeValuation, match="second_missing"):
            accept_valuation(
                valuation=first, actor=hire("otto", Role.APPROVER, branch=large.branch), business_date=late, no_evidence="ONE_OF_KIND"
            )

    def test_one_that_somebody_takes_over_stays_sealed(
        self, pair: list[Valuation], submit: Value, investigator: User, branch: Branch, today: date
    ) -> None:
        first, second = pair
        third = hire("carl_appraiser", Role.APPRAISER, branch=branch)
        submit(first)
        made = withdraw_order(valuation=second, reason="Silent.", actor=investigator, business_date=today + timedelta(days=15))
        first.refresh_from_db()
        assert made is not None and made.appraiser == third and first.sealed


def test_what_was_forgotten_is_opened_at_the_turn_of_the_day(pair: list[Valuation], large: Asset, submit: Value, today: date) -> None:
    first, second = pair
    submit(first, "6000000.00")
    assert unseal_forgotten(business_date=today) == 0
    Valuation.objects.filter(pk=second.pk).update(state="WITHDRAWN", decided_by=second.appraiser, decision_reason="Ill")
    assert [unseal_forgotten(business_date=today) for _ in range(2)] == [1, 0]
    first.refresh_from_db()
    assert not first.sealed and open_codes(large) == {"above_stated"}


class TestTheNextLot:
    def test_leaves_out_who_valued_last_whatever_was_computed_since(
        self, accepted: Valuation, asset: Asset, investigator: User, appraisers: list[User], today: date
    ) -> None:
        (other,) = {person for person in appraisers if person != accepted.appraiser}
        value: dict[str, Any] = {
            "ordered_date": today,
            "state": "ACCEPTED",
            "method": "COST",
            "market_value": Decimal(200_000),
            "currency": "EUR",
        }
        computed = Valuation.objects.create(asset=asset, valued_date=today, expires_date=today + timedelta(days=90), **value)
        ComputedValue.objects.create(valuation=computed, source="CURVE", base=accepted, uncapped=Decimal(200_000))
        drawn = set()
        for _ in range(5):
            order = order_valuation(asset=asset, actor=investigator, business_date=today)
            drawn.add(order.appraiser)
            order.delete()
        assert drawn == {other}

    def test_leaves_out_both_of_two_and_takes_one_of_them_only_where_somebody_lacks(
        self, pair: list[Valuation], large: Asset, submit: Value, approver: User, investigator: User, branch: Branch, today: date
    ) -> None:
        for one in pair:
            submit(one, "4000000.00")
        pair[0].refresh_from_db()
        accept_valuation(valuation=pair[0], actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        third = hire("carl_appraiser", Role.APPRAISER, branch=branch)
        Valuation.objects.filter(asset=large, state="SUBMITTED").update(state="COMPARED")
        order = order_valuation(asset=large, actor=investigator, business_date=today)
        names = {one.appraiser for one in order.together()}
        assert third in names and len(names) == 2
