"""A value that a second person upheld to be wrong counts no more in full, and a finding ends with the value that took it into account."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from collateral.models import Asset, ComputedValue, Cover, RedFlag, Valuation
from collateral.selectors.flags import standing_flags
from collateral.services.computed_values import revalue
from collateral.services.facts import record_facts
from collateral.services.flags import decide_flag
from collateral.services.holdings import record_equipment
from collateral.services.valuations import accept_valuation, submit_valuation
from config.simulator.worked_values import inputs_for
from core.events import deliver_pending
from core.models import Branch, User
from core.uuids import uuid7
from loans.models import ProductVersion
from monitoring.models import Alert
from tests.collateral.books import EVERY, Book
from tests.collateral.inspecting import machine
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_computed_values import index_of
from tests.shared_rows import shared


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def press(book: Book, officer: User) -> Asset:
    """A press worth 50,000 behind 30,000: 27,500 of it lends."""
    asset = machine(book, registered_by=officer)
    book.sweep()
    return asset


def doubt(press: Asset, today: date) -> RedFlag:
    """What it cost and its curve say that it cannot be worth that much."""
    record_equipment(
        asset=press, curve="machine", new_price=Decimal(20_000), bought_date=today - timedelta(days=900), actor=None, business_date=today
    )
    press.flags.filter(valuation=None).delete()
    return press.flags.get(code="above_evidence")


def uphold(flag: RedFlag, actor: User, day: date) -> None:
    decide_flag(flag=flag, uphold=True, reason="Seen in the invoice", actor=actor, business_date=day)


def value_anew(press: Asset, worth: int, appraiser: User, judge: User, day: date) -> Valuation:
    order = Valuation.objects.create(asset=press, appraiser=appraiser, ordered_date=day, currency="EUR", state="ORDERED")
    said = submit_valuation(
        valuation=order, market_value=Decimal(worth), method="COMPARISON",
        comparables=[("Press in Graz", Decimal(worth)), ("Press in Brno", Decimal(worth))], independence_declared=True, remarks="",
        valued_date=day, actor=appraiser, business_date=day, inputs=inputs_for("COMPARISON", Decimal(worth)),
    )  # fmt: skip
    for flag in press.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Looked into", actor=User.objects.get(username="rita_risk"), business_date=day)
    return accept_valuation(valuation=said, actor=judge, business_date=day, no_evidence="ONE_OF_KIND")


class TestAValueInForce:
    def test_counts_in_part_once_upheld_to_be_wrong_and_another_is_ordered(
        self, press: Asset, appraisers: list[User], risk_manager: User, today: date
    ) -> None:
        flag = doubt(press, today)
        assert Cover.objects.get().available == 27_500, "open it changes nothing: a second person decides"
        uphold(flag, risk_manager, today)
        value = press.valuations.get(state="ACCEPTED")
        assert (value.ended_date, value.ended_by, value.kept_share) == (today, ["false"], Decimal("0.5"))
        assert Cover.objects.get().available == 13_750
        while deliver_pending():
            pass
        assert press.valuations.get(state="ORDERED").order_reason == "Upheld to be wrong"
        assert "upheld not to be as it was valued" in Alert.objects.get(kind=Alert.Kind.REVALUATION_DUE).title

    def test_counts_in_full_again_with_another_value(
        self, press: Asset, appraisers: list[User], risk_manager: User, approver: User, today: date
    ) -> None:
        uphold(doubt(press, today), risk_manager, today)
        value_anew(press, 16_000, appraisers[0], approver, today)
        assert not standing_flags().filter(asset=press).exists()
        press.refresh_from_db()
        assert press.counted_share == 1 and press.valuations.get(state="ACCEPTED").kept_share == 1

    def test_one_that_was_made_of_it_meanwhile_ends_too(self, press: Asset, risk_manager: User, today: date) -> None:
        flag = doubt(press, today)
        moved = Valuation.objects.create(
            asset=press, ordered_date=today, state="ACCEPTED", method="COST", market_value=Decimal(48_000), currency="EUR",
            valued_date=today, expires_date=today + timedelta(days=365),
        )  # fmt: skip
        ComputedValue.objects.create(valuation=moved, base_id=flag.valuation_id, source="CURVE", uncapped=Decimal(48_000))
        Valuation.objects.filter(pk=flag.valuation_id).update(state="EXPIRED")
        uphold(flag, risk_manager, today)
        moved.refresh_from_db()
        assert (moved.ended_by, Cover.objects.get().available) == (["false"], 13_200)


def test_no_night_makes_a_value_of_one_that_was_upheld_to_be_wrong(book: Book, risk_manager: User, today: date) -> None:
    """A house appraised at 100,000, and two years later at 200,000, of which somebody finds out that it was wrong after it was replaced."""
    house = book.asset(100_000, kind="REAL_ESTATE")
    Asset.objects.filter(pk=house.pk).update(country="DE")
    book.pledge(house, book.lend(50_000), 50_000)
    index_of({2024: "100", 2025: "100", 2026: "90"})
    wrong = book.value(house, 200_000)
    RedFlag.objects.create(asset=house, valuation=wrong, code="area_differs", text="Half as large", state="UPHELD", raised_date=today)
    assert revalue(business_date=today + timedelta(days=366), **EVERY) == 1
    assert house.valuations.get(state="ACCEPTED").market_value == 90_000


class TestAFindingOnTheAsset:
    @pytest.fixture
    def idle(self, press: Asset, risk_manager: User, today: date) -> RedFlag:
        record_facts(asset=press, facts={**GOOD["MACHINERY"], "condition": "IDLE"}, actor=None, business_date=today)
        flag = press.flags.get(code="idle")
        uphold(flag, risk_manager, today)
        return flag

    def test_comes_off_by_the_facts_once_the_value_that_it_came_off_is_replaced(
        self, book: Book, press: Asset, idle: RedFlag, appraisers: list[User], approver: User, today: date
    ) -> None:
        value_anew(press, 50_000, appraisers[0], approver, today)
        assert not standing_flags().filter(pk=idle.pk).exists()
        press.refresh_from_db()
        book.sweep()
        assert press.counted_share == Decimal("0.7") and Cover.objects.get().available == 19_250

    def test_is_taken_off_no_value_that_was_given_after_it(
        self, press: Asset, idle: RedFlag, appraisers: list[User], approver: User, risk_manager: User, today: date
    ) -> None:
        value_anew(press, 50_000, appraisers[0], approver, today)
        damaged = RedFlag.objects.create(asset=press, code="damaged", text="Burnt", raised_date=today)
        uphold(damaged, risk_manager, today)
        assert press.valuations.get(state="ACCEPTED").ended_by == ["damaged"]

    @pytest.mark.parametrize(
        ("code", "stands"),
        [
            ("idle", False), ("counter_turned_back", False), ("land_use_conflict", False),
            ("not_found", True), ("destroyed", True), ("insurance_lapsed", True), ("owner_changed", True),
        ],
    )  # fmt: skip
    def test_ends_with_a_new_value_only_where_a_value_answers_it(
        self, press: Asset, appraisers: list[User], approver: User, risk_manager: User, today: date, code: str, stands: bool
    ) -> None:
        flag = RedFlag.objects.create(pk=uuid7(), asset=press, code=code, text="Wrong", raised_date=today)
        uphold(flag, risk_manager, today)
        assert standing_flags().filter(pk=flag.pk).exists()
        value_anew(press, 50_000, appraisers[0], approver, today)
        assert standing_flags().filter(pk=flag.pk).exists() is stands
