"""The calendar of CRR 208(3): land for business is looked at as often as what is built on it, and what is large is so by the loan, by own
funds, and in its own currency.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collateral.domain.calendar import calendar_class
from collateral.domain.revaluation import DEFAULTS, as_document, from_document, rule_for
from collateral.models import Asset, LandFacts
from collateral.selectors.exposures import exposures_of
from collateral.selectors.value_settings import class_in_calendar
from collateral.services.computed_values import revalue
from collateral.services.facts import record_facts
from collateral.services.sweep import mark_revaluations_due
from core.models import Branch, User
from loans.models import ApplicationParty, Loan, ProductVersion
from tests.collateral.books import EVERY, Book
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_computed_values import index_of
from tests.shared_rows import shared

YEAR = timedelta(days=365)
FIELD: dict[str, Any] = GOOD["LAND"] | {"zoning": "AGRICULTURAL", "use": "FARMING"}


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def plot(book: Book) -> Asset:
    """A plot behind a running loan."""
    plot = book.asset(300_000, kind="LAND")
    book.pledge(plot, book.lend(100_000), 200_000)
    return plot


class TestLand:
    @pytest.mark.parametrize(
        ("zoning", "use", "found"),
        [
            ("COMMERCIAL", "VACANT", "COMMERCIAL"), ("INDUSTRIAL", "FARMING", "COMMERCIAL"), ("MIXED", "HOUSING", "COMMERCIAL"),
            ("UNPLANNED", "BUSINESS", "COMMERCIAL"), ("RESIDENTIAL", "INDUSTRY", "COMMERCIAL"),
            ("RESIDENTIAL", "HOUSING", "LAND"), ("AGRICULTURAL", "FARMING", "LAND"), ("UNPLANNED", "VACANT", "LAND"), (None, None, "LAND"),
        ],
    )  # fmt: skip
    def test_for_business_is_commercial(self, zoning: str | None, use: str | None, found: str) -> None:
        assert calendar_class("LAND", use, zoning) == found

    def test_is_valued_yearly_once_its_plan_gives_it_to_business(self, plot: Asset, officer: User, today: date) -> None:
        index_of(dict.fromkeys(range(2018, 2034), "100"))
        record_facts(asset=plot, facts=FIELD, actor=officer, business_date=today)
        assert class_in_calendar(plot) == "LAND"
        assert plot.valuations.get().expires_date == today + 3 * YEAR
        record_facts(asset=plot, facts=FIELD | {"zoning": "INDUSTRIAL"}, actor=officer, business_date=today)
        assert class_in_calendar(Asset.objects.get()) == "COMMERCIAL"
        assert plot.valuations.get().expires_date == today + YEAR
        assert revalue(business_date=today + YEAR - timedelta(days=7), **EVERY) == 1
        assert plot.valuations.get(state="ACCEPTED").expires_date == today + 2 * YEAR - timedelta(days=7)

    @pytest.mark.parametrize("change", [{"zoning": "COMMERCIAL"}, {"use": "BUSINESS"}, {"held": [{"zoning": "MIXED", "use": "VACANT"}]}])
    def test_that_was_accepted_for_longer_is_asked_for_after_a_year(
        self, plot: Asset, officer: User, today: date, change: dict[str, Any]
    ) -> None:
        record_facts(asset=plot, facts=FIELD, actor=officer, business_date=today)
        assert mark_revaluations_due(business_date=today + YEAR, **EVERY) == 0
        LandFacts.objects.update(**change)
        assert class_in_calendar(Asset.objects.get()) == "COMMERCIAL"
        assert mark_revaluations_due(business_date=today + YEAR, **EVERY) == 1


LARGE, SMALL = 1095, 2190


class TestWhatIsLarge:
    """From three million on, or 5% of own funds, an appraiser looks every three years and not every six."""

    @pytest.mark.parametrize(
        ("size", "currency", "own_funds", "days"),
        [
            (2_999_999, "EUR", 0, SMALL), (3_000_000, "EUR", 0, LARGE),
            # 5% of own funds are less, or more.
            (1_000_000, "EUR", 20_000_000, LARGE), (999_999, "EUR", 20_000_000, SMALL), (3_000_000, "EUR", 900_000_000, LARGE),
            # Where nothing is set for a currency nobody knows what is small in it.
            (3_000_000, "JPY", 0, SMALL), (500_000_000, "JPY", 0, LARGE), (1_000_000, "KWD", 0, LARGE), (1, "CHF", 0, LARGE),
        ],
    )  # fmt: skip
    def test_is_so_by_the_least_of_both_thresholds_in_its_currency(self, size: int, currency: str, own_funds: int, days: int) -> None:
        settings = replace(DEFAULTS, own_funds=Decimal(own_funds), two_from_in={"JPY": Decimal(480_000_000), "KWD": Decimal(1_000_000)})
        assert from_document(as_document(settings)) == settings
        assert rule_for(settings, "REAL_ESTATE", Decimal(size), currency, "EUR").appraise_days == days
        # A class with one rule for all sizes has it in each currency.
        assert rule_for(settings, "MACHINERY", Decimal(size), currency, "EUR").valid_days == 365

    @pytest.fixture
    def homes(self, book: Book) -> list[Asset]:
        """Three homes of two million each behind a loan of five, and one that another loan of the same borrower stands on."""
        index_of(dict.fromkeys(range(2018, 2034), "100"))
        lent, other, homes = book.lend(4_000_000), book.lend(1_000_000), [book.asset(2_000_000) for _ in range(4)]
        for number, home in enumerate(homes):
            book.pledge(home, other if number == 3 else lent, 2_000_000)
        Loan.objects.update(borrower=lent.loan.borrower)
        return homes

    def last_day(self, homes: list[Asset], today: date) -> set[date | None]:
        """Until when values hold that are computed after two years."""
        assert revalue(business_date=today + 2 * YEAR, **EVERY) == len(homes)
        return {home.valuations.get(state="ACCEPTED").expires_date for home in homes}

    def test_is_so_by_all_that_is_owed_by_who_borrows_on_it(self, homes: list[Asset], today: date) -> None:
        assert self.last_day(homes, today) == {today + timedelta(days=LARGE)}

    def test_is_not_so_by_what_others_owe(self, homes: list[Asset], book: Book, today: date) -> None:
        Loan.objects.filter(outstanding_principal=4_000_000).update(outstanding_principal=1_900_000)
        book.pledge(book.asset(1), book.lend(9_000_000), 1)
        Asset.objects.exclude(pk__in=[home.pk for home in homes]).get().valuations.update(ended_date=today)
        assert self.last_day(homes, today) == {today + 2 * YEAR + timedelta(days=1095)}

    def test_is_asked_about_once_however_many_are_due(self, homes: list[Asset], today: date) -> None:
        with CaptureQueriesContext(connection) as asked:
            self.last_day(homes, today)
        assert len([query for query in asked.captured_queries if "loans GROUP BY asset_id" in query["sql"]]) == 1

    def test_is_asked_for_anew_by_the_shorter_rule_of_its_size(
        self, homes: list[Asset], book: Book, officer: User, risk_manager: User, today: date
    ) -> None:
        document = as_document(DEFAULTS)
        for rule in document["rules"]:
            if rule["from_value"] == "3000000":
                rule["valid_days"] = 400
        book.settle(rules=document["rules"])
        day = today + timedelta(days=400)
        assert mark_revaluations_due(business_date=day, **EVERY) == 4
        Loan.objects.filter(outstanding_principal=4_000_000).update(outstanding_principal=1_900_000)
        assert mark_revaluations_due(business_date=day, **EVERY) == 0
        book.settle(rules=document["rules"], own_funds="40000000")
        assert mark_revaluations_due(business_date=day, **EVERY) == 4

    @pytest.mark.parametrize("bond", ["one person in two branches", "borrowed together", "guaranteed"])
    def test_is_so_by_what_one_person_owes_in_each_branch_and_with_others(
        self, book: Book, officer: User, risk_manager: User, today: date, bond: str
    ) -> None:
        index_of(dict.fromkeys(range(2018, 2034), "100"))
        lent, other, home = book.lend(2_000_000), book.lend(2_000_000), book.asset(2_000_000)
        book.pledge(home, lent, 2_000_000)
        mine, theirs = lent.loan.borrower, other.loan.borrower
        if bond == "one person in two branches":
            theirs.branch = Branch.objects.create(code="HH", name="Hamburg")
            mine.registration_number = theirs.registration_number = "HRB 12345"
            mine.save()
            theirs.save()
        else:
            part = ApplicationParty.Part.CO_BORROWER if bond == "borrowed together" else ApplicationParty.Part.GUARANTOR
            ApplicationParty.objects.create(application=other.application, borrower=mine, part=part)
        large = bond != "guaranteed"
        assert exposures_of([home.pk]) == {home.pk: 4_000_000 if large else 2_000_000}
        document = as_document(DEFAULTS)
        for rule in document["rules"]:
            if rule["from_value"] == "3000000":
                rule["valid_days"] = 400
        book.settle(rules=document["rules"])
        assert mark_revaluations_due(business_date=today + timedelta(days=400), **EVERY) == large
        assert self.last_day([home], today) == {today + timedelta(days=LARGE if large else 2 * 365 + 1095)}

    def test_owed_by_two_together_is_owed_once(self, book: Book) -> None:
        first, second, home = book.lend(1_000_000), book.lend(500_000), book.asset(2_000_000)
        for lent in (first, second):
            book.pledge(home, lent, 1_000_000)
        for lent, beside in ((first, second), (second, first)):
            ApplicationParty.objects.create(application=lent.application, borrower=beside.loan.borrower, part="CO_BORROWER")
        assert exposures_of([home.pk]) == {home.pk: 1_500_000}
