"""Market figures that one person brings: what lifts values waits, and a fall that waits is not lost over night."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, Cover, IndexPoint, IndexSeries, SecurityHolding, SecurityPrice, ValueFile, WaitingPrice
from collateral.services.computed_values import revalue
from collateral.services.holdings import record_holding
from collateral.services.index_use import UnableToUseIndex, propose_index_use
from collateral.services.price_changes import UnableToChangePrices, decide_price_change, propose_correction, propose_split
from collateral.services.value_files import UnableToImportValues, import_index, import_prices
from core.errors import Conflict
from core.four_eyes import UnableToConfirm, UnableToPropose
from core.models import BankState, Branch, User
from core.roles import Role
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn, hire
from tests.collateral.test_price_changes import DAYS, decide, on_record, priced, take
from tests.collateral.test_value_files import SIEMENS, prices_file


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@pytest.fixture
def shares(book: Book, today: date) -> Asset:
    """A hundred shares behind a running loan of 5,000.00, valued at 10,000.00 ten days ago, no price of which anybody has seen."""
    asset = book.asset(10_000, kind="SECURITIES")
    asset.valuations.update(valued_date=DAYS[0] - timedelta(days=3), expires_date=today + timedelta(days=900))
    SecurityHolding.objects.create(
        asset=asset, isin=SIEMENS, quantity=100, confirmed_isin=SIEMENS, confirmed_quantity=100, recorded_date=DAYS[0]
    )
    book.pledge(asset, book.lend(5_000), 10_000)
    return asset


def worth(asset: Asset) -> Decimal:
    value = asset.valuations.get(state="ACCEPTED").market_value
    assert value is not None
    return value


def night(today: date) -> int:
    return revalue(business_date=today, **EVERY)


class TestTheFirstPriceOfAPaper:
    def test_lifts_nothing_before_a_second_person_saw_it(self, shares: Asset, investigator: User, risk_manager: User, today: date) -> None:
        taken = take(investigator, today, (DAYS[3], "900"), (DAYS[4], "901"))
        assert (taken.kept, [one["before"] for one in taken.held]) == (0, ["", ""])
        assert night(today) == 0 and worth(shares) == 10_000
        decide(risk_manager, today)
        assert night(today) == 1 and worth(shares) == 90_100 and not WaitingPrice.objects.exists()

    def test_below_the_value_counts_at_once(self, shares: Asset, investigator: User, risk_manager: User, today: date) -> None:
        take(investigator, today, (DAYS[4], "80"))
        assert (night(today), night(today)) == (1, 0) and worth(shares) == 8_000
        decide(risk_manager, today, confirm=False)
        value = shares.valuations.get(state="ACCEPTED")
        assert (value.market_value, value.valued_date) == (10_000, DAYS[0] - timedelta(days=3))
        assert night(today) == 0 and not on_record()

    def test_of_two_files_holds_in_the_currency_of_the_one_that_was_confirmed(
        self, shares: Asset, investigator: User, risk_manager: User, today: date
    ) -> None:
        take(investigator, today, (DAYS[4], "100"))
        other = prices_file(f"{SIEMENS},{DAYS[3]},100,USD")
        import_prices(stream=other, file_name="usd.csv", actor=investigator, business_date=today)
        decide(risk_manager, today)
        with pytest.raises(Conflict):
            decide(risk_manager, today)
        assert set(on_record()) == {DAYS[4]}


class TestAFallByMoreThanHalf:
    @pytest.fixture
    def fell(self, shares: Asset, investigator: User, today: date) -> ValueFile:
        """On record 110, on which the value stands; then 40."""
        priced(today, (DAYS[2], "100"), (DAYS[3], "110"))
        assert night(today) == 1
        return take(investigator, today, (DAYS[4], "40"))

    def test_waits_and_counts_that_night(
        self, shares: Asset, book: Book, fell: ValueFile, risk_manager: User, sign_in: SignIn, today: date
    ) -> None:
        assert (fell.refused, [one["figure"] for one in fell.held]) == (0, ["40"])
        assert (night(today), night(today)) == (1, 0) and worth(shares) == 4_000
        book.sweep()
        assert Cover.objects.get().market_value == 4_000
        page = sign_in(risk_manager).get(reverse("collateral:asset_detail", args=[shares.pk])).text
        assert "a fall that no second person had confirmed" in page
        decide(risk_manager, today)
        assert worth(shares) == 4_000 and on_record()[DAYS[4]] == 40 and night(today) == 0

    def test_that_is_refused_counts_no_more(self, shares: Asset, fell: ValueFile, book: Book, risk_manager: User, today: date) -> None:
        night(today)
        book.sweep()
        decide(risk_manager, today, confirm=False)
        value = shares.valuations.get(state="ACCEPTED")
        assert (value.market_value, value.valued_date) == (11_000, DAYS[3]) and not WaitingPrice.objects.exists()
        assert Cover.objects.get().market_value == 11_000
        # The next price is one day after what counts again.
        take(None, today, (DAYS[4], "108"))
        assert night(today) == 1 and worth(shares) == 10_800

    @pytest.mark.parametrize(("right", "at_once", "after"), [("90", 4_000, 9_000), ("30", 3_000, 3_000)])
    def test_that_is_refused_brings_back_no_price_that_was_corrected_meanwhile(
        self, shares: Asset, fell: ValueFile, investigator: User, risk_manager: User, today: date, right: str, at_once: int, after: int
    ) -> None:
        night(today)
        asked: dict[str, Any] = {"isin": SIEMENS, "price_date": DAYS[3], "price": Decimal(right), "reason": "The exchange."}
        wrong = propose_correction(actor=investigator, business_date=today, **asked)
        assert worth(shares) == at_once and night(today) == 0
        shared: dict[str, Any] = {"reason": "Looked up.", "actor": risk_manager, "business_date": today}
        decide_price_change(seen=wrong.pk, confirm=True, **shared)
        decide(risk_manager, today, confirm=False)
        assert worth(shares) == after and shares.valuations.get(state="ACCEPTED").valued_date == DAYS[3]

    def test_counts_and_no_price_from_before_the_value(self, shares: Asset, fell: ValueFile, today: date) -> None:
        SecurityPrice.objects.filter(price_date__gte=DAYS[3]).delete()
        SecurityPrice.objects.update(price=Decimal(30))
        assert SecurityPrice.objects.exists() and night(today) == 1
        value = shares.valuations.get(state="ACCEPTED")
        assert (value.market_value, value.valued_date) == (4_000, DAYS[4])

    def test_is_not_passed_over_by_the_next_price(self, shares: Asset, fell: ValueFile, investigator: User, today: date) -> None:
        night(today)
        monday = DAYS[4] + timedelta(days=3)
        assert monday == today
        assert [one["figure"] for one in take(investigator, today, (monday, "109")).held] == ["109"]
        assert night(today) == 0 and worth(shares) == 4_000
        with pytest.raises(UnableToImportValues, match="waits for a second person already"):
            take(investigator, today, (DAYS[4], "40"))

    def test_is_taken_back_by_who_brought_it_only_before_it_counted(
        self, shares: Asset, fell: ValueFile, investigator: User, today: date
    ) -> None:
        night(today)
        with pytest.raises(UnableToChangePrices, match="fall_counts"):
            decide(investigator, today, confirm=False)
        assert worth(shares) == 4_000

    def test_leaves_what_another_file_waits_with(
        self, shares: Asset, fell: ValueFile, investigator: User, risk_manager: User, today: date
    ) -> None:
        night(today)
        take(investigator, today, (today, "50"))
        decide(risk_manager, today, confirm=False)
        assert worth(shares) == 5_000
        decide(risk_manager, today, confirm=False)
        assert worth(shares) == 11_000

    def test_is_forgotten_of_papers_that_are_there_no_more(
        self, shares: Asset, fell: ValueFile, officer: User, risk_manager: User, today: date
    ) -> None:
        night(today)
        record_holding(asset=shares, isin=SIEMENS, quantity=Decimal(50), actor=officer, business_date=today)
        assert worth(shares) == 2_000
        decide(risk_manager, today, confirm=False)
        assert worth(shares) == 5_500

    def test_that_was_a_split_gives_back_what_it_took(
        self, shares: Asset, fell: ValueFile, investigator: User, risk_manager: User, today: date
    ) -> None:
        night(today)
        decide(risk_manager, today, confirm=False)
        propose_split(isin=SIEMENS, split_date=DAYS[4], new=11, old=4, reason="Notice.", actor=investigator, business_date=today)
        decide(risk_manager, today)
        assert take(None, today, (DAYS[4], "40")).held == []
        assert night(today) == 1 and worth(shares) == 11_000


class TestTheIndexThatValuesFollow:
    @pytest.fixture
    def series(self, bank: BankState) -> IndexSeries:
        return IndexSeries.objects.create(code="bis:DE", title="House prices, Germany", publisher="bis", country="DE")

    def second(self, branch: Branch) -> User:
        return hire("risk_second", Role.RISK_MANAGER, branch=branch)

    def test_is_followed_once_another_risk_manager_confirmed_it(
        self, series: IndexSeries, risk_manager: User, investigator: User, branch: Branch, today: date
    ) -> None:
        old = IndexSeries.objects.create(code="x:DE", title="Old", publisher="x", country="DE", used=True)
        asked: dict[str, Any] = {"series": series, "used": True, "business_date": today}
        waiting = propose_index_use(actor=risk_manager, **asked)
        assert "in the place of x:DE" in waiting.title
        with pytest.raises(UnableToPropose, match="already_open"):
            propose_index_use(actor=risk_manager, **asked)
        for person, words in ((risk_manager, "own_proposal"), (investigator, "not_entitled")):
            with pytest.raises(UnableToConfirm, match=words):
                decide(person, today)
        assert list(IndexSeries.objects.filter(used=True)) == [old]
        decide(self.second(branch), today)
        assert [one.code for one in IndexSeries.objects.filter(used=True)] == ["bis:DE"]

    def test_is_followed_on_until_another_one_confirmed_that_it_is_not(
        self, series: IndexSeries, risk_manager: User, branch: Branch, today: date
    ) -> None:
        IndexSeries.objects.update(used=True)
        series.refresh_from_db()
        propose_index_use(series=series, used=False, actor=risk_manager, business_date=today)
        assert IndexSeries.objects.get().used
        decide(self.second(branch), today, confirm=False)
        assert IndexSeries.objects.get().used
        with pytest.raises(UnableToUseIndex, match="unchanged"):
            propose_index_use(series=series, used=True, actor=risk_manager, business_date=today)

    def test_does_not_take_the_place_of_one_that_nobody_saw(
        self, series: IndexSeries, risk_manager: User, branch: Branch, today: date
    ) -> None:
        waiting = propose_index_use(series=series, used=True, actor=risk_manager, business_date=today)
        IndexSeries.objects.create(code="x:DE", title="New", publisher="x", country="DE", used=True)
        with pytest.raises(Conflict):
            decide_price_change(seen=waiting.pk, confirm=True, reason="", actor=self.second(branch), business_date=today)

    def test_lifts_values_far_only_when_a_second_person_saw_the_point(
        self, series: IndexSeries, investigator: User, risk_manager: User, today: date
    ) -> None:
        def points(*rows: str) -> ValueFile:
            stream = io.BytesIO("\n".join(("date,country_code,country,price", *(f"{day},DE,Germany,{value}" for day, value in
                                            (row.split(" ") for row in rows)), "")).encode())  # fmt: skip
            return import_index(stream=stream, file_name="i.csv", measure="NOMINAL", actor=investigator, business_date=today)

        assert points("2025-03-31 100", "2025-06-30 150").held == []
        IndexSeries.objects.update(used=True)
        taken = points("2024-12-31 10", "2025-09-30 90", "2025-12-31 150")
        # What comes before the others or rises far waits; a fall counts.
        assert [(one["date"], one["before"]) for one in taken.held] == [("2024-12-31", "150"), ("2025-12-31", "90")]
        assert (taken.kept, IndexPoint.objects.count()) == (1, 3)
        decide(risk_manager, today)
        assert IndexPoint.objects.count() == 5


def test_the_page_reads_of_a_long_file_what_it_shows(
    investigator: User, risk_manager: User, sign_in: SignIn, bank: BankState, today: date, settings: Any
) -> None:
    day, rows = date(2025, 6, 2), []
    while len(rows) < 45:
        rows += [(day, "100")] if day.weekday() < 5 else []
        day += timedelta(days=1)
    take(investigator, today, *rows)
    page = sign_in(risk_manager).get(reverse("collateral:price_changes"))
    ((_, lines, more, form),) = page.context["waiting"]
    assert (len(lines), more, form is not None) == (30, 15, True) and "never priced" in page.text
    assert "45 for a second person" in sign_in(risk_manager).get(reverse("collateral:indices")).text
    assert not SecurityPrice.objects.exists()
