"""Appraisers by what came after their values: the next appraisal, the market in between, and what the asset was sold for."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from collateral.domain.appraisers import find_outlier, record_of
from collateral.models import Asset, EquipmentFacts, Realisation, SecurityHolding, SecurityPrice, Valuation, ValueFile
from collateral.selectors.appraisers import list_later, list_performance, records_of
from collateral.services.realisations import UnableToRecordRealisation, record_realisation
from collateral.services.valuations import order_valuation
from core.errors import Conflict
from core.models import Branch, User
from core.roles import Role
from tests.collateral.conftest import Register, Value, hire
from tests.collateral.test_computed_values import index_of
from tests.collateral.test_value_files import SIEMENS
from tests.every_role import every_role
from tests.shared_rows import shared


def value(asset: Asset, appraiser: User | None, worth: int, day: date, **changes: Any) -> Valuation:
    shared = {"method": "COMPARISON", "currency": "EUR", "state": "EXPIRED", "ordered_date": day, "valued_date": day}
    return Valuation.objects.create(asset=asset, appraiser=appraiser, market_value=Decimal(worth), **{**shared, **changes})


@shared
def history(register: Register, appraisers: list[User], today: date) -> list[Asset]:
    """Four plots that Anton valued a fifth above what Berta says a year later, in a market that stood still;
    one is then sold for less still.
    """
    anton, berta = appraisers
    index_of({2024: "100", 2025: "100"})
    assets = [register(kind="LAND", description=f"Plot {number}", title_number=f"L{number}") for number in range(4)]
    for asset in assets:
        value(asset, anton, 120_000, today - timedelta(days=400))
        value(asset, anton, 500_000, today - timedelta(days=300), state="REJECTED")
        value(asset, berta, 100_000, today - timedelta(days=30))
    record_realisation(asset=assets[0], sold_date=today, price=Decimal(80_000), actor=None, business_date=today)
    return assets


class TestRecord:
    @given(st.lists(st.decimals(Decimal("-0.9"), Decimal(3), places=3), min_size=3, max_size=12))
    @settings(max_examples=40)
    def test_moves_with_what_it_is_made_of(self, gaps: list[Decimal]) -> None:
        found, higher = record_of(gaps), record_of([gap + 1 for gap in gaps])
        assert found.gap is not None and higher.gap == found.gap + 1 and higher.spread == found.spread
        assert min(gaps) <= found.gap <= max(gaps) and record_of(gaps[:2]).verdict == "few"

    def test_says_nothing_of_two(self) -> None:
        assert record_of([Decimal(1), Decimal(1)]).verdict == "few"
        assert record_of([Decimal("0.11")] * 3).verdict == "generous"
        assert record_of([Decimal("0.10")] * 3).verdict == "fair"
        assert record_of([Decimal("-0.11")] * 3).verdict == "cautious"


class TestPerformance:
    def test_sets_each_accepted_value_against_what_came_later(self, history: list[Asset], appraisers: list[User]) -> None:
        first, second = list_performance(today=date(2026, 3, 2))
        assert (first.person, second.person) == tuple(appraisers)
        assert (first.accepted, first.rejected, first.against_values.count, first.against_values.verdict) == (4, 4, 4, "generous")
        assert first.against_values.gap == Decimal("0.2") and first.against_sales.count == 0
        assert (second.against_values.count, second.against_sales.count, second.against_sales.gap) == (0, 1, Decimal("0.25"))

    def test_leaves_the_market_out_of_it(self, register: Register, appraisers: list[User], today: date) -> None:
        house = register(kind="REAL_ESTATE", description="House", title_number="H1")
        value(house, appraisers[0], 100_000, date(2025, 1, 15))
        value(house, appraisers[1], 90_000, date(2026, 1, 15))
        index_of({2024: "100", 2025: "90"})
        (later,) = list_later()
        assert later.expected == 90_000 and later.gap == 0

    def test_leaves_age_out_of_it(self, register: Register, appraisers: list[User], today: date) -> None:
        """A van that its next appraiser finds worth what its curve leaves of it was valued well, whatever years lie between."""
        van = register(kind="VEHICLE", description="Van", title_number="V1")
        EquipmentFacts.objects.create(asset=van, curve="car", new_price=Decimal(30_000), bought_date=date(2023, 1, 15), recorded_date=today)
        value(van, appraisers[0], 22_800, date(2024, 1, 15))
        value(van, appraisers[1], 15_000, date(2026, 1, 15))
        (later,) = list_later()
        assert abs(later.gap) < Decimal("0.01")

    def test_moves_securities_by_their_price(self, register: Register, appraisers: list[User], today: date) -> None:
        paper = register(kind="SECURITIES", description="Shares", title_number="")
        SecurityHolding.objects.create(
            asset=paper, isin=SIEMENS, quantity=100, confirmed_isin=SIEMENS, confirmed_quantity=100, recorded_date=today
        )
        file = ValueFile.objects.create(kind="PRICES", market="prices", file_name="p.csv", fingerprint="0", business_date=today)
        for day, price in ((date(2025, 1, 14), 100), (date(2026, 1, 14), 50)):
            SecurityPrice.objects.create(isin=SIEMENS, price_date=day, price=price, currency="EUR", source=file)
        value(paper, appraisers[0], 10_000, date(2025, 1, 15))
        value(paper, appraisers[1], 5_000, date(2026, 1, 15))
        (later,) = list_later()
        assert (later.expected, later.gap) == (5_000, 0)

    def test_leaves_out_what_nothing_can_move(self, register: Register, appraisers: list[User], today: date) -> None:
        lathe = register(description="Lathe", title_number="L9")
        value(lathe, appraisers[0], 100_000, date(2024, 1, 15))
        value(lathe, appraisers[1], 70_000, date(2026, 1, 15))
        assert list_later() == []
        value(lathe, appraisers[0], 50_000, date(2026, 3, 1))
        assert [later.gap for later in list_later()] == [Decimal("0.4")]

    def test_measures_nobody_by_their_own_next_value(self, register: Register, appraisers: list[User], today: date) -> None:
        """Who says the same again and again is no fairer for it: what the next person says counts for each of those values."""
        plot = register(kind="LAND", description="Plot", title_number="L9")
        index_of({2024: "100", 2025: "100"})
        anton, berta = appraisers
        for days in (300, 200, 100):
            value(plot, anton, 120_000, today - timedelta(days=days))
        value(plot, berta, 100_000, today - timedelta(days=10))
        assert [(one.appraiser_id, one.gap) for one in list_later()] == [(anton.pk, Decimal("0.2"))] * 3

    @pytest.mark.parametrize("how", ["upheld", "ended"])
    def test_takes_no_false_value_for_the_truth(self, register: Register, appraisers: list[User], today: date, how: str) -> None:
        plot = register(kind="LAND", description="Plot", title_number="L9")
        index_of({2024: "100", 2025: "100"})
        anton, berta = appraisers
        value(plot, anton, 100_000, today - timedelta(days=300))
        false = value(plot, berta, 200_000, today - timedelta(days=200))
        if how == "upheld":
            plot.flags.create(code="above_evidence", valuation=false, state="UPHELD", text="Too high.", raised_date=today)
        else:
            Valuation.objects.filter(pk=false.pk).update(ended_date=today, ended_by=["damaged"])
        value(plot, hire("carl_appraiser", Role.APPRAISER, branch=plot.branch), 100_000, today - timedelta(days=10))
        assert {one.appraiser_id: one.gap for one in list_later()} == {anton.pk: 0, berta.pk: 1}

    def test_sets_enforced_sales_apart(self, register: Register, appraisers: list[User], today: date) -> None:
        """Three homes fetch a third less at auction: an honest appraiser is not generous for that."""
        for number in range(3):
            plot = register(kind="LAND", description=f"Plot {number}", title_number=f"L{number}")
            value(plot, appraisers[0], 120_000, today - timedelta(days=60))
            Realisation.objects.create(asset=plot, sold_date=today, price=80_000, enforced=True, recorded_date=today, booked_date=today)
        (row,) = [one for one in list_performance(today=today) if one.person == appraisers[0]]
        assert (row.against_sales.count, row.against_enforced.count, row.against_enforced.gap) == (0, 3, Decimal("0.5"))
        assert not find_outlier(records_of(appraisers[0].pk), Decimal(100), None)

    def test_costs_the_same_however_many_there_are(self, history: list[Asset], django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(5):
            list_performance(today=date(2026, 3, 2))


class TestRealisation:
    def test_sells_an_asset_once(self, asset: Asset, today: date) -> None:
        record_realisation(asset=asset, sold_date=today, price=Decimal(1), actor=None, business_date=today)
        assert asset.state == "SOLD"
        with pytest.raises(Conflict):
            record_realisation(asset=asset, sold_date=today, price=Decimal(1), actor=None, business_date=today)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"price": Decimal(0)}, "price"),
            ({"price": Decimal("NaN")}, "price"),
            ({"costs": Decimal(-1)}, "costs"),
            ({"sold": 1}, "sold_date"),
        ],
    )
    def test_is_refused_when_it_cannot_be(self, asset: Asset, today: date, change: dict[str, Any], field: str) -> None:
        sold = today + timedelta(days=change.pop("sold", 0))
        with pytest.raises(UnableToRecordRealisation) as refusal:
            record_realisation(asset=asset, actor=None, business_date=today, sold_date=sold, **{"price": Decimal(5), **change})
        assert refusal.value.faults[0].field == field and not Realisation.objects.exists()


@every_role(Role)
def test_every_role_sees_and_does_only_what_is_its_own(
    history: list[Asset], appraisers: list[User], branch: Branch, today: date, role: Role
) -> None:
    client = Client()
    client.force_login(hire("somebody", role, branch=branch))
    reads = role in {Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.VALIDATOR}
    for page in (reverse("collateral:appraisers"), reverse("collateral:appraiser", args=[appraisers[0].pk])):
        answer = client.get(page)
        assert answer.status_code == (200 if reads else 403)
        assert not reads or "20.0%" in answer.text
    if reads:
        assert client.get(reverse("collateral:appraiser", args=[1 << 30])).status_code == 404
        assert "Anton Appraiser,4,4,0,0" in client.get(reverse("collateral:appraisers") + "?export=csv").getvalue().decode()


class TestOutliers:
    def test_are_found_by_their_own_record(self) -> None:
        generous, fair = record_of([Decimal("0.2")] * 3), record_of([Decimal("0.00"), Decimal("0.01"), Decimal("0.02")])
        worth = Decimal(100)
        assert [one.code for one in find_outlier([generous], worth, None)] == ["appraiser_outlier"]
        assert not find_outlier([fair], worth, None)
        assert not find_outlier([fair], worth, worth / Decimal("1.10"))
        assert find_outlier([fair], worth, worth / Decimal("1.11"))
        assert not find_outlier([record_of([Decimal("0.9")] * 2)], worth, Decimal(1))

    def test_are_flagged_with_the_value(
        self, history: list[Asset], appraisers: list[User], investigator: User, register: Register, submit: Value, today: date
    ) -> None:
        raised = []
        for number, person in enumerate(appraisers):
            asset = register(title_number=f"M{number}", description=f"Mill {number}")
            given = order_valuation(asset=asset, actor=investigator, business_date=today, appraiser=person)
            submit(given)
            raised.append([(flag.code, flag.valuation_id) for flag in asset.flags.all()] == [("appraiser_outlier", given.pk)])
        assert raised == [True, False]
