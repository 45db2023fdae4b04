"""An index that jumps threefold waits for a second person, who confirms the very figure; a fall counts meanwhile."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.index_files import Point, read_index
from collateral.models import Asset, IndexPoint, IndexSeries, ValueFile
from collateral.services.computed_values import revalue
from collateral.services.index_use import propose_index_use
from collateral.services.price_changes import UnableToChangePrices, decide_price_change, open_changes
from collateral.services.value_files import import_index
from core.models import Branch, Proposal, User
from core.roles import Role
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn, hire
from tests.collateral.test_computed_values import index_of

YEAR = timedelta(days=366)


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@pytest.fixture
def house(book: Book) -> Asset:
    asset = book.asset(200_000)
    book.pledge(asset, book.lend(100_000), 200_000)
    index_of({2025: "100", 2026: "100"})
    return asset


def table(*rows: tuple[str, str]) -> io.BytesIO:
    return io.BytesIO("\n".join(("date,country_code,country,price", *(f"{day},DE,Germany,{value}" for day, value in rows), "")).encode())


def take(actor: User, day: date, *rows: tuple[str, str]) -> ValueFile:
    return import_index(stream=table(*rows), file_name="i.csv", measure="NOMINAL", actor=actor, business_date=day)


def decide(person: User, day: date, *, confirm: bool = True, figure: str | None = None) -> Proposal:
    meant = Decimal(figure) if figure else None
    word: dict[str, Any] = {"reason": "Looked up.", "actor": person, "business_date": day, "confirmed_figure": meant}
    return decide_price_change(seen=open_changes()[0].pk, confirm=confirm, **word)


def points() -> list[Decimal]:
    return list(IndexPoint.objects.filter(period_end__gte=date(2026, 12, 31)).order_by("period_end").values_list("value", flat=True))


def test_what_follows_a_rise_jumps_too_and_a_fall_is_what_the_next_are_measured_by(today: date) -> None:
    def jumps(*values: str) -> list[Decimal | None]:
        days = ("2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31")
        found = list(read_index(table(*zip(days, values, strict=True)), on=today))
        return [one.jumped_from for one in found if isinstance(one, Point)]

    assert jumps("150", "1500", "1510", "1520") == [None, 150, 150, 150]
    assert jumps("150", "1500", "151", "152") == [None, 150, None, None]
    assert jumps("150", "15", "15.1", "151") == [None, 150, None, Decimal("15.1")]


class TestARise:
    def test_waits_and_counts_for_nothing_until_the_very_figure_is_confirmed(
        self, house: Asset, investigator: User, risk_manager: User, today: date
    ) -> None:
        day = today + YEAR * 2
        taken = take(investigator, day, ("2027-03-31", "101"), ("2027-06-30", "1010"), ("2027-09-30", "1020"))
        assert (taken.kept, taken.refused, [one["figure"] for one in taken.held]) == (1, 0, ["1010", "1020"])
        assert points() == [100, 101]
        for figure in (None, "1010"):
            with pytest.raises(UnableToChangePrices, match="unlikely") as refusal:
                decide(risk_manager, day, figure=figure)
        assert "1020 is 10.1 times the 101" in refusal.value.detail
        decide(risk_manager, day, figure="1020")
        assert points() == [100, 101, 1010, 1020]
        # The next table, which tells all of it again, is measured by what is on record.
        rows = (("2027-03-31", "101"), ("2027-06-30", "1010"), ("2027-09-30", "1020"), ("2027-12-31", "1030"))
        again = take(investigator, day, *rows)
        assert (again.kept, again.known, again.held) == (1, 3, [])

    def test_waits_also_of_an_index_that_nothing_follows(self, house: Asset, investigator: User, today: date) -> None:
        IndexSeries.objects.update(used=False)
        assert len(take(investigator, today + YEAR * 2, ("2027-03-31", "101"), ("2027-06-30", "1010")).held) == 1

    def test_is_read_back_on_the_page(self, house: Asset, investigator: User, risk_manager: User, sign_in: SignIn, today: date) -> None:
        take(investigator, today, ("2025-06-30", "100"), ("2025-09-30", "1000.1234"))
        client, address = sign_in(risk_manager), reverse("collateral:price_change_decide")
        assert "Jumps" in client.get(reverse("collateral:price_changes")).text
        word = {"seen": str(open_changes()[0].pk), "outcome": "confirm", "reason": "Seen."}
        asked = client.post(address, word)
        assert asked.status_code == 422 and "The publisher says 1,000.1234" in asked.text
        assert client.post(address, word | {"confirmed_figure": "1000.1234"}).status_code == 302
        assert IndexPoint.objects.filter(value=Decimal("1000.1234")).exists() and not open_changes()


class TestAFall:
    @pytest.fixture
    def fell(self, house: Asset, investigator: User, today: date) -> date:
        """In the second quarter the index falls to a quarter of what it was and stays there; the night follows it."""
        day = date(2027, 10, 15)
        taken = take(investigator, day, ("2027-03-31", "100"), ("2027-06-30", "25"), ("2027-09-30", "25"))
        assert (taken.kept, len(taken.held), taken.known) == (3, 1, 0)
        assert revalue(business_date=day, **EVERY) == 1
        assert house.valuations.get(state="ACCEPTED").market_value == 50_000
        return day

    def test_counts_at_once_and_stays_when_it_is_confirmed(self, house: Asset, fell: date, risk_manager: User) -> None:
        decide(risk_manager, fell, figure="25")
        assert points() == [100, 100, 25, 25] and IndexPoint.objects.get(period_end=date(2027, 6, 30)).confirmed

    def test_is_undone_with_what_it_was_the_measure_of_when_it_is_refused(
        self, house: Asset, fell: date, investigator: User, risk_manager: User
    ) -> None:
        with pytest.raises(UnableToChangePrices, match="fall_counts"):
            decide(investigator, fell, confirm=False)
        decide(risk_manager, fell, confirm=False)
        assert points() == [100, 100]
        assert revalue(business_date=fell + timedelta(days=1), **EVERY) == 1
        assert house.valuations.get(state="ACCEPTED").market_value == 200_000

    def test_waits_still_though_its_index_is_put_to_use_meanwhile(
        self, house: Asset, investigator: User, risk_manager: User, branch: Branch, today: date
    ) -> None:
        IndexSeries.objects.update(used=False)
        series, day = IndexSeries.objects.get(), date(2027, 10, 15)
        take(investigator, day, ("2027-03-31", "100"), ("2027-06-30", "25"), ("2027-09-30", "25"))
        use = propose_index_use(series=series, used=True, actor=risk_manager, business_date=day)
        other = hire("rudi_risk", Role.RISK_MANAGER, branch=branch)
        decide_price_change(seen=use.pk, confirm=True, reason="Looked up.", actor=other, business_date=day)
        assert set(IndexPoint.objects.filter(confirmed=True).values_list("value", flat=True)) == {100}
        decide(risk_manager, day, confirm=False)
        assert points() == [100, 100]
