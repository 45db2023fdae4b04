"""What counts of an appraiser's value of a home that was lent on before:
CRR 229(1)(e), by the average of years or the value when money was lent.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.index_values import average_of
from collateral.models import Asset, Cover, Valuation
from collateral.selectors.coverage import coverage_of
from collateral.selectors.value_caps import find_cap
from collateral.services.computed_values import revalue
from collateral.services.covers import refresh_covers
from collateral.services.flags import decide_flag
from collateral.services.valuations import accept_valuation
from collateral.services.value_caps import cap_earlier_values, cap_value, lift_caps
from core.models import AuditEntry, Branch, User
from loans.models import Loan, ProductVersion
from monitoring.services.steps import carry_out_steps
from tests.collateral.books import EVERY, Book, Lent
from tests.collateral.conftest import SignIn
from tests.collateral.test_computed_values import index_of
from tests.shared_rows import shared

YEAR = timedelta(days=365)


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@shared
def lent(book: Book) -> Lent:
    return book.lend(250_000)


@shared
def home(book: Book, lent: Lent) -> Asset:
    """A home worth 300,000 when 250,000 were paid out on it."""
    home = book.asset(300_000)
    book.pledge(home, lent, 400_000)
    return home


def appraise(home: Asset, worth: int, appraiser: User, judge: User, cleared_by: User, day: date) -> Valuation:
    said = Valuation.objects.create(
        asset=home, appraiser=appraiser, ordered_date=day, currency="EUR", state="SUBMITTED", method="COMPARISON", market_value=worth,
        valued_date=day, expires_date=day + 3 * YEAR, due_date=day, submitted_date=day,
        comparables=[{"description": name, "price": str(worth)} for name in ("Home A", "Home B")],
    )  # fmt: skip
    for flag in home.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Looked into.", actor=cleared_by, business_date=day)
    return accept_valuation(valuation=said, actor=judge, business_date=day, no_evidence="NO_MODEL")


@pytest.fixture
def revalued(home: Asset, appraisers: list[User], approver: User, risk_manager: User, today: date) -> Valuation:
    """The home, appraised at 420,000 in its third year."""
    return appraise(home, 420_000, appraisers[0], approver, risk_manager, today + 3 * YEAR)


class TestAnAppraisal:
    def test_counts_at_what_it_was_worth_when_the_money_was_lent(
        self, revalued: Valuation, home: Asset, lent: Lent, officer: User, approver: User, sign_in: SignIn
    ) -> None:
        assert (revalued.market_value, revalued.cap, revalued.cap_years) == (420_000, 300_000, 0)
        day = revalued.ordered_date
        refresh_covers(business_date=day, **EVERY)
        cover = Cover.objects.get(loan=lent.loan)
        assert cover.market_value == 300_000
        found = coverage_of(lent.application, business_date=day)
        assert (found.market_value, found.lending_value) == (300_000, cover.lending_value)
        page = sign_in(approver).get(reverse("collateral:asset_detail", args=[home.pk])).text
        assert "420,000" in page and "capped: 300,000" in page and "its value when the money was lent" in page

    def test_counts_in_full_where_no_money_left(
        self, home: Asset, lent: Lent, appraisers: list[User], approver: User, risk_manager: User, today: date
    ) -> None:
        Loan.objects.filter(pk=lent.loan.pk).update(state="SIGNED", disbursed_date=None)
        said = appraise(home, 420_000, appraisers[0], approver, risk_manager, today + YEAR)
        assert (said.cap, said.counting_value) == (None, 420_000)

    def test_of_a_lower_value_counts_what_was_said(
        self, home: Asset, appraisers: list[User], approver: User, risk_manager: User, today: date
    ) -> None:
        assert appraise(home, 280_000, appraisers[0], approver, risk_manager, today + YEAR).cap is None

    @pytest.mark.parametrize(("kind", "cap"), [("LAND", Decimal(100_000)), ("SECURITIES", None)])
    def test_is_capped_of_land_and_buildings_alone(
        self, book: Book, lent: Lent, appraisers: list[User], today: date, kind: str, cap: Decimal | None
    ) -> None:
        other = book.asset(100_000, kind=kind)
        book.pledge(other, lent, 100_000)
        said = book.value(other, 120_000)
        cap_value(said, find_cap(said), business_date=today)
        assert said.cap == cap

    def test_counts_at_the_average_of_values_three_years_apart(
        self, revalued: Valuation, home: Asset, appraisers: list[User], approver: User, risk_manager: User, today: date
    ) -> None:
        said = appraise(home, 450_000, appraisers[1], approver, risk_manager, today + 6 * YEAR)
        assert (said.cap, said.cap_years) == (390_000, 6)

    def test_does_not_reach_back_by_an_index_to_years_before_it(
        self, home: Asset, appraisers: list[User], approver: User, risk_manager: User, today: date
    ) -> None:
        """With a flat index the year of the appraisal is one point of seven; so it is a year later, when the index computes."""
        index_of(dict.fromkeys(range(2018, 2031), "100"))
        said = appraise(home, 420_000, appraisers[0], approver, risk_manager, today + 3 * YEAR)
        assert (said.cap, said.cap_years) == (Decimal("317142.85"), 6)
        assert revalue(business_date=today + 4 * YEAR + timedelta(days=1), **EVERY) == 1
        made = home.valuations.get(state="ACCEPTED")
        assert (made.computed.uncapped, made.market_value) == (420_000, Decimal("317142.85"))

    def test_is_capped_no_more_when_the_loan_is_paid(self, revalued: Valuation, lent: Lent, today: date) -> None:
        capped = revalued.cap
        assert lift_caps(business_date=today) == 0
        Loan.objects.filter(pk=lent.loan.pk).update(state="CLOSED", outstanding_principal=0)
        assert lift_caps(business_date=today) == 1
        revalued.refresh_from_db()
        assert (revalued.cap, revalued.counting_value) == (None, 420_000)
        told = AuditEntry.objects.get(action="valuation.cap_ended")
        assert (told.target_id, told.target_label, told.branch_id) == (str(revalued.pk), revalued.asset.reference, revalued.asset.branch_id)
        assert (Decimal(told.details["cap"]), told.details["counts"], told.actor_name) == (capped, "420000.00", "rule")
        assert lift_caps(business_date=today) == 0 and AuditEntry.objects.filter(action="valuation.cap_ended").count() == 1


class TestAValueFromBeforeTheCap:
    @pytest.fixture
    def earlier(self, revalued: Valuation, lent: Lent) -> Valuation:
        """In force, counted in full, and marked by the upgrade to be looked at."""
        Valuation.objects.update(cap=None, cap_years=0, cap_date=None)
        Valuation.objects.filter(pk=revalued.pk).update(cap_due=True)
        refresh_covers(business_date=revalued.ordered_date, **EVERY)
        assert Cover.objects.get(loan=lent.loan).market_value == 420_000
        return revalued

    def test_is_capped_by_the_next_night_once_and_covers_follow(self, earlier: Valuation, lent: Lent) -> None:
        night = earlier.ordered_date + timedelta(days=20)
        audit = AuditEntry.objects.filter(action="valuation.capped", business_date=night)
        carry_out_steps(business_date=night, **EVERY)
        earlier.refresh_from_db()
        assert (earlier.market_value, earlier.cap, earlier.cap_date, earlier.cap_due) == (420_000, 300_000, night, False)
        assert Cover.objects.get(loan=lent.loan).market_value == 300_000
        assert [(one.details["said"], one.details["counts"]) for one in audit] == [("420000.00", "300000.00")]
        assert cap_earlier_values(business_date=night, **EVERY) == 0 and audit.count() == 1

    def test_asks_once_where_nothing_is_left_to_be_looked_at(
        self, earlier: Valuation, django_assert_num_queries: Callable[..., AbstractContextManager[Any]]
    ) -> None:
        cap_earlier_values(business_date=earlier.ordered_date, **EVERY)
        with django_assert_num_queries(1):
            cap_earlier_values(business_date=earlier.ordered_date, **EVERY)

    def test_takes_as_many_queries_for_many(
        self, earlier: Valuation, book: Book, django_assert_num_queries: Callable[..., AbstractContextManager[Any]]
    ) -> None:
        """What is due, the rows, their caps, what appraisers said, the statement, and the entries."""
        for _ in range(5):
            other, more = book.asset(100_000), book.lend(50_000)
            book.pledge(other, more, 50_000)
            Valuation.objects.filter(pk=book.value(other, 160_000).pk).update(cap_due=True, valued_date=earlier.ordered_date)
        with django_assert_num_queries(6):
            assert cap_earlier_values(business_date=earlier.ordered_date, **EVERY) == 6

    def test_on_which_the_money_was_lent_stays_in_full(self, earlier: Valuation, lent: Lent) -> None:
        Loan.objects.filter(pk=lent.loan.pk).update(disbursed_date=earlier.valued_date)
        assert cap_earlier_values(business_date=earlier.ordered_date, **EVERY) == 0
        earlier.refresh_from_db()
        assert (earlier.cap, earlier.cap_due) == (None, False)

    def test_of_another_range_waits_for_its_shard(self, earlier: Valuation, lent: Lent) -> None:
        beyond = {"first_loan_id": lent.loan.pk + 1, "last_loan_id": lent.loan.pk + 9}
        assert cap_earlier_values(business_date=earlier.ordered_date, **beyond) == 0
        earlier.refresh_from_db()
        assert earlier.cap_due


class TestAverage:
    def test_takes_values_at_equal_intervals_alone(self) -> None:
        days = [date(2020, 3, 2), date(2023, 3, 20), date(2026, 4, 10)]
        known = list(zip(days, map(Decimal, (300, 300, 420)), strict=True))
        assert average_of(known, days[-1], 6) == (340, 3)
        assert average_of(known[1:], days[-1], 6) == (None, 0)
        assert average_of([*known[1:], (date(2025, 4, 1), Decimal(400))], days[-1], 6) == (None, 0)
        assert average_of([], days[-1], 8) == (None, 0)

    def test_takes_the_interval_that_reaches_farthest_back(self) -> None:
        """Three orders within two years do not make the average of six."""
        known = [(date(2020 + 2 * n, 3, 2), Decimal(value)) for n, value in enumerate((300, 320, 500, 580))] + [
            (date(2025, 3, 2), Decimal(540))
        ]
        assert average_of(known, date(2026, 3, 2), 6) == (425, 4)
        assert average_of(known[2:], date(2026, 3, 2), 6) == (540, 3)
