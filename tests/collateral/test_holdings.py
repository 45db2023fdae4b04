"""Nobody makes securities worth more alone: more of them, or another paper, counts once somebody else said so; fewer count at once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, Cover, SecurityHolding, SecurityPrice, Valuation, ValueFile
from collateral.services.computed_values import revalue
from collateral.services.flags import UnableToDecideFlag, decide_flag, lift_flag
from collateral.services.holdings import record_holding
from core.models import AuditEntry, Branch, User
from core.roles import Role
from loans.models import ProductVersion
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn, hire
from tests.shared_rows import shared

PAPER, OTHER = "DE0007236101", "US0378331005"


@shared
def book(branch: Branch, product: ProductVersion, today: date) -> Book:
    return Book(branch, product, today)


@pytest.fixture
def record(book: Book, officer: User) -> Any:
    def keep(asset: Asset, quantity: int, isin: str = PAPER, actor: User | None = None) -> SecurityHolding:
        return record_holding(asset=asset, isin=isin, quantity=Decimal(quantity), actor=actor or officer, business_date=book.today)

    return keep


@pytest.fixture
def bonds(book: Book, record: Any) -> Asset:
    """A hundred of a paper, recorded before anybody valued them, then valued at 10,000 and pledged for a running loan."""
    asset = book.asset(10_000, kind="SECURITIES")
    Valuation.objects.all().delete()
    record(asset, 100)
    book.value(asset, 10_000)
    book.pledge(asset, book.lend(9_000), 10_000)
    file = ValueFile.objects.create(kind="PRICES", file_name="p.csv", fingerprint="0" * 64, business_date=book.today)
    for paper, price in ((PAPER, 100), (OTHER, 5_000)):
        for days in range(1, 9):
            day = book.today + timedelta(days=days)
            SecurityPrice.objects.create(isin=paper, price_date=day, price=Decimal(price), currency="EUR", source=file)
    return asset


def night(book: Book) -> Decimal | None:
    """The next night's value of all there is."""
    book.today += timedelta(days=1)
    assert revalue(business_date=book.today, **EVERY) == 1
    return Valuation.objects.get(state="ACCEPTED").market_value


class TestMoreOfIt:
    @pytest.mark.parametrize(("quantity", "isin", "worth"), [(100_000, PAPER, 10_000_000), (100, OTHER, 500_000), (1, OTHER, 5_000)])
    def test_counts_once_another_person_cleared_it(
        self, book: Book, bonds: Asset, record: Any, risk_manager: User, quantity: int, isin: str, worth: int
    ) -> None:
        assert bonds.flags.count() == 0 and night(book) == 10_000
        record(bonds, quantity, isin)
        flag = bonds.flags.get(code="holding_changed")
        assert (flag.evidence["quantity"], flag.evidence["counted_quantity"]) == (str(quantity), "100")
        assert night(book) == 10_000
        decide_flag(flag=flag, uphold=False, reason="On the statement.", actor=risk_manager, business_date=book.today)
        assert night(book) == worth

    def test_never_counts_when_it_is_upheld_until_that_is_lifted(
        self, book: Book, bonds: Asset, record: Any, risk_manager: User, approver: User
    ) -> None:
        record(bonds, 100_000)
        flag = bonds.flags.get()
        decide_flag(flag=flag, uphold=True, reason="Not there.", actor=risk_manager, business_date=book.today)
        assert night(book) == 10_000
        record(bonds, 200)
        decide_flag(flag=bonds.flags.get(state="OPEN"), uphold=False, reason="These are.", actor=risk_manager, business_date=book.today)
        assert night(book) == 10_000
        lift_flag(flag=flag, reason="Bought since.", actor=approver, business_date=book.today)
        assert night(book) == 20_000

    def test_is_shown_as_it_is_now_and_ends_with_its_ground(self, book: Book, bonds: Asset, record: Any) -> None:
        record(bonds, 101)
        record(bonds, 100_000)
        flag = bonds.flags.get()
        assert flag.evidence["quantity"] == "100000" and "100,000" in flag.text
        record(bonds, 100)
        flag.refresh_from_db()
        assert flag.state == "CLEARED" and night(book) == 10_000

    def test_is_not_cleared_by_who_recorded_it(self, book: Book, bonds: Asset, record: Any, branch: Branch) -> None:
        both = hire("otto_both", Role.OFFICER, branch=branch)
        record(bonds, 100_000, actor=both)
        both.role_rows.all().delete()
        both.role_rows.create(role=Role.APPROVER)
        both = User.objects.get(pk=both.pk)
        with pytest.raises(UnableToDecideFlag, match="own_record"):
            decide_flag(flag=bonds.flags.get(), uphold=False, reason="Mine.", actor=both, business_date=book.today)

    def test_counts_from_nothing_only_once_it_is_cleared(self, book: Book, bonds: Asset, record: Any) -> None:
        late = book.asset(10_000, kind="SECURITIES")
        book.pledge(late, book.lend(9_000), 10_000)
        record(late, 100_000)
        assert late.flags.get().code == "holding_changed"
        book.today += timedelta(days=1)
        assert revalue(business_date=book.today, **EVERY) == 1
        assert late.valuations.get().market_value == 10_000

    def test_is_named_in_the_audit_trail_and_on_the_page(
        self, book: Book, bonds: Asset, record: Any, investigator: User, sign_in: SignIn
    ) -> None:
        record(bonds, 100_000)
        entry = AuditEntry.objects.filter(action="holding.recorded", target_id=str(bonds.pk)).latest("pk")
        assert (entry.details["quantity"], entry.details["before"]["quantity"][:4]) == ("100000", "100.")
        SecurityPrice.objects.filter(price_date__gt=book.today + timedelta(days=1)).delete()
        SecurityPrice.objects.update(price_date=book.today)
        page = sign_in(investigator).get(reverse("collateral:evidence", args=[bonds.pk])).text
        assert "Waits for a second person" in page and f"100,000 of {PAPER}" in page


class TestFewer:
    def test_count_at_once(self, book: Book, bonds: Asset, record: Any) -> None:
        book.sweep()
        before = Cover.objects.get().lending_value
        record(bonds, 10)
        value = bonds.valuations.get(state="ACCEPTED")
        assert (value.market_value, value.computed.source, value.computed.base.market_value) == (1_000, "QUOTE", 10_000)
        assert Cover.objects.get().lending_value < before / 9
        assert bonds.flags.count() == 0 and night(book) == 1_000
        record(bonds, 100)
        assert bonds.flags.get().code == "holding_changed" and night(book) == 1_000
