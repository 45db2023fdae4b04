"""What a sale pays is worth from the day on which its price came in, with its proof, and the bank takes no fee for what it takes early
itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, Proceeds, Realisation
from collateral.services.enforcement import UnableToEnforce, decide_enforcement, propose_enforcement
from collateral.services.proceeds import plan_sale, settles
from collateral.services.sale_prices import UnableToBookPrice, decide_price
from core.models import AuditEntry, BankState, Proposal, User
from loans.ledger import chart, selectors
from loans.ledger.models import Entry
from loans.models import Instalment, Loan, Payment, ProductVersion
from loans.selectors.audit import first_difference
from loans.services.due_items import book_due
from loans.services.penalties import charge_penalties
from loans.services.prepayments import quote_payoff
from tests.collateral.books import Book
from tests.collateral.enforcement.selling import Sell, Two, ask_price
from tests.collateral.enforcement.test_sales_awaited import refused
from tests.collateral.papers import file_paper, sale_papers


def turn(book: Book, days: int) -> date:
    """The bank some days later: what fell due meanwhile is booked."""
    day = book.today + timedelta(days=days)
    BankState.objects.update(business_date=day)
    for loan in Loan.objects.all():
        book_due(business_date=day, first_loan_id=loan.pk, last_loan_id=loan.pk)
    return day


def propose(asset: Asset, actor: User, sold: date, today: date, **changes: Any) -> Proposal:
    given: dict[str, Any] = {
        "price": Decimal(60_000), "costs": Decimal(0), "reason": "Auctioned", "buyer": "Keller Works", "remark": "The highest bid.",
        "papers": sale_papers(asset, sold), "received_date": sold, **changes,
    }  # fmt: skip
    return propose_enforcement(asset=asset, sold_date=sold, actor=actor, business_date=today, **given)


def confirm(asset: Asset, actor: User, today: date) -> None:
    decide_enforcement(asset=asset, confirm=True, reason="Seen", actor=actor, business_date=today)


def test_takes_no_fee_of_the_late_loan_nor_of_the_other(two: Two, collector: User, second_approver: User) -> None:
    book, loans, machine = two
    ProductVersion.objects.update(prepayment_fee_percent=5)
    asked_early = quote_payoff(loan=loans[0], valid_until=book.today, business_date=book.today)
    assert asked_early.early.fee == 600 and settles(loans[0], book.today) == 12_000
    propose(machine, collector, book.today, book.today)
    confirm(machine, second_approver, book.today)
    assert [one.amount for one in Proceeds.objects.all()] == [12_000, 12_000]
    assert set(Loan.objects.values_list("state", flat=True)) == {"CLOSED"} and first_difference() is None
    assert selectors.balance(account=chart.FEE_INCOME, currency="EUR") == 0


def test_runs_interest_to_the_day_the_price_came_in_alone(two: Two, collector: User, second_approver: User) -> None:
    book, loans, machine = two
    sold, decided = turn(book, 10), turn(book, 25)
    then = settles(loans[0], sold)
    assert then < settles(loans[0], decided) == quote_payoff(loan=loans[0], valid_until=decided, business_date=decided).total
    assert settles(loans[0], decided, sold) == then
    propose(machine, collector, sold, decided)
    confirm(machine, second_approver, decided)
    assert {(one.amount, one.value_date, one.booking_date) for one in Payment.objects.all()} == {(then, sold, decided)}
    assert set(Loan.objects.values_list("state", flat=True)) == {"CLOSED"} and first_difference() is None
    sale = Realisation.objects.get()
    assert (sale.received_date, sale.booked_date, sale.receipt is None) == (sold, decided, False)
    assert set(Entry.objects.filter(source_type="realisation").values_list("value_date", flat=True)) == {sold}


@pytest.mark.parametrize("price", ["60000", "9000"])
def test_takes_back_penalties_charged_since(two: Two, collector: User, second_approver: User, price: str) -> None:
    book, loans, machine = two
    ProductVersion.objects.update(penalty_rate=Decimal("0.10"), penalty_base="instalment", tolerance_days=0)
    sold = turn(book, 40)
    span = {"first_loan_id": loans[0].pk, "last_loan_id": loans[1].pk}
    for offset in range(1, 16):
        if offset == 6:
            until_sold = settles(loans[0], turn(book, 45))
        charge_penalties(business_date=turn(book, 40 + offset), **span)
    decided = turn(book, 56)
    before = Instalment.objects.filter(loan=loans[0]).order_by("number")[0].penalty
    sold = book.today + timedelta(days=45)
    then = settles(loans[0], decided, sold)
    assert until_sold <= then < settles(loans[0], decided) and before > 0
    propose(machine, collector, sold, decided, price=Decimal(price))
    confirm(machine, second_approver, decided)
    after = Instalment.objects.filter(loan=loans[0]).order_by("number")[0].penalty
    assert after < before and first_difference() is None
    if price == "60000":
        assert Payment.objects.filter(loan=loans[0]).get().amount == then
        assert set(Loan.objects.values_list("state", flat=True)) == {"CLOSED"}


class TestAnInstalmentThatFellDueSince:
    """It fell due three days after the price came in, and four days before the second person's word."""

    @pytest.fixture
    def days(self, two: Two) -> tuple[date, date, Decimal]:
        """When the price came in, when it is booked, and what settled a loan on the first day."""
        book, loans, _ = two
        fell_due = loans[1].instalments.earliest("number").due_date
        sold = turn(book, (fell_due - book.today).days - 3)
        then = settles(loans[1], sold)
        return sold, turn(book, (fell_due - book.today).days + 4), then

    @pytest.mark.parametrize("share", ["1", "0"])
    def test_asks_for_interest_to_that_day_alone(
        self, two: Two, days: tuple[date, date, Decimal], collector: User, second_approver: User, share: str
    ) -> None:
        _, loans, machine = two
        sold, decided, then = days
        Loan.objects.update(recognised_share=Decimal(share))
        assert settles(loans[1], decided, sold) == then < settles(loans[1], decided)
        income = selectors.balance(account=chart.INTEREST_INCOME, currency="EUR")
        propose(machine, collector, sold, decided)
        confirm(machine, second_approver, decided)
        assert {(one.amount, one.value_date) for one in Payment.objects.all()} == {(then, sold)}
        assert set(Loan.objects.values_list("state", flat=True)) == {"CLOSED"} and first_difference() is None
        # Both loans: what fell due is taken back but for what is paid.
        assert AuditEntry.objects.filter(action="loan.interest_taken_back").count() == 2
        assert selectors.balance(account=chart.INTEREST_INCOME, currency="EUR") == -2 * (then - 12_000) != income
        assert selectors.balance(account=chart.INTEREST_RECEIVABLE, currency="EUR") == 0

    def test_stays_owed_where_the_price_settles_nothing(
        self, two: Two, days: tuple[date, date, Decimal], collector: User, second_approver: User
    ) -> None:
        _, _, machine = two
        sold, decided, _ = days
        propose(machine, collector, sold, decided, price=Decimal(9_000))
        confirm(machine, second_approver, decided)
        assert not AuditEntry.objects.filter(action="loan.interest_taken_back").exists() and first_difference() is None


def test_is_worth_from_no_earlier_than_a_loan_was_paid_out(two: Two, today: date) -> None:
    _, loans, machine = two
    early = today - timedelta(days=9)
    parts = plan_sale(machine, Decimal(60_000), today, early).parts
    assert [part.amount for part in parts] == [settles(loan, today) for loan in loans]


class TestIsProved:
    def test_before_a_sale_is_proposed_as_paid(self, two: Two, collector: User) -> None:
        book, _, machine = two

        def faults(**changes: Any) -> set[str]:
            with pytest.raises(UnableToEnforce) as refusal:
                propose(machine, collector, book.today, book.today, **changes)
            return {fault.field for fault in refusal.value.faults}

        bare = sale_papers(machine, book.today)._replace(receipt=None)
        assert faults(received_date=None, papers=bare) == {"received_date", "receipt"}
        for day in (book.today - timedelta(days=1), book.today + timedelta(days=1)):
            assert faults(received_date=day) == {"received_date"}
        # It has come in, or it is still to come.
        assert faults(due_date=book.today + timedelta(days=9)) == {"due_date"}
        assert not Proposal.objects.filter(kind="collateral.enforcement").exists()

    def test_still_when_it_is_decided(self, two: Two, collector: User, second_approver: User) -> None:
        book, _, machine = two
        proposal = propose(machine, collector, book.today, book.today)
        Proposal.objects.filter(pk=proposal.pk).update(content=proposal.content | {"receipt": ""})
        with pytest.raises(UnableToEnforce, match="no_paper"):
            confirm(machine, second_approver, book.today)

    def test_before_an_awaited_price_is_booked(self, two: Two, sell: Sell, collector: User, second_approver: User) -> None:
        book, loans, machine = two
        sell()
        assert refused(lambda: ask_price(machine, collector, book.today, received_date=None, receipt=None), UnableToBookPrice) == {
            "received_date",
            "receipt",
        }
        came_in, decided = turn(book, 6), turn(book, 20)
        receipt = file_paper(machine, "PRICE_RECEIPT", came_in)
        ask_price(machine, collector, decided, received_date=came_in, receipt=receipt)
        owed = settles(loans[0], decided, came_in)
        sale = decide_price(asset=machine, confirm=True, reason="Seen", actor=second_approver, business_date=decided)
        assert sale is not None and (sale.received_date, sale.receipt) == (came_in, receipt)
        paid = Payment.objects.get(loan=loans[0])
        assert (paid.amount, paid.value_date) == (owed, came_in) and first_difference() is None

    def test_still_when_its_booking_is_decided(self, two: Two, sell: Sell, collector: User, second_approver: User) -> None:
        book, _, machine = two
        sell()
        proposal = ask_price(machine, collector, book.today)
        Proposal.objects.filter(pk=proposal.pk).update(
            content={name: proposal.content[name] for name in ("sale", "price", "costs", "reason")}
        )
        word: Callable[[], object] = lambda: decide_price(  # noqa: E731
            asset=machine, confirm=True, reason="", actor=second_approver, business_date=book.today
        )
        assert refused(word, UnableToBookPrice) == {"no_receipt"}
