"""Nobody alone says whose index a value follows, or lets a home be compared with dearer ones:
what was on file goes on counting beside it.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, HomeFacts
from collateral.selectors.evidence import Evidence, evidence_of
from collateral.services.computed_values import revalue
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.home_facts import record_home
from collateral.services.places import record_place
from collateral.services.seen import ChangedMeanwhile
from core.models import Branch, User
from core.roles import Role
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import Register
from tests.collateral.test_computed_values import index_of
from tests.collateral.test_sales import HOME, version

__all__ = ["version"]


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@pytest.fixture
def house(book: Book) -> Asset:
    """Valued at 200,000 behind a running loan, in Germany."""
    asset = book.asset(200_000)
    book.pledge(asset, book.lend(100_000), 200_000)
    return asset


def move(asset: Asset, country: str, actor: User, today: date) -> None:
    record_place(
        asset=asset,
        address_line="1 Sea Road",
        city="Brunn",
        country=country,
        latitude=None,
        longitude=None,
        actor=actor,
        business_date=today,
    )


def clear(asset: Asset, code: str, person: User, today: date) -> None:
    decide_flag(flag=asset.flags.get(code=code, state="OPEN"), uphold=False, reason="Looked up.", actor=person, business_date=today)


class TestAnotherIndex:
    FALLS, RISES = {2025: "100", 2026: "90", 2027: "90"}, {2025: "100", 2026: "130", 2027: "140"}

    @pytest.mark.parametrize(("before", "after", "worth"), [(FALLS, RISES, 180_000), (None, RISES, None), (FALLS, None, 180_000)])
    def test_moves_nothing_up_before_a_second_person_saw_it(
        self, house: Asset, officer: User, risk_manager: User, today: date, before: Any, after: Any, worth: int | None
    ) -> None:
        for country, points in (("DE", before), ("AT", after)):
            if points:
                index_of(points, code=f"bis:{country}", country=country)
        move(house, "AT", officer, today)
        day = today + timedelta(days=366)
        assert revalue(business_date=day, **EVERY) == (1 if worth else 0)
        assert house.valuations.get(state="ACCEPTED").market_value == (worth or 200_000)
        clear(house, "index_changed", risk_manager, today)
        day += timedelta(days=366)
        assert revalue(business_date=day, **EVERY) == (1 if after else 0)
        assert house.valuations.get(state="ACCEPTED").market_value == (Decimal("246666.66") if after else worth)

    def test_is_nothing_where_the_index_is_the_same_or_it_comes_back(self, house: Asset, officer: User, today: date) -> None:
        index_of(self.FALLS)
        move(house, "DE", officer, today)
        assert not house.flags.exists()
        move(house, "AT", officer, today)
        move(house, "DE", officer, today)
        assert house.flags.get().state == "CLEARED" and Asset.objects.get(pk=house.pk).held_places == []

    def test_is_not_cleared_by_who_recorded_it(self, house: Asset, officer: User, today: date) -> None:
        index_of(self.FALLS)
        move(house, "AT", officer, today)
        officer.role_rows.all().delete()
        officer.role_rows.create(role=Role.APPROVER)
        with pytest.raises(UnableToDecideFlag, match="own_record"):
            clear(house, "index_changed", User.objects.get(pk=officer.pk), today)


class TestADearerHome:
    @pytest.fixture
    def home(self, register: Register, version: Any, officer: User, today: date) -> Asset:
        """What it is was recorded before it was valued at 100,000."""
        asset = register(kind="REAL_ESTATE", description="House", stated_value=Decimal(120_000))
        record_home(asset=asset, market="town", facts=HOME, actor=officer, business_date=today)
        asset.valuations.create(
            ordered_date=today, expires_date=today + timedelta(days=900), state="ACCEPTED", method="COMPARISON",
            market_value=Decimal(100_000), currency="EUR", valued_date=today,
        )  # fmt: skip
        return asset

    def high(self, asset: Asset, today: date) -> Decimal:
        found = evidence_of(asset, business_date=today)
        assert isinstance(found, Evidence)
        return found.high

    def test_is_compared_as_before_until_a_second_person_saw_it(self, home: Asset, officer: User, risk_manager: User, today: date) -> None:
        before = self.high(home, today)
        moved = {**HOME, "living_area": 300.0, "latitude": 47.5501}
        record_home(asset=home, market="town", facts=moved, actor=officer, business_date=today)
        flag = home.flags.get(code="home_raised")
        assert (flag.evidence["living_area_before"], flag.evidence["living_area_now"]) == ("150.0", "300.0")
        assert "47.55" not in str(flag.evidence) and flag.evidence["position_now"] == "as on file"
        assert self.high(home, today) == before
        clear(home, "home_raised", risk_manager, today)
        assert self.high(home, today) > before and HomeFacts.objects.get().held == []

    def test_counts_at_once_where_it_is_less(self, home: Asset, officer: User, today: date) -> None:
        before = self.high(home, today)
        record_home(asset=home, market="town", facts={**HOME, "living_area": 80.0, "area_above": None}, actor=officer, business_date=today)
        assert self.high(home, today) < before and not home.flags.filter(code="home_raised").exists()

    def test_is_not_written_over_what_somebody_else_kept_meanwhile(self, home: Asset, officer: User, today: date) -> None:
        with pytest.raises(ChangedMeanwhile):
            record_home(asset=home, market="town", facts=HOME, actor=officer, business_date=today, seen="of-before")
