"""An asset that secures several drawings and lines is sold: every cent goes by rank and age into the books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction

from collateral.models import Asset, Pledge, Proceeds, SaleRest
from collateral.services.enforcement import plan_proceeds
from collateral.services.proceeds import debts_of
from core.models import AuditEntry, Branch, User
from loans.ledger import chart, selectors
from loans.ledger.models import Entry
from loans.models import Facility, Loan, PaymentAllocation, ProductVersion
from loans.selectors.audit import first_difference
from loans.services.changes import confirm_change, propose_change
from loans.services.facilities import UnableToDraw, draw
from tests.collateral.books import Book, Lent
from tests.collateral.enforcement.selling import Sell, balance

pytestmark = pytest.mark.django_db


def paid(loans: list[Loan]) -> list[Decimal]:
    return [sum((share.amount for share in Proceeds.objects.filter(payment__loan=loan)), Decimal(0)) for loan in loans]


class TestDrawings:
    def test_are_paid_the_oldest_first_and_no_more_than_is_registered(self, drawings: list[Loan], press: Asset, sell_at: Sell) -> None:
        cash = balance(chart.CASH)
        sell_at(press, "6200.00", "200.00")
        # 5,500 come to the first rank: all of the oldest, the rest to the next, nothing to the youngest, nothing to the second rank.
        assert paid(drawings) == [Decimal(4000), Decimal(1500), Decimal(0)]
        states = [Loan.objects.get(pk=loan.pk) for loan in drawings]
        assert [(loan.state, loan.outstanding_principal) for loan in states] == [("CLOSED", 0), ("ACTIVE", 1000), ("ACTIVE", 1500)]
        assert balance(chart.CASH) - cash == 6_000 and balance(chart.SALE_PROCEEDS) == -500
        assert first_difference() is None

    def test_beyond_what_is_registered_leaves_the_rest_to_the_next_rank_and_then_to_the_owner(
        self, drawings: list[Loan], press: Asset, sell_at: Sell
    ) -> None:
        second = Pledge.objects.get(rank=2).application.loans.get()
        sell_at(press, "20000.00")
        assert sum(paid(drawings)) == 7_000 and paid(drawings)[:2] == [4_000, 2_500]
        assert paid([second]) == [12_000]
        assert {rest.to: rest.amount for rest in SaleRest.objects.all()} == {"OTHERS": 500, "OWNER": 500}
        assert balance(chart.SALE_PROCEEDS) == -1_000 and first_difference() is None

    def test_are_drawn_no_more_once_what_secured_them_is_sold(
        self, drawings: list[Loan], facility: Facility, press: Asset, sell_at: Sell, officer: User, today: date
    ) -> None:
        sell_at(press, "20000.00")
        facility.refresh_from_db()
        assert facility.state == "SUSPENDED" and AuditEntry.objects.filter(action="facility.suspended").count() == 1
        with pytest.raises(UnableToDraw, match="not_available"):
            draw(facility=facility, amount=Decimal(1000), term_months=3, actor=officer, business_date=today)

    def test_written_off_in_part_get_their_recovery_after_what_is_owed(
        self,
        active: Callable[..., Loan],
        branch: Branch,
        product: ProductVersion,
        collector: User,
        second_approver: User,
        sell_at: Sell,
        today: date,
    ) -> None:
        book, loan = Book(branch, product, today), active()
        machine = book.asset(40_000, kind="MACHINERY")
        book.pledge(machine, Lent(loan, loan.application), 14_000)
        shared: dict[str, Any] = {"loan": loan, "kind": "partial_write_off", "business_date": today}
        propose_change(**shared, values={"principal": "2000.00", "interest": "0.00"}, reason="Agreed", actor=collector)
        confirm_change(**shared, actor=second_approver)
        Loan.objects.filter(pk=loan.pk).update(days_past_due=95)
        pledge = Pledge.objects.get()
        assert [(debt.amount, debt.recovery) for debt in debts_of(pledge, "EUR", today)] == [(10_000, False), (2_000, True)]
        sell_at(machine, "11500.00")
        assert paid([loan]) == [11_500] and Proceeds.objects.count() == 2
        assert selectors.balance(account=chart.RECOVERIES, currency="EUR", loan_id=loan.pk) == -1_500
        assert Loan.objects.get(pk=loan.pk).state == "CLOSED" and first_difference() is None


class TestExactness:
    def test_gives_out_every_cent_whatever_the_price(self, drawings: list[Loan], press: Asset, today: date) -> None:
        """Any price: what is given out is what there is, nobody gets more than is owed, and nobody before their turn."""
        chance = Random(4711)
        for _ in range(60):
            price = Decimal(chance.randrange(1, 2_200_000)) / 100
            plan = plan_proceeds(asset=press, price=price, costs=Decimal(chance.choice([0, 30000])) / 100, business_date=today)
            assert plan.net == plan.others + plan.surplus + sum(part.amount for part in plan.parts)
            assert plan.surplus >= 0 and all(0 <= part.amount <= part.owed for part in plan.parts)
            for pledge in plan.pledges:
                shares = [part for part in plan.parts if part.pledge == pledge]
                assert sum(part.amount for part in shares) <= pledge.amount
                short = [part.amount < part.owed for part in shares]
                # Once one drawing is not paid in full, no younger one gets anything.
                first = short.index(True) if True in short else len(short)
                assert not any(part.amount for part in shares[first + 1 :])
            full = sum(part.amount for part in plan.parts if part.pledge.rank == 1) == 7_000
            assert full or not any(part.amount for part in plan.parts if part.pledge.rank == 2)

    @pytest.mark.parametrize("price", ["0.01", "499.99", "4500.01", "6999.99", "18777.77", "90000.00"])
    def test_leaves_the_books_in_balance_at_any_price(self, press: Asset, sell_at: Sell, price: str) -> None:
        cash, suspense = balance(chart.CASH), balance(chart.SUSPENSE)
        sell_at(press, price)
        assert balance(chart.CASH) - cash == Decimal(price)
        rests = sum((rest.amount for rest in SaleRest.objects.all()), Decimal(0))
        into_loans = sum((share.amount for share in Proceeds.objects.all()), Decimal(0))
        allotted = sum(
            (part.amount for part in PaymentAllocation.objects.filter(payment__in=Proceeds.objects.values("payment"))), Decimal(0)
        )
        assert rests + into_loans == Decimal(price) and allotted == into_loans
        assert balance(chart.SALE_PROCEEDS) == -rests and balance(chart.SUSPENSE) == suspense
        assert first_difference() is None

    @pytest.mark.parametrize(("price", "costs"), [("6200.00", "200.00"), ("300.00", "300.00"), ("300.00", "412.34"), ("90000.00", "0.01")])
    def test_books_price_costs_and_what_of_them_is_the_banks_loss(self, press: Asset, sell_at: Sell, price: str, costs: str) -> None:
        cash = balance(chart.CASH)
        sale = sell_at(press, price, costs)
        moved = {
            entry.event: sorted((line.account.code, line.amount) for line in entry.postings.all())
            for entry in Entry.objects.filter(source_type="realisation", source_id=str(sale.pk))
        }
        gross, spent = Decimal(price), Decimal(costs)
        assert moved["sold"] == [(chart.CASH, gross), (chart.ENFORCED_SALES, -gross)]
        assert (chart.CASH, -spent) in moved["costs"] and (chart.ENFORCED_SALES, min(gross, spent)) in moved["costs"]
        assert balance(chart.CASH) - cash == gross - spent
        assert balance(chart.ENFORCEMENT_COSTS) == sale.loss == max(Decimal(0), spent - gross)
        assert balance(chart.ENFORCED_SALES) == 0 and first_difference() is None

    def test_shares_equal_ranks_in_proportion_to_all_that_is_drawn(
        self, drawings: list[Loan], active: Callable[..., Loan], branch: Branch, product: ProductVersion, sell_at: Sell, today: date
    ) -> None:
        book, other = Book(branch, product, today), active()
        machine = book.asset(40_000, kind="MACHINERY")
        book.pledge(machine, Lent(drawings[0], drawings[0].application), 8_000)
        book.pledge(machine, Lent(other, other.application), 12_000)
        sell_at(machine, "10000.01")
        assert (sum(paid(drawings)), paid([other])) == (4_000, [6_000])
        # A cent that cannot be shared is the owner's, not lost.
        assert SaleRest.objects.get().amount == Decimal("0.01") and first_difference() is None


def test_a_sale_that_fails_half_way_leaves_nothing_behind(press: Asset, sell_at: Sell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    cash = balance(chart.CASH)
    monkeypatch.setattr("collateral.services.sale_booking.keep_rest", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        sell_at(press, "20000.00")
    assert (balance(chart.CASH), Proceeds.objects.count(), Asset.objects.get(pk=press.pk).state) == (cash, 0, "REGISTERED")
    assert first_difference() is None
