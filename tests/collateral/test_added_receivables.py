"""Receivables that one person adds once others count on what was assigned: less counts at once, more when a second person saw them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.counting import Item, count_receivables
from collateral.domain.revaluation import DEFAULTS
from collateral.models import Asset, Cover, Receivable
from collateral.services.counting import refresh_counted, refresh_waiting
from collateral.services.flags import FlagChanged, UnableToDecideFlag, decide_flag
from collateral.services.receivable_files import preview_receivables, take_receivables, take_waiting
from collateral.services.receivable_watch import watch_receivables
from collateral.services.receivables import add_receivable, mark_receivable
from core.models import Branch, User
from core.roles import Role
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_receivable_files import table

Add = Callable[..., Receivable]


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@pytest.fixture
def add(officer: User, today: date) -> Add:
    def make(asset: Asset, debtor: str, nominal: int, **changes: Any) -> Receivable:
        facts = {
            **GOOD["RECEIVABLES"],
            "debtor_name": debtor,
            "nominal": Decimal(nominal),
            "due_date": today + timedelta(days=30),
            **changes,
        }
        return add_receivable(asset=asset, facts=facts, actor=officer, business_date=today)

    return make


@pytest.fixture
def assigned(book: Book, add: Add, officer: User, today: date) -> Asset:
    """Four debtors of 25,000.00 each behind a running loan; one paid, so that three quarters count."""
    asset = book.asset(100_000, kind="RECEIVABLES")
    rows = [add(asset, debtor, 25_000) for debtor in ("Elm", "Oak", "Ash", "Fir")]
    book.see(asset)
    book.pledge(asset, book.lend(60_000), 100_000)
    mark_receivable(receivable=rows[-1], mark="settled", on=today, actor=officer, business_date=today)
    asset.refresh_from_db()
    assert asset.counted_share == Decimal("0.75")
    return asset


def share(asset: Asset) -> Decimal:
    return Asset.objects.get(pk=asset.pk).counted_share


def decide(asset: Asset, person: User, today: date, *, uphold: bool = False, seen: int | None = None) -> None:
    flag = asset.flags.get(code="receivables_added", state="OPEN")
    decide_flag(flag=flag, uphold=uphold, reason="The invoices are on file.", actor=person, business_date=today, seen=seen)


class TestOneMore:
    def test_in_the_place_of_one_that_was_paid_counts_once_a_second_person_cleared_it(
        self, assigned: Asset, add: Add, book: Book, risk_manager: User, today: date
    ) -> None:
        book.sweep()
        before = Cover.objects.get().lending_value
        add(assigned, "Yew", 25_000)
        flag = assigned.flags.get(code="receivables_added")
        assert (flag.evidence["number"], flag.evidence["nominal"]) == ("1", "25000.00")
        for night in (lambda: None, lambda: refresh_counted(business_date=today, **EVERY), lambda: refresh_waiting(business_date=today)):
            night()
            book.sweep()
            assert (share(assigned), Cover.objects.get().lending_value) == (Decimal("0.75"), before)
        decide(assigned, risk_manager, today)
        # Of the five that were assigned, four are open.
        assert share(assigned) == Decimal("0.8") and Cover.objects.get().lending_value > before
        assert refresh_counted(business_date=today, **EVERY) == 0 and not Receivable.objects.filter(unconfirmed=True).exists()

    def test_that_lets_less_count_does_so_at_once(self, assigned: Asset, add: Add, today: date) -> None:
        add(assigned, "Yew", 25_000, issued_date=date(2020, 1, 1), due_date=date(2020, 2, 1))
        assert share(assigned) == Decimal("0.6")
        assert refresh_counted(business_date=today, **EVERY) == 0

    def test_never_counts_when_it_is_upheld(self, assigned: Asset, add: Add, risk_manager: User, today: date) -> None:
        add(assigned, "Yew", 25_000)
        decide(assigned, risk_manager, today, uphold=True)
        assert share(assigned) == Decimal("0.75") and Receivable.objects.get(debtor_name="Yew").unconfirmed

    def test_that_was_paid_before_anybody_looked_asks_nobody_any_more(self, assigned: Asset, add: Add, officer: User, today: date) -> None:
        one = add(assigned, "Yew", 25_000)
        mark_receivable(receivable=one, mark="settled", on=today, actor=officer, business_date=today)
        flag = assigned.flags.get(code="receivables_added")
        assert (flag.state, flag.by_fact) == ("CLEARED", True) and share(assigned) < Decimal("0.75")

    def test_is_not_cleared_by_who_added_one_nor_on_a_page_that_told_of_fewer(
        self, assigned: Asset, add: Add, officer: User, risk_manager: User, today: date
    ) -> None:
        add(assigned, "Yew", 25_000)
        seen = assigned.flags.get(code="receivables_added").revision
        add(assigned, "Box", 25_000)
        with pytest.raises(FlagChanged):
            decide(assigned, risk_manager, today, seen=seen)
        officer.role_rows.all().delete()
        officer.role_rows.create(role=Role.APPROVER)
        with pytest.raises(UnableToDecideFlag, match="own_record"):
            decide(assigned, User.objects.get(pk=officer.pk), today)

    def test_counts_at_once_while_nobody_counts_on_what_is_assigned(self, book: Book, add: Add) -> None:
        asset = book.asset(100_000, kind="RECEIVABLES")
        asset.valuations.all().delete()
        assert not add(asset, "Elm", 25_000).unconfirmed and not asset.flags.exists()


def test_those_of_a_file_wait_together(
    assigned: Asset, officer: User, risk_manager: User, today: date, tmp_path: Path, settings: Any, sign_in: SignIn
) -> None:
    settings.MEDIA_ROOT = tmp_path
    lines = [f"Debtor {number};;N-{number};5000;EUR;2026-02-01;2026-04-01" for number in range(25)]
    file = preview_receivables(asset=assigned, stream=table(*lines), file_name="more.csv", actor=officer, business_date=today)
    take_receivables(file=file, actor=officer, business_date=today)
    assert take_waiting() == 1 and share(assigned) == Decimal("0.75")
    flag = assigned.flags.get(code="receivables_added")
    assert (flag.evidence["number"], flag.evidence["nominal"], flag.evidence["invoices"].count("N-")) == ("25", "125000.00", 20)
    page = sign_in(officer).get(reverse("collateral:receivable_list", args=[assigned.pk]), {"view": "unconfirmed"})
    assert len(page.context["rows"]) == 25 and "Waits for a second person" in page.text
    assert "count once a second person has cleared them" in page.text
    decide(assigned, risk_manager, today)
    # Of 225,000.00 that were assigned, 200,000.00 are open.
    assert share(assigned) == Decimal("0.888888")


def test_a_larger_whole_lets_no_more_of_one_debtor_count() -> None:
    """The limit of one debtor is a share of all: what waits widens it no more than it counts itself."""
    due = date(2026, 6, 1)
    items = [Item("elm", Decimal(60), due), Item("oak", Decimal(40), due), Item("new", Decimal(900), due, unconfirmed=True)]
    waits = count_receivables(items, date(2026, 3, 2), DEFAULTS.ageing, Decimal("0.35"), Decimal(1000))
    assert waits.share == count_receivables(items[:2], date(2026, 3, 2), DEFAULTS.ageing, Decimal("0.35"), Decimal(1000)).share
    assert "second person" in waits.reasons[-1]


class TestThoseThatCountInPart:
    def test_are_told_of_once_with_their_days_overdue(
        self, assigned: Asset, risk_manager: User, officer: User, today: date, django_assert_num_queries: Any
    ) -> None:
        due = today + timedelta(days=30)
        Receivable.objects.filter(debtor_name="Oak").update(invoice_number="R-2", due_date=due + timedelta(days=5))
        Receivable.objects.filter(debtor_name="Ash").update(invoice_number="R-3", due_date=due - timedelta(days=40))
        Receivable.objects.filter(debtor_name="Ash").update(disputed_date=today)
        assert watch_receivables(business_date=due) == 0 and not assigned.flags.exists()
        assert watch_receivables(business_date=due + timedelta(days=2)) == 1
        flag = assigned.flags.get()
        told = {"invoices": f"{GOOD['RECEIVABLES']['invoice_number']} (2 days)", "number": "1", "nominal": "25000.00"}
        assert (flag.code, flag.evidence, share(assigned)) == ("receivable_late", told, Decimal("0.75"))
        assert watch_receivables(business_date=due + timedelta(days=3)) == 0
        later = due + timedelta(days=9)
        assert watch_receivables(business_date=later) == 1
        flag.refresh_from_db()
        assert (flag.revision, flag.evidence["number"], flag.evidence["nominal"]) == (2, "2", "50000.00")
        assert flag.evidence["invoices"].endswith("(9 days), R-2 (4 days)")
        decide_flag(flag=flag, uphold=False, reason="They pay late and always.", actor=risk_manager, business_date=later)
        with django_assert_num_queries(6):
            assert watch_receivables(business_date=later + timedelta(days=1)) == 0

    def test_are_told_of_when_they_are_assigned(self, book: Book, add: Add, today: date) -> None:
        asset = book.asset(100_000, kind="RECEIVABLES")
        asset.valuations.all().delete()
        add(asset, "Elm", 25_000, issued_date=today - timedelta(days=60), due_date=today - timedelta(days=40))
        flag = asset.flags.get()
        assert (flag.code, flag.evidence["invoices"].partition(" ")[2]) == ("receivable_late", "(40 days)")

    @pytest.mark.parametrize("late", [40, 200])
    def test_are_not_judged_by_who_recorded_them(
        self, assigned: Asset, add: Add, officer: User, risk_manager: User, today: date, late: int
    ) -> None:
        add(assigned, "Yew", 25_000, due_date=today - timedelta(days=late), issued_date=today - timedelta(days=late + 30))
        flag = assigned.flags.get(code="receivable_late" if late == 40 else "receivable_overdue")
        officer.role_rows.all().delete()
        officer.role_rows.create(role=Role.APPROVER)
        word: dict[str, Any] = {"flag": flag, "uphold": False, "reason": "It will be paid.", "business_date": today}
        with pytest.raises(UnableToDecideFlag, match="own_record"):
            decide_flag(**word, actor=User.objects.get(pk=officer.pk))
        assert decide_flag(**word, actor=risk_manager).state == "CLEARED"
