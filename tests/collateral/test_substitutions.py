"""One asset for another: what a flag or a day that passed says against the one that goes makes it worth no less; and who waits in line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collateral.models import Asset, Cover, Pledge, RedFlag, Valuation
from collateral.services.releases import UnableToReleasePledge
from core.models import User
from loans.models import Application, Facility, Loan
from tests.collateral.test_releases import Pledged, collector, pledged

__all__ = ["collector", "pledged"]


@pytest.fixture
def car(pledged: Pledged) -> Pledge:
    """An old car beside the two houses, of which one is left: it lends far less than the house."""
    Pledge.objects.filter(pk=pledged.second.pk).update(state="RELEASED")
    found = pledged.book.asset(20_000, kind="VEHICLE")
    return pledged.book.pledge(found, pledged.lent, 20_000)


def spoil(house: Asset, how: str, pledged: Pledged) -> None:
    """Something speaks against the house, or its value has run out, lately or long ago."""
    today = pledged.book.today
    if how == "flag":
        RedFlag.objects.create(asset=house, code="insurance_lapsed", text="Not insured.", raised_date=today)
    else:
        days = {"lapsed": 1, "long ago": 400}[how]
        Valuation.objects.filter(asset=house).update(state="EXPIRED", expires_date=today - timedelta(days=days))
    pledged.book.sweep()


@pytest.mark.parametrize("how", ["flag", "lapsed", "long ago"])
@pytest.mark.parametrize("drawable", [False, True])
def test_no_good_house_goes_for_an_old_car(pledged: Pledged, car: Pledge, collector: User, how: str, drawable: bool) -> None:
    if drawable:
        Facility.objects.update(revolving=True, end_date=pledged.book.today + timedelta(days=900), state="AVAILABLE", drawn=0)
    spoil(pledged.houses[0], how, pledged)
    with pytest.raises(UnableToReleasePledge, match="must_cover") as refusal:
        pledged.propose(pledged.first, collector, "substitution", replacement=car)
    assert "100,000.00 EUR have to be covered" in refusal.value.detail


class TestWhileShort:
    """100,000 owed on a house that lends 50,000, and another that lends 60,000 brought for it a month later."""

    @pytest.fixture
    def better(self, pledged: Pledged) -> Pledge:
        today = pledged.book.today
        long_ago = today - timedelta(days=200)
        Loan.objects.update(disbursed_date=long_ago)
        Pledge.objects.filter(pk=pledged.first.pk).update(perfected_date=long_ago)
        Pledge.objects.filter(pk=pledged.second.pk).update(state="RELEASED")
        Valuation.objects.filter(asset=pledged.houses[0]).update(market_value=62_500)
        house = pledged.book.asset(75_000)
        pledge = pledged.book.pledge(house, pledged.lent, 100_000)
        Pledge.objects.filter(pk=pledge.pk).update(perfected_date=today)
        pledged.book.sweep()
        return Pledge.objects.get(pk=pledge.pk)

    def test_a_better_house_takes_the_place_of_one(self, pledged: Pledged, better: Pledge, collector: User, approver: User) -> None:
        pledged.propose(pledged.first, collector, "substitution", replacement=better)
        assert pledged.decide(pledged.first, approver).state == "SUBSTITUTED"
        assert Cover.objects.get().available == 60_000

    def test_a_worse_one_does_not(self, pledged: Pledged, better: Pledge, collector: User) -> None:
        Valuation.objects.filter(asset=better.asset_id).update(market_value=60_000)
        with pytest.raises(UnableToReleasePledge, match=r"50,000\.00 EUR have to be covered"):
            pledged.propose(pledged.first, collector, "substitution", replacement=better)

    @pytest.mark.parametrize("days", [31, 200, 201])
    def test_nor_one_that_covered_the_loan_beside_it(self, pledged: Pledged, better: Pledge, collector: User, days: int) -> None:
        Pledge.objects.filter(pk=better.pk).update(perfected_date=pledged.book.today - timedelta(days=days))
        with pytest.raises(UnableToReleasePledge, match=r"100,000\.00 EUR have to be covered"):
            pledged.propose(pledged.first, collector, "substitution", replacement=better)


@pytest.mark.parametrize("with_loan", [True, False])
def test_two_givings_back_of_one_file_wait_in_line_at_the_application(pledged: Pledged, collector: User, with_loan: bool) -> None:
    if not with_loan:
        Cover.objects.all().delete()
        Loan.objects.all().delete()
        Application.objects.update(state="APPROVED")
    pledge: Any = Pledge.objects.get(pk=pledged.second.pk)
    with CaptureQueriesContext(connection) as asked:
        pledged.propose(pledge, collector)
    held = [query["sql"].split('FROM "')[1].split('"')[0] for query in asked if " FOR " in query["sql"] and "UPDATE OF" in query["sql"]]
    expected = ["collateral_asset", "loans_application", *(["loans_loan"] if with_loan else []), "collateral_pledge"]
    assert held[: len(expected)] == expected
