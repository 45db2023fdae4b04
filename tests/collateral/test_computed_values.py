"""Between two appraisals: what an index, a curve or a market price makes of a value, the cap of CRR 229,
and files that may not be believed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collateral.domain.curves import left_of
from collateral.domain.evidence import find_against_curve, find_against_quote
from collateral.domain.index_values import IndexFacts, index_value
from collateral.domain.revaluation import DEFAULTS
from collateral.models import Asset, ComputedValue, IndexPoint, IndexSeries, SecurityPrice, Valuation, ValueFile
from collateral.services.computed_values import revalue
from collateral.services.flags import decide_flag
from collateral.services.holdings import UnableToRecordHolding, record_equipment, record_holding
from collateral.services.value_files import import_prices
from core.models import Branch, OutboxEvent, User
from loans.models import Facility, Loan
from tests.collateral.conftest import Register
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_value_files import SIEMENS, prices_file

CENT = Decimal("0.01")
Lend = Callable[..., Asset]
money = st.decimals(Decimal(1000), Decimal(10_000_000), places=2)
points = st.decimals(Decimal(10), Decimal(1000), places=2)


@pytest.fixture
def lend(register: Register, branch: Branch, today: date) -> Lend:
    """An asset valued at 200,000.00 today, perfected behind an active loan."""

    def make(kind: str = "REAL_ESTATE", worth: str = "200000.00", **changes: Any) -> Asset:
        asset = register(kind=kind, **changes)
        pledge = asset.pledges.select_related("application__borrower").get()
        pledge.state = "PERFECTED"
        pledge.save()
        Valuation.objects.create(
            asset=asset,
            ordered_date=today,
            state="ACCEPTED",
            method="COMPARISON",
            market_value=Decimal(worth),
            currency=asset.currency,
            valued_date=today,
            expires_date=today + timedelta(days=1095),
        )
        application = pledge.application
        if not Loan.objects.filter(application=application).exists():
            shared = {"application": application, "borrower": application.borrower, "branch": branch, "currency": "EUR"}
            facility = Facility.objects.create(**shared, limit_amount=Decimal(100_000))
            Loan.objects.create(
                **shared,
                reference="LN-1",
                facility=facility,
                product_version=application.product_version,
                principal=Decimal(100_000),
                annual_rate=Decimal("0.06"),
                state="ACTIVE",
                signed_date=today,
                disbursed_date=today,
            )
        return asset

    return make


def sweep(day: date) -> int:
    return revalue(business_date=day, first_loan_id=0, last_loan_id=1 << 40)


def index_of(values: dict[int, str], *, code: str = "bis:DE", country: str = "DE", used: bool = True) -> IndexSeries:
    """An index with one value at the end of each year."""
    series = IndexSeries.objects.create(code=code, title=code, publisher="bis", country=country, used=used)
    IndexPoint.objects.bulk_create(
        IndexPoint(series=series, period_end=date(year, 12, 31), value=Decimal(value)) for year, value in values.items()
    )
    return series


class TestCap:
    def test_is_the_value_at_origination_while_it_is_the_higher(self) -> None:
        facts = IndexFacts(Decimal(200_000), Decimal(100), Decimal(130), Decimal(180_000), 7, Decimal(200_000))
        found = index_value(facts, CENT)
        assert (found.value, found.moved, found.cap_source, found.capped) == (200_000, 260_000, "origination", True)

    def test_is_the_average_of_the_years_once_that_is_higher(self) -> None:
        facts = IndexFacts(Decimal(200_000), Decimal(100), Decimal(130), Decimal(230_000), 7, Decimal(200_000))
        assert index_value(facts, CENT).value == 230_000
        too_few = IndexFacts(Decimal(200_000), Decimal(100), Decimal(130), Decimal(230_000), 2, Decimal(200_000))
        assert index_value(too_few, CENT).value == 200_000

    @given(money, points, points, money, st.integers(0, 9), money)
    @settings(max_examples=60)
    def test_is_never_passed_and_a_fall_always_counts(
        self, base: Decimal, then: Decimal, now: Decimal, average: Decimal, count: int, origination: Decimal
    ) -> None:
        found = index_value(IndexFacts(base, then, now, average, count, origination), CENT)
        assert found.value <= max(origination, average if count >= 3 else 0)
        assert found.value <= found.moved and abs(found.moved - base * now / then) <= Decimal("0.005")


class TestByIndex:
    def test_follows_the_index_down_and_is_marked(self, lend: Lend, today: date) -> None:
        asset = lend()
        index_of({2024: "100", 2025: "100", 2026: "92"})
        assert sweep(today + timedelta(days=364)) == 0
        assert sweep(today + timedelta(days=366)) == 1
        assert sweep(today + timedelta(days=366)) == 0
        value = asset.valuations.get(state="ACCEPTED")
        assert (value.method, value.market_value, value.appraiser) == ("INDEX", Decimal("184000.00"), None)
        assert (value.computed.source, value.computed.evidence["series"], value.computed.capped) == ("INDEX", "bis:DE", False)
        assert asset.valuations.get(method="COMPARISON").state == "EXPIRED"
        assert not OutboxEvent.objects.filter(name="RevaluationDue").exists()

    def test_stays_at_the_value_of_the_loan_when_the_market_rises(self, lend: Lend, today: date) -> None:
        asset = lend()
        index_of({2024: "98", 2025: "100", 2026: "140"})
        sweep(today + timedelta(days=366))
        value = asset.valuations.get(state="ACCEPTED")
        # The mean of three yearly points, 112.67, is above origination: that much may count.
        assert (value.market_value, value.computed.uncapped) == (Decimal("225333.33"), Decimal("280000.00"))
        assert value.computed.evidence["cap_source"] == "average"

    def test_asks_for_an_appraiser_when_the_market_falls_far(self, lend: Lend, today: date) -> None:
        lend()
        index_of({2025: "100", 2026: "90"})
        sweep(today + timedelta(days=366))
        assert OutboxEvent.objects.filter(name="RevaluationDue").count() == 1

    @pytest.mark.parametrize(
        ("values", "country"), [({2025: "100", 2026: "90"}, "FR"), ({2026: "90"}, "DE"), ({2025: "100"}, "DE"), ({}, "DE")]
    )
    def test_makes_nothing_of_an_index_of_elsewhere_or_without_both_ends(
        self, lend: Lend, today: date, values: dict[int, str], country: str
    ) -> None:
        lend()
        index_of(values, country=country)
        assert sweep(today + timedelta(days=366)) == 0

    def test_goes_on_for_years_from_the_appraised_value_and_ends_with_the_appraiser(self, lend: Lend, today: date) -> None:
        asset = lend()
        index_of({2020 + year: str(100 - 2 * max(0, year - 5)) for year in range(15)})
        days = [today + timedelta(days=366 * year) for year in range(1, 8)]
        assert [sweep(day) for day in days] == [1, 1, 1, 1, 1, 0, 0]
        made = ComputedValue.objects.order_by("id")
        assert [row.valuation.market_value for row in made] == [Decimal(200_000 - 4000 * year) for year in range(1, 6)]
        assert {row.base_id for row in made} == {asset.valuations.get(method="COMPARISON").pk}
        last = asset.valuations.get(state="ACCEPTED")
        assert last.expires_date == today + timedelta(days=2190)

    @pytest.mark.parametrize(("use", "years"), [("HOME", "6"), ("FLATS", "6"), ("OFFICE", "8")])
    def test_is_averaged_over_the_years_of_its_use(self, lend: Lend, today: date, use: str, years: str) -> None:
        """Six years of homes, eight of other property, with or without facts for the price model."""
        asset = lend(facts={**GOOD["REAL_ESTATE"], "use": use})
        index_of({**dict.fromkeys(range(2018, 2020), "50"), **dict.fromkeys(range(2020, 2026), "100"), 2026: "150"})
        sweep(today + timedelta(days=366))
        evidence = asset.valuations.get(state="ACCEPTED").computed.evidence
        assert (evidence["years"], evidence["points"]) == (years, str(int(years) + 1))

    def test_takes_the_value_when_the_first_of_all_loans_was_paid_out_whatever_the_range(self, lend: Lend, today: date) -> None:
        asset = lend(worth="200000.00")
        first = Loan.objects.get()
        Loan.objects.filter(pk=first.pk).update(disbursed_date=today - timedelta(days=900))
        values = asset.valuations
        values.update(valued_date=today - timedelta(days=910), state="EXPIRED")
        second = Loan.objects.get()
        second.pk, second.reference, second.public_id = None, "LN-2", uuid4()
        second.disbursed_date = today
        second.save()
        values.create(
            asset=asset, ordered_date=today, state="ACCEPTED", method="COMPARISON", market_value=Decimal(300_000), currency="EUR",
            valued_date=today, expires_date=today + timedelta(days=1095),
        )  # fmt: skip
        index_of({2025: "100", 2026: "150"})
        revalue(business_date=today + timedelta(days=366), first_loan_id=second.pk, last_loan_id=second.pk)
        # Two yearly points are too few for an average: the value of the first payout caps it.
        assert asset.valuations.get(state="ACCEPTED").computed.cap == 200_000

    def test_reads_as_many_queries_for_one_asset_as_for_four(self, lend: Lend, today: date, django_assert_num_queries: Any) -> None:
        index_of({2025: "100", 2026: "95"})
        for number in range(4):
            lend(description=f"House {number}", title_number=f"T{number}")
        with django_assert_num_queries(12):
            assert sweep(today + timedelta(days=366)) == 4

    def test_asks_one_question_of_a_range_in_which_nothing_is_old(self, lend: Lend, today: date, django_assert_num_queries: Any) -> None:
        index_of({2025: "100", 2026: "95"})
        lend()
        # The settings in force, and how the question is to be asked and no longer.
        with django_assert_num_queries(4):
            assert sweep(today + timedelta(days=30)) == 0


class TestByCurve:
    @given(st.sampled_from(sorted(DEFAULTS.curves)), st.lists(st.integers(0, 9000), min_size=2, max_size=6))
    @settings(max_examples=40)
    def test_never_rises_with_age(self, name: str, ages: list[int]) -> None:
        left = [left_of(DEFAULTS.curves[name], date(2000, 1, 1), date(2000, 1, 1) + timedelta(days=age)) for age in sorted(ages)]
        assert all(0 < later <= earlier <= 1 for earlier, later in pairwise(left))

    def test_moves_the_appraised_value_along_its_curve(self, lend: Lend, officer: User, risk_manager: User, today: date) -> None:
        asset = lend("VEHICLE", "20000.00")
        record_equipment(
            asset=asset, curve="car", new_price=Decimal(30_000), bought_date=date(2024, 3, 2), actor=officer, business_date=today
        )
        # Recorded after others counted on it, it moves nothing before a second person saw it.
        assert sweep(today + timedelta(days=366)) == 0
        flag = asset.flags.get(code="equipment_changed")
        decide_flag(flag=flag, uphold=False, reason="The bill is on file.", actor=risk_manager, business_date=today)
        assert sweep(today + timedelta(days=366)) == 1
        value = asset.valuations.get(state="ACCEPTED")
        assert value.method == "COST" and value.computed.source == "CURVE"
        assert value.market_value == pytest.approx(Decimal(20_000) * 50 / 61, rel=Decimal("0.002"))

    def test_flags_a_value_far_above_it(self) -> None:
        assert find_against_curve(Decimal(125), Decimal(100), curve="car") == []
        assert find_against_curve(Decimal("125.01"), Decimal(100), curve="car")[0].code == "above_evidence"

    def test_is_refused_for_what_is_no_machine(self, lend: Lend, officer: User, today: date) -> None:
        house = lend()
        with pytest.raises(UnableToRecordHolding, match="other_class"):
            record_equipment(asset=house, curve="car", new_price=Decimal(1), bought_date=today, actor=officer, business_date=today)
        car = lend("VEHICLE")
        wrong = {"curve": "boat", "new_price": Decimal("NaN"), "bought_date": today + timedelta(days=1)}
        with pytest.raises(UnableToRecordHolding) as refusal:
            record_equipment(asset=car, actor=officer, business_date=today, **wrong)  # type: ignore[arg-type]
        assert [fault.field for fault in refusal.value.faults] == ["curve", "new_price", "bought_date"]


class TestByQuote:
    def test_moves_a_holding_every_day_and_only_in_its_currency(self, lend: Lend, officer: User, risk_manager: User, today: date) -> None:
        asset = lend("SECURITIES", "10000.00")
        record_holding(asset=asset, isin=SIEMENS, quantity=Decimal(100), actor=officer, business_date=today)
        decide_flag(flag=asset.flags.get(), uphold=False, reason="The custodian says so.", actor=risk_manager, business_date=today)
        monday = date(2026, 3, 9)
        old = ValueFile.objects.create(kind="PRICES", market="p", file_name="old", fingerprint="", business_date=today)
        SecurityPrice.objects.create(isin=SIEMENS, price_date=monday - timedelta(days=3), price=100, currency="EUR", source=old)
        lines = [f"{SIEMENS},{monday + timedelta(days=day)},{100 - day},EUR" for day in range(5)]
        taken = import_prices(stream=prices_file(*lines), file_name="p.csv", actor=None, business_date=date(2026, 3, 13))
        assert (taken.kept, taken.refused) == (5, 0)
        assert [sweep(monday + timedelta(days=day)) for day in (0, 1, 1, 2)] == [1, 1, 0, 1]
        value = asset.valuations.get(state="ACCEPTED")
        assert (value.market_value, value.valued_date, value.method) == (Decimal(9800), monday + timedelta(days=2), "MARKET_QUOTE")
        SecurityPrice.objects.update(currency="USD")
        assert sweep(monday + timedelta(days=3)) == 0

    def test_holds_from_the_day_of_its_price_and_not_from_the_day_it_was_read(
        self, lend: Lend, officer: User, risk_manager: User, today: date
    ) -> None:
        asset = lend("SECURITIES", "10000.00")
        record_holding(asset=asset, isin=SIEMENS, quantity=Decimal(100), actor=officer, business_date=today)
        decide_flag(flag=asset.flags.get(), uphold=False, reason="The custodian says so.", actor=risk_manager, business_date=today)
        priced, read = today + timedelta(days=10), today + timedelta(days=15)
        source = ValueFile.objects.create(kind="PRICES", market="p", file_name="p", fingerprint="", business_date=today)
        SecurityPrice.objects.create(isin=SIEMENS, price_date=priced, price=99, currency="EUR", source=source)
        assert sweep(read) == 1
        value = asset.valuations.get(state="ACCEPTED")
        assert (value.valued_date, value.expires_date) == (priced, priced + timedelta(days=30))

    def test_refuses_an_isin_that_is_none(self, lend: Lend, officer: User, today: date) -> None:
        asset = lend("SECURITIES")
        with pytest.raises(UnableToRecordHolding) as refusal:
            record_holding(asset=asset, isin="DE0007236102", quantity=Decimal(-1), actor=officer, business_date=today)
        assert [fault.field for fault in refusal.value.faults] == ["isin", "quantity"]

    def test_flags_a_value_above_the_market(self) -> None:
        assert find_against_quote(Decimal(105), Decimal(100), isin=SIEMENS, day="2026-03-02") == []
        assert find_against_quote(Decimal(106), Decimal(100), isin=SIEMENS, day="2026-03-02")[0].code == "above_evidence"

    def test_flags_a_value_of_fewer_than_are_on_file(self) -> None:
        assert find_against_quote(Decimal(70), Decimal(100), isin=SIEMENS, day="2026-03-02") == []
        assert find_against_quote(Decimal(69), Decimal(100), isin=SIEMENS, day="2026-03-02")[0].code == "below_quote"
