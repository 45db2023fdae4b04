"""What one person types lets no more of a value count, nor fall more slowly, before a second one saw it; less of it counts at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.domain.raised_facts import Equipment, counting_facts, is_slower, raises
from collateral.domain.revaluation import DEFAULTS
from collateral.models import Asset, EquipmentFacts, PropertyFacts
from collateral.selectors.coverage import coverage_of
from collateral.selectors.holdings import curve_evidence
from collateral.selectors.value_settings import class_in_calendar
from collateral.services.computed_values import revalue
from collateral.services.counting import refresh_counted, refresh_waiting
from collateral.services.facts import record_facts
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.holdings import UnableToRecordHolding, record_equipment
from collateral.services.receivables import add_receivable, mark_receivable
from core.errors import Conflict
from core.models import User
from core.roles import Role
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import Register
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_services import open_codes

Make = Callable[..., Asset]


@pytest.fixture
def valued(register: Register, today: date) -> Make:
    """A registered asset with facts and an accepted value of 20,000.00."""

    def make(kind: str, **changes: Any) -> Asset:
        asset = register(kind=kind, title_number="" if kind == "DEPOSIT" else "T-1", facts={**GOOD[kind], **changes})
        asset.valuations.create(
            ordered_date=today, expires_date=today + timedelta(days=900), state="ACCEPTED", method="COST", market_value=Decimal(20_000),
            currency="EUR", valued_date=today,
        )  # fmt: skip
        return asset

    return make


def share(asset: Asset) -> Decimal:
    return Asset.objects.get(pk=asset.pk).counted_share


def decide(asset: Asset, code: str, person: User, today: date, *, uphold: bool = False) -> None:
    decide_flag(flag=asset.flags.get(code=code, state="OPEN"), uphold=uphold, reason="Looked up.", actor=person, business_date=today)


RAISED: list[tuple[str, dict[str, Any], dict[str, Any], str, str]] = [
    ("REAL_ESTATE", {"occupancy": "VACANT", "annual_rent": None}, {}, "0.8", "0.9"),
    ("REAL_ESTATE", {}, {"use": "HOME"}, "0.9", "1"),
    ("LAND", {"access": "EASEMENT"}, {"access": "ROAD"}, "0.8", "1"),
    ("DEPOSIT", {"balance": Decimal(5_000)}, {}, "0.25", "1"),
    ("DEPOSIT", {}, {"account": "GB82 WEST 1234 5698 7654 32"}, "0", "1"),
]


class TestMore:
    @pytest.mark.parametrize(("kind", "before", "after", "low", "high"), RAISED)
    def test_counts_once_a_second_person_cleared_it(
        self, valued: Make, officer: User, risk_manager: User, today: date, kind: str, before: dict[str, Any], after: dict[str, Any], low: str, high: str
    ) -> None:  # fmt: skip
        asset = valued(kind, **before)
        asset.flags.all().delete()
        record_facts(asset=asset, facts={**GOOD[kind], **after}, actor=officer, business_date=today)
        assert share(asset) == Decimal(low) and "facts_raised" in open_codes(asset)
        refresh_waiting(business_date=today)
        assert share(asset) == Decimal(low)
        decide(asset, "facts_raised", risk_manager, today)
        assert share(asset) == Decimal(high)
        refresh_waiting(business_date=today)
        assert share(asset) == Decimal(high)

    def test_never_counts_when_it_is_upheld(self, valued: Make, officer: User, risk_manager: User, today: date) -> None:
        asset = valued("LAND", access="EASEMENT")
        record_facts(asset=asset, facts=GOOD["LAND"], actor=officer, business_date=today)
        decide(asset, "facts_raised", risk_manager, today, uphold=True)
        assert share(asset) == Decimal("0.8")

    def test_is_not_cleared_by_who_recorded_it(self, valued: Make, officer: User, today: date) -> None:
        asset = valued("LAND", access="EASEMENT")
        asset.registered_by = None
        asset.save()
        record_facts(asset=asset, facts=GOOD["LAND"], actor=officer, business_date=today)
        officer.role_rows.all().delete()
        officer.role_rows.create(role=Role.APPROVER)
        with pytest.raises(UnableToDecideFlag, match="own_record"):
            decide(asset, "facts_raised", User.objects.get(pk=officer.pk), today)

    def test_of_time_waits_for_the_day_on_which_it_would_count(self, valued: Make, officer: User, today: date) -> None:
        """A deposit that is said to fall due later than it was counts as before until it would have fallen due."""
        asset = valued("DEPOSIT", maturity_date=today + timedelta(days=5))
        later = {**GOOD["DEPOSIT"], "maturity_date": today + timedelta(days=500)}
        record_facts(asset=asset, facts=later, actor=officer, business_date=today)
        assert share(asset) == 1 and open_codes(asset) == {"facts_raised"}
        refresh_waiting(business_date=today + timedelta(days=5))
        assert share(asset) == 0

    def test_leaves_commercial_property_in_its_calendar(self, valued: Make, officer: User, today: date) -> None:
        asset = valued("REAL_ESTATE")
        record_facts(asset=asset, facts={**GOOD["REAL_ESTATE"], "use": "HOME"}, actor=officer, business_date=today)
        assert class_in_calendar(Asset.objects.get(pk=asset.pk)) == "COMMERCIAL"

    def test_is_free_before_anybody_counts_on_it(self, register: Register, officer: User, today: date) -> None:
        asset = register(kind="LAND", title_number="T-1", facts={**GOOD["LAND"], "access": "EASEMENT"})
        record_facts(asset=asset, facts=GOOD["LAND"], actor=officer, business_date=today)
        assert share(asset) == 1 and open_codes(asset) == set()


class TestLess:
    def test_counts_at_once_and_going_back_is_more_again(self, valued: Make, officer: User, today: date) -> None:
        asset = valued("LAND")
        poor = {**GOOD["LAND"], "access": "EASEMENT"}
        record_facts(asset=asset, facts=poor, actor=officer, business_date=today)
        assert share(asset) == Decimal("0.8") and open_codes(asset) == set()
        record_facts(asset=asset, facts=GOOD["LAND"], actor=officer, business_date=today)
        assert share(asset) == Decimal("0.8") and open_codes(asset) == {"facts_raised"}
        record_facts(asset=asset, facts=poor, actor=officer, business_date=today)
        assert asset.flags.get(code="facts_raised").state == "CLEARED" and asset.flags.get(code="facts_raised").by_fact

    def test_of_one_kind_is_no_way_to_more_of_another(self, valued: Make, officer: User, today: date) -> None:
        """Empty and a home, then let and a home: neither what was nor what was in between is passed over."""
        asset = valued("REAL_ESTATE")
        for change in ({"use": "HOME", "occupancy": "VACANT", "annual_rent": None}, {"use": "HOME"}, {}):
            record_facts(asset=asset, facts={**GOOD["REAL_ESTATE"], **change}, actor=officer, business_date=today)
            assert share(asset) <= Decimal("0.9")
        assert share(asset) == Decimal("0.9") and "facts_raised" in open_codes(asset)
        held = PropertyFacts.objects.get(asset=asset).held
        assert held == [{"use": "HOME", "occupancy": "VACANT"}]


def test_a_receivable_disputed_no_more_counts_once_a_second_person_cleared_it(
    book: Book, officer: User, risk_manager: User, today: date
) -> None:
    asset = book.asset(10_000, kind="RECEIVABLES")
    asset.valuations.all().delete()
    bill = add_receivable(asset=asset, facts=GOOD["RECEIVABLES"], actor=officer, business_date=today)
    book.value(asset, 10_000)
    book.pledge(asset, book.lend(3_000), 10_000)
    full = share(asset)
    marks: dict[str, Any] = {"receivable": bill, "on": today, "actor": officer, "business_date": today}
    mark_receivable(mark="disputed", **marks)
    assert share(asset) == 0 < full
    mark_receivable(mark="undisputed", **marks)
    refresh_counted(business_date=today, **EVERY)
    assert share(asset) == 0 and open_codes(asset) == {"dispute_ended"}
    with pytest.raises(Conflict):
        mark_receivable(mark="undisputed", **marks)
    decide(asset, "dispute_ended", risk_manager, today)
    assert share(asset) == full
    bill.refresh_from_db()
    assert (bill.disputed_date, bill.undisputed_date) == (None, None)


@pytest.fixture
def book(branch: Any, product: Any, today: date) -> Book:
    return Book(branch, product, today)


class TestDepreciation:
    BOUGHT = date(2024, 3, 2)

    @pytest.fixture
    def van(self, book: Book, officer: User) -> Asset:
        """Bought for 30,000.00 two years ago, valued at 20,000.00 a year ago, behind a running loan."""
        asset = book.asset(20_000, kind="VEHICLE")
        self.record(asset, officer, book.today)
        asset.valuations.update(valued_date=book.today - timedelta(days=366))
        book.pledge(asset, book.lend(9_000), 10_000)
        return asset

    def record(self, asset: Asset, officer: User, today: date, **changes: Any) -> None:
        asked: dict[str, Any] = {"curve": "car", "new_price": Decimal(30_000), "bought_date": self.BOUGHT, **changes}
        if not asset.valuations.filter(ordered_date__lt=today).exists() and not EquipmentFacts.objects.filter(asset=asset).exists():
            kept = list(asset.valuations.all())
            asset.valuations.all().delete()
            record_equipment(asset=asset, actor=officer, business_date=today, **asked)
            for value in kept:
                value.save(force_insert=True)
        else:
            record_equipment(asset=asset, actor=officer, business_date=today, **asked)

    def computed(self, asset: Asset, today: date) -> Decimal:
        assert revalue(business_date=today, **EVERY) == 1
        value = asset.valuations.get(state="ACCEPTED").market_value
        assert value is not None
        return value

    @pytest.mark.parametrize("change", [{"curve": "machine"}, {"bought_date": date(2020, 1, 1)}, {"new_price": Decimal(90_000)}])
    def test_slows_down_only_once_a_second_person_cleared_it(
        self, van: Asset, officer: User, risk_manager: User, book: Book, change: dict[str, Any]
    ) -> None:
        self.record(van, officer, book.today, **change)
        flag = van.flags.get(code="equipment_changed")
        evidence = curve_evidence(van, business_date=book.today)
        assert evidence is not None and evidence.expected <= Decimal(30_000) * Decimal("0.62")
        # What is shown is what counts, and not what waits.
        assert evidence.equipment.new_price * evidence.left == evidence.expected
        held = EquipmentFacts.objects.get(asset=van).held
        assert [one["curve"] for one in held] == ["car"]
        least = self.computed(van, book.today)
        assert least <= Decimal(20_000) * Decimal("0.81")
        decide_flag(flag=flag, uphold=False, reason="The bill is on file.", actor=risk_manager, business_date=book.today)
        assert EquipmentFacts.objects.get(asset=van).held == []

    def test_that_falls_faster_counts_at_once(self, van: Asset, officer: User, book: Book) -> None:
        self.record(van, officer, book.today, curve="office_machine", new_price=Decimal(20_000))
        assert "equipment_changed" not in open_codes(van)
        assert self.computed(van, book.today) == pytest.approx(Decimal(12_667), rel=Decimal("0.01"))

    def test_recorded_first_when_others_count_on_it_moves_nothing_yet(self, book: Book, officer: User, risk_manager: User) -> None:
        van = book.asset(20_000, kind="VEHICLE")
        van.valuations.update(valued_date=book.today - timedelta(days=366))
        book.pledge(van, book.lend(9_000), 10_000)
        record_equipment(
            asset=van, curve="car", new_price=Decimal(30_000), bought_date=self.BOUGHT, actor=officer, business_date=book.today
        )
        assert revalue(business_date=book.today, **EVERY) == 0 and open_codes(van) == {"equipment_changed"}
        decide(van, "equipment_changed", risk_manager, book.today)
        assert revalue(business_date=book.today, **EVERY) == 1

    def test_does_not_begin_after_it_was_valued(self, van: Asset, officer: User, book: Book) -> None:
        with pytest.raises(UnableToRecordHolding) as refusal:
            self.record(van, officer, book.today, bought_date=book.today)
        assert [fault.code for fault in refusal.value.faults] == ["after_value"]


def test_rules_know_what_is_more() -> None:
    saved = counting_facts("DEPOSIT", GOOD["DEPOSIT"])
    at_call = {**saved, "maturity_date": None}
    assert raises("DEPOSIT", {}, saved) and not raises("DEPOSIT", saved, saved)
    assert raises("DEPOSIT", saved, at_call) and not raises("DEPOSIT", at_call, saved)
    assert raises("DEPOSIT", saved, {**saved, "balance": "90000"})
    car, today = Equipment("car", date(2024, 1, 1), Decimal(100)), date(2026, 1, 1)
    assert is_slower(DEFAULTS.curves, car, Equipment("machine", date(2024, 1, 1), Decimal(50)), today)
    assert not is_slower(DEFAULTS.curves, car, car, today)


def test_cover_rises_only_with_the_second_person(valued: Make, officer: User, risk_manager: User, today: date) -> None:
    asset = valued("DEPOSIT", balance=Decimal(5_000))
    asset.flags.all().delete()
    asset.pledges.update(state="PERFECTED")
    application = asset.pledges.get().application
    record_facts(asset=asset, facts=GOOD["DEPOSIT"], actor=officer, business_date=today)
    assert coverage_of(application, business_date=today).available == 4_750
    decide(asset, "facts_raised", risk_manager, today)
    assert coverage_of(application, business_date=today).available == 19_000
