"""What of a single asset's value counts: by age of receivables, by debtor, by what blocks a deposit, by quality; now and by the night."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collateral.domain.counting import Item, ageing_share, count_deposit, count_receivables
from collateral.domain.haircuts import AGEING, DEBTOR_LIMIT
from collateral.domain.revaluation import DEFAULTS, UnfitSettings, as_document, from_document
from collateral.models import Asset, Cover, Receivable
from collateral.selectors.coverage import coverage_of
from collateral.services.counting import refresh_counted, refresh_waiting
from collateral.services.facts import record_facts
from collateral.services.flags import decide_flag
from collateral.services.receivable_watch import watch_receivables
from collateral.services.receivables import add_receivable, mark_receivable
from core.models import Branch, User
from loans.models import ProductVersion
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import Register
from tests.collateral.test_asset_facts import GOOD

DAY = date(2026, 3, 2)


def item(nominal: int, *, late: int = -10, debtor: str = "A", **rest: bool) -> Item:
    return Item(debtor, Decimal(nominal), DAY - timedelta(days=late), **rest)


def count(*items: Item, limit: Decimal = Decimal(1)) -> Decimal:
    return count_receivables(items, DAY, AGEING, limit).share


class TestReceivables:
    @pytest.mark.parametrize(
        ("late", "share"), [(-1, "1"), (0, "1"), (1, "0.8"), (30, "0.8"), (31, "0.5"), (61, "0.2"), (90, "0.2"), (91, "0"), (900, "0")]
    )
    def test_count_the_less_the_longer_they_are_overdue(self, late: int, share: str) -> None:
        assert ageing_share(late, AGEING) == Decimal(share)
        assert count(item(100, late=late)) == Decimal(share)

    def test_count_nothing_when_disputed_or_owed_by_the_own_group(self) -> None:
        assert count(item(300), item(100, disputed=True)) == Decimal("0.75")
        assert count(item(300), item(100, connected=True)) == Decimal("0.75")
        # What was collected since it was valued is no part of what is left, and stays one of what was valued.
        assert count(item(300), item(100, settled=True)) == Decimal("0.75")
        assert count() == count(item(100, settled=True)) == 0

    def test_count_up_to_a_limit_of_one_debtor(self) -> None:
        many = [item(100, debtor=name) for name in "BCDE"]
        counted = count_receivables([item(600), *many], DAY, AGEING, DEBTOR_LIMIT)
        assert counted.share == Decimal("0.75")
        assert counted.reasons == ("One debtor counts up to 35% only: A.",)

    @given(
        st.lists(st.tuples(st.integers(1, 10**6), st.integers(-50, 200), st.sampled_from("ABC"), st.booleans(), st.booleans()), max_size=8),
        st.sampled_from([Decimal("0.1"), Decimal("0.35"), Decimal(1)]),
    )
    def test_count_no_more_than_all_and_less_as_time_goes(self, rows: list[Any], limit: Decimal) -> None:
        items = [Item(debtor, Decimal(n), DAY - timedelta(days=late), disputed=d, connected=c) for n, late, debtor, d, c in rows]
        shares = [count_receivables(items, DAY + timedelta(days=days), AGEING, limit).share for days in (0, 20, 40, 80, 400)]
        assert all(0 <= later <= earlier <= 1 for earlier, later in pairwise(shares))

    @given(
        st.lists(
            st.tuples(st.integers(1, 10**6), st.integers(-50, 200), st.sampled_from("ABC"), st.booleans(), st.booleans()),
            min_size=1,
            max_size=8,
        ),
        st.sampled_from([Decimal("0.1"), Decimal("0.35"), Decimal(1)]),
        st.none() | st.integers(1, 10**7).map(Decimal),
        st.randoms(use_true_random=False),
    )
    def test_count_no_more_than_is_open_and_never_more_for_being_collected(
        self, rows: list[Any], limit: Decimal, worth: Decimal | None, chance: Random
    ) -> None:
        items = [Item(debtor, Decimal(n), DAY - timedelta(days=late), disputed=d, connected=c) for n, late, debtor, d, c in rows]
        before = count_receivables(items, DAY, AGEING, limit, worth).share
        for number in chance.sample(range(len(items)), len(items)):
            items[number] = replace(items[number], settled=True)
            share = count_receivables(items, DAY, AGEING, limit, worth).share
            assert share <= before
            assert share * (worth or 0) <= sum(one.nominal for one in items if not one.settled)
            before = share
        assert before == 0


@pytest.mark.parametrize(
    ("matures", "share"),
    [(None, 1), (DAY, 0), (DAY + timedelta(days=1), 1)],
)
def test_a_deposit_counts_until_it_is_due(matures: date | None, share: int) -> None:
    assert count_deposit(maturity_date=matures, on=DAY).share == share


@pytest.mark.parametrize(("balance", "share"), [("0", "0"), ("10", "0.000499"), ("19999.99", "0.999949"), ("20001", "1"), ("90000", "1")])
def test_a_deposit_counts_up_to_its_balance(balance: str, share: str) -> None:
    known: dict[str, Any] = {"maturity_date": None, "on": DAY, "balance": Decimal(balance)}
    assert count_deposit(**known, market_value=Decimal(20_001)).share == Decimal(share)
    assert count_deposit(**known).share == 1


class TestAnAsset:
    @pytest.mark.parametrize(
        ("kind", "change", "share"),
        [
            ("DEPOSIT", {}, "1"),
            ("SECURITIES", {}, "1"),
            ("REAL_ESTATE", {}, "0.9"),
            ("REAL_ESTATE", {"use": "HOME"}, "1"),
            ("REAL_ESTATE", {"occupancy": "VACANT", "annual_rent": None}, "0.8"),
            ("LAND", {"access": "EASEMENT"}, "0.8"),
            ("MACHINERY", {"condition": "IDLE"}, "0.7"),
            ("RECEIVABLES", {}, "0.35"),
        ],
    )
    def test_counts_by_its_facts(self, register: Register, kind: str, change: dict[str, Any], share: str) -> None:
        assert register(kind=kind, facts={**GOOD[kind], **change}).counted_share == Decimal(share)

    @pytest.mark.parametrize(("kind", "share"), [("DEPOSIT", 0), ("RECEIVABLES", 0), ("LAND", 1)])
    def test_without_facts_counts_only_where_time_does_not_eat_it(self, register: Register, kind: str, share: int) -> None:
        assert register(kind=kind).counted_share == share

    def test_lends_by_it(self, register: Register, risk_manager: User, today: date) -> None:
        asset = register(kind="DEPOSIT", facts={**GOOD["DEPOSIT"], "balance": Decimal(5_000)})
        asset.pledges.update(state="PERFECTED")
        value = {"state": "ACCEPTED", "method": "COST", "market_value": Decimal(20_000), "currency": "EUR", "valued_date": today}
        asset.valuations.create(ordered_date=today, expires_date=today + timedelta(days=9), **value)
        Asset.objects.update(counted_share="0.25")
        application = asset.pledges.get().application
        assert coverage_of(application, business_date=today).available == 4_750
        record_facts(asset=asset, facts=GOOD["DEPOSIT"], actor=None, business_date=today)
        # What lets more count is looked at by a second person first.
        assert coverage_of(application, business_date=today).available == 4_750
        decide_flag(flag=asset.flags.get(code="facts_raised"), uphold=False, reason="Seen.", actor=risk_manager, business_date=today)
        assert coverage_of(application, business_date=today).available == 19_000


class TestTheNight:
    @pytest.fixture
    def book(self, branch: Branch, product: ProductVersion, today: date) -> Book:
        return Book(branch, product, today)

    @pytest.fixture
    def assigned(self, book: Book, officer: User, today: date) -> Asset:
        """Three debtors' receivables behind a running loan, due in ten days."""
        asset = book.asset(90_000, kind="RECEIVABLES")
        for debtor in ("Elm", "Oak", "Ash"):
            facts = {**GOOD["RECEIVABLES"], "debtor_name": debtor, "nominal": Decimal(30_000), "due_date": today + timedelta(days=10)}
            add_receivable(asset=asset, facts=facts, actor=officer, business_date=today)
        book.see(asset)
        book.pledge(asset, book.lend(80_000), 90_000)
        return asset

    def test_counts_less_as_receivables_age(self, book: Book, assigned: Asset, today: date) -> None:
        refresh_counted(business_date=today, **EVERY)
        book.sweep()
        assert Cover.objects.get().lending_value == 45_000
        for days, share in ((11, "0.8"), (60, "0.5"), (101, "0")):
            book.today = today + timedelta(days=days)
            assert refresh_counted(business_date=book.today, **EVERY) == 1
            assert refresh_counted(business_date=book.today, **EVERY) == 0
            book.sweep()
            assert Cover.objects.get().lending_value == 45_000 * Decimal(share)

    def test_tells_once_of_invoices_of_which_nothing_counts_any_more(
        self, assigned: Asset, risk_manager: User, officer: User, today: date, django_assert_num_queries: Any
    ) -> None:
        last = today + timedelta(days=10 + 91)
        # Of what counts in part (test_added_receivables.py) everybody was told before.
        Receivable.objects.update(told_late=True)
        assert watch_receivables(business_date=last - timedelta(days=1)) == 0 and not assigned.flags.exists()
        mark_receivable(receivable=Receivable.objects.get(debtor_name="Ash"), mark="settled", on=today, actor=officer, business_date=today)
        late = Receivable.objects.get(debtor_name="Oak")
        Receivable.objects.filter(pk=late.pk).update(invoice_number="R-2", due_date=late.due_date + timedelta(days=1))
        assert watch_receivables(business_date=last) == 1
        (flag,) = assigned.flags.all()
        assert (flag.code, flag.evidence["invoices"]) == ("receivable_overdue", GOOD["RECEIVABLES"]["invoice_number"])
        decide_flag(flag=flag, uphold=False, reason="The debtor pays in parts.", actor=risk_manager, business_date=last)
        with django_assert_num_queries(7):
            assert watch_receivables(business_date=last) == 0
        assert watch_receivables(business_date=last + timedelta(days=1)) == 1
        assert assigned.flags.get(state="OPEN").evidence["invoices"] == "R-2"

    def test_counts_less_of_what_a_file_waits_with(self, book: Book, assigned: Asset, today: date, django_assert_num_queries: Any) -> None:
        later = today + timedelta(days=11)
        assert refresh_waiting(business_date=later) == 0
        assigned.pledges.update(state="PROPOSED")
        assert refresh_counted(business_date=later, **EVERY) == 0
        with django_assert_num_queries(6):
            assert refresh_waiting(business_date=later) == 1
        assigned.refresh_from_db()
        assert assigned.counted_share == Decimal("0.8") and refresh_waiting(business_date=later) == 0

    def test_measures_the_loan_at_once_when_one_is_disputed(self, book: Book, assigned: Asset, officer: User, today: date) -> None:
        book.sweep()
        mark_receivable(receivable=Receivable.objects.all()[0], mark="disputed", on=today, actor=officer, business_date=today)
        assert Cover.objects.get().lending_value == Decimal("29999.9700")

    def test_counts_no_more_than_is_left_when_seven_of_ten_are_collected(self, book: Book, officer: User, today: date) -> None:
        asset = book.asset(1_000_000, kind="RECEIVABLES")
        for number in range(10):
            facts = {
                **GOOD["RECEIVABLES"],
                "debtor_name": f"Debtor {number}",
                "nominal": Decimal(100_000),
                "due_date": today + timedelta(days=60),
            }
            add_receivable(asset=asset, facts=facts, actor=officer, business_date=today)
        book.see(asset)
        assert asset.counted_share == 1
        book.pledge(asset, book.lend(400_000), 900_000)
        book.today = today + timedelta(days=30)
        for row in Receivable.objects.all()[:7]:
            mark_receivable(receivable=row, mark="settled", on=book.today, actor=officer, business_date=book.today)
        asset.refresh_from_db()
        assert asset.counted_share == Decimal("0.3")
        assert refresh_counted(business_date=book.today, **EVERY) == 0
        Asset.objects.update(counted_share=1)
        assert refresh_counted(business_date=book.today, **EVERY) == 1
        asset.refresh_from_db()
        assert asset.counted_share == Decimal("0.3")
        # A value that was made of what is left is one of that alone.
        book.value(asset, 300_000)
        Receivable.objects.filter(settled_date__isnull=False).update(settled_date=today + timedelta(days=29))
        assert refresh_counted(business_date=book.today, **EVERY) == 1
        asset.refresh_from_db()
        assert asset.counted_share == 1

    def test_counts_a_deposit_up_to_what_is_on_it(self, book: Book, officer: User, risk_manager: User, today: date) -> None:
        asset = book.asset(20_000, kind="DEPOSIT")
        book.pledge(asset, book.lend(15_000), 20_000)
        for balance, share in ((20_000, "1"), (10, "0.0005")):
            record_facts(asset=asset, facts={**GOOD["DEPOSIT"], "balance": Decimal(balance)}, actor=officer, business_date=today)
            # Recorded after others counted on it: what lets more count is looked at by a second person first.
            for flag in asset.flags.filter(state="OPEN"):
                decide_flag(flag=flag, uphold=False, reason="Seen.", actor=risk_manager, business_date=today)
            asset.refresh_from_db()
            assert asset.counted_share == Decimal(share)
            assert refresh_counted(business_date=today, **EVERY) == 0
            Asset.objects.update(counted_share=Decimal("0.7"))
            assert refresh_counted(business_date=today, **EVERY) == 1
            asset.refresh_from_db()
            assert asset.counted_share == Decimal(share)
        assert Cover.objects.get().lending_value < 10

    @pytest.mark.parametrize("number", [1, 5])
    def test_costs_the_same_however_many_there_are(
        self, book: Book, officer: User, today: date, number: int, django_assert_num_queries: Any
    ) -> None:
        for _ in range(number):
            asset = book.asset(10_000, kind="RECEIVABLES")
            Asset.objects.filter(pk=asset.pk).update(counted_share=1)
            book.pledge(asset, book.lend(5_000), 10_000)
        with django_assert_num_queries(7):
            assert refresh_counted(business_date=today, **EVERY) == number


class TestSettings:
    def test_go_through_their_document(self) -> None:
        document = as_document(DEFAULTS) | {"quality": {"IDLE": "0.5"}, "ageing": {"1": "0.9", "60": "0"}, "debtor_limit": "0.2"}
        found = from_document(document)
        assert (found.quality["IDLE"], found.quality["VACANT"]) == (Decimal("0.5"), DEFAULTS.quality["VACANT"])
        assert (dict(found.ageing), found.debtor_limit) == ({1: Decimal("0.9"), 60: Decimal(0)}, Decimal("0.2"))
        old = {name: part for name, part in as_document(DEFAULTS).items() if name not in ("quality", "ageing", "debtor_limit")}
        assert from_document(old) == DEFAULTS

    @pytest.mark.parametrize(
        "change",
        [{"quality": {"IDLE": "1"}}, {"quality": {"NEW": "0.1"}}, {"ageing": {"1": "0.2", "30": "0.9"}}, {"ageing": {}}, {"ageing": {"0": "0.5"}},
         {"debtor_limit": "0"}],
    )  # fmt: skip
    def test_that_do_not_fit_are_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(UnfitSettings):
            from_document(as_document(DEFAULTS) | change)
