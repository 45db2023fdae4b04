"""What one person brings of the market in small steps adds up:
no file, and no row of files, lifts a value far before a second person looked.
"""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.price_files import read_prices
from collateral.models import IndexPoint, IndexSeries, SecurityPrice, ValueFile
from collateral.services.index_use import propose_index_use
from collateral.services.value_files import import_index
from core.models import BankState, Branch, User
from core.roles import Role
from tests.collateral.conftest import SignIn, hire
from tests.collateral.test_price_changes import DAYS, decide, on_record, take
from tests.collateral.test_value_files import SIEMENS, prices_file
from tests.shared_rows import shared

EIGHT = [date(2026, 2, 18) + timedelta(days=days) for days in (0, 1, 2, 5, 6, 7, 8, 9)]
CREEP = ["114.9", "132.02", "151.69", "174.29", "200.26", "230.1", "264.38", "303.77"]


@shared
def start(bank: BankState, today: date) -> ValueFile:
    """A price of 100 that two people stand for."""
    file = ValueFile.objects.create(kind="PRICES", market="prices", file_name="old.csv", fingerprint="", business_date=today)
    row: dict[str, Any] = {"isin": SIEMENS, "price_date": date(2026, 2, 17), "price": 100, "currency": "EUR", "source": file}
    SecurityPrice.objects.create(confirmed=True, **row)
    return file


class TestAPrice:
    def test_of_one_file_counts_as_far_as_one_person_may_lift_it(self, start: ValueFile, investigator: User, today: date) -> None:
        taken = take(investigator, today, *zip(EIGHT, CREEP, strict=True))
        assert (taken.kept, len(taken.held), max(on_record().values())) == (1, 7, Decimal("114.9"))
        assert {(one["before"], one["since"]) for one in taken.held} == {("100", "2026-02-17")}

    def test_of_one_day_after_the_other_does_so_too(
        self, start: ValueFile, investigator: User, risk_manager: User, sign_in: SignIn, today: date
    ) -> None:
        held = [len(take(investigator, today, step).held) for step in list(zip(EIGHT, CREEP, strict=True))[:3]]
        assert held == [0, 1, 1] and max(on_record().values()) == Decimal("114.9")
        page = sign_in(risk_manager).get(reverse("collateral:price_changes")).text
        assert "since 2026-02-17 nobody else brought one" in page
        decide(risk_manager, today)
        # Two people stand for the second step: the next ones are measured by it.
        assert take(investigator, today, (EIGHT[3], "150")).held == []

    def test_after_a_fall_is_measured_by_the_lowest_since(self, start: ValueFile, investigator: User, today: date) -> None:
        taken = take(investigator, today, *zip(EIGHT, ("90", "80", "70", "80", "81", "91", "70", "100"), strict=True))
        assert [one["figure"] for one in taken.held] == ["81", "91", "100"]

    def test_that_somebody_else_brought_is_what_the_next_is_measured_by(
        self, start: ValueFile, investigator: User, risk_manager: User, today: date
    ) -> None:
        for person, day, price in ((investigator, EIGHT[0], "114"), (risk_manager, EIGHT[1], "115"), (investigator, EIGHT[2], "130")):
            assert take(person, today, (day, price)).held == []

    def test_after_days_without_one_waits(self, start: ValueFile, investigator: User, today: date) -> None:
        taken = take(investigator, today, (DAYS[3], "101"), (DAYS[4], "101"))
        assert [one["missing"] for one in taken.held] == ["6", "7"] and taken.refused == 0


def test_every_line_after_a_gap_is_named(today: date) -> None:
    rows = [(date(2026, 2, 2), "100")] + [(day, "101") for day in EIGHT[1:]]
    found = read_prices(prices_file(*(f"{SIEMENS},{day},{price},EUR" for day, price in rows)), on=today, currencies={})
    assert (len(found.prices), [one.line for one in found.refusals]) == (1, [3, 4, 5, 6, 7, 8, 9])
    # What lies in between is on record already: no gap.
    known = {(SIEMENS, date(2026, 2, day)): Decimal(100) for day in (9, 16, 18)}
    whole = read_prices(prices_file(*(f"{SIEMENS},{day},{price},EUR" for day, price in rows)), on=today, currencies={}, known=known)
    assert (len(whole.prices), whole.refusals, whole.waiting) == (8, [], {})


class TestAnIndex:
    @pytest.fixture
    def series(self, bank: BankState) -> IndexSeries:
        made = IndexSeries.objects.create(code="bis:DE", title="House prices, Germany", publisher="bis", country="DE", used=True)
        IndexPoint.objects.create(series=made, period_end=date(2024, 9, 30), value=100, confirmed=True)
        return made

    def points(self, actor: User, today: date, *values: str) -> ValueFile:
        ends = ("2024-12-31", "2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31")
        rows = [f"{day},DE,Germany,{value}" for day, value in zip(ends, values, strict=False)]
        stream = io.BytesIO("\n".join(("date,country_code,country,price", *rows, "")).encode())
        return import_index(stream=stream, file_name="i.csv", measure="NOMINAL", actor=actor, business_date=today)

    def test_rises_by_one_person_no_farther_than_by_one_point(
        self, series: IndexSeries, investigator: User, risk_manager: User, today: date
    ) -> None:
        taken = self.points(investigator, today, "114.9", "132.02", "151.69", "174.29", "200.26")
        assert (taken.kept, {one["before"] for one in taken.held}) == (1, {"100"})
        decide(risk_manager, today)
        assert IndexPoint.objects.order_by("-value")[0].confirmed

    def test_rises_no_farther_in_files_of_one_point_each(self, series: IndexSeries, investigator: User, today: date) -> None:
        steps = [len(self.points(investigator, today, *CREEP[:count]).held) for count in (1, 2)]
        assert steps == [0, 1]

    def test_is_confirmed_as_it_was_proposed(
        self, series: IndexSeries, investigator: User, risk_manager: User, branch: Branch, today: date
    ) -> None:
        """What is brought between the proposal and the word of the second person waits as if values followed it already."""
        IndexSeries.objects.update(used=False)
        series.refresh_from_db()
        assert self.points(investigator, today, "114").held == []
        propose_index_use(series=series, used=True, actor=risk_manager, business_date=today)
        assert len(self.points(investigator, today, "114", "300").held) == 1
        decide(hire("risk_second", Role.RISK_MANAGER, branch=branch), today)
        assert IndexPoint.objects.filter(confirmed=False).count() == 0
