"""Paying early: part of it, all of it, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import BankState, User
from loans.ledger import chart, selectors
from loans.models import Instalment, Loan, Payment, ProductVersion
from loans.selectors.audit import first_difference
from loans.services.payments import UnableToPostPayment, reverse_payment
from loans.services.prepayments import UnableToPrepay, prepay_loan, quote_payoff
from loans.services.products import publish_product
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import move, product_terms
from tests.loans.servicing.test_close_of_day import close
from tests.loans.servicing.test_payments import pay
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]
FIRST_DUE = date(2026, 4, 2)


def prepay(loan: Loan, amount: str | Decimal, day: date, mode: str = "lower", **changes: Any) -> Payment:
    values = {"loan": loan, "amount": Decimal(amount), "mode": mode, "value_date": day, "actor": None, "business_date": day}
    return prepay_loan(**{**values, **changes})


def ahead(loan: Loan) -> list[Instalment]:
    return list(loan.instalments.filter(due_booked=False).order_by("number"))


@shared
def midway(loan: Loan, today: date) -> date:
    """The first instalment is paid; half of the second period, 15 of 30 days, is gone."""
    close(move, today, FIRST_DUE)
    pay(loan, "1032.80", FIRST_DUE)
    return close(move, FIRST_DUE, date(2026, 4, 17))


class TestAPayoff:
    def test_is_the_principal_and_the_interest_to_the_day(self, loan: Loan, midway: date) -> None:
        before = snapshot()
        quote = quote_payoff(loan=loan, valid_until=midway, business_date=midway)
        assert (quote.due, quote.early.principal, quote.early.interest) == (0, Decimal("11027.20"), Decimal("27.57"))
        assert snapshot() == before

    def test_closes_the_loan_to_the_cent(self, loan: Loan, midway: date) -> None:
        quote = quote_payoff(loan=loan, valid_until=midway, business_date=midway)
        prepay(loan, quote.total, midway)
        loan.refresh_from_db()
        assert (loan.state, loan.outstanding_principal, ahead(loan)) == ("CLOSED", 0, [])
        assert {
            code: amount for code, amount in selectors.balances_of_loan(loan.pk).items() if code.startswith("1") and code != chart.CASH
        } == {}
        assert first_difference() is None

    def test_leaves_what_is_more_in_suspense(self, loan: Loan, midway: date) -> None:
        quote = quote_payoff(loan=loan, valid_until=midway, business_date=midway)
        prepay(loan, quote.total + 5, midway)
        assert selectors.balances_of_loan(loan.pk)[chart.SUSPENSE] == -5

    def test_holds_until_the_day_it_says(self, loan: Loan, midway: date, on: Move) -> None:
        later = midway + timedelta(days=5)
        quote = quote_payoff(loan=loan, valid_until=later, business_date=midway)
        assert quote.early.interest == Decimal("36.76")  # 11027.20 × 6% / 12 × 20/30
        close(on, midway, later)
        assert quote_payoff(loan=loan, valid_until=later, business_date=later) == quote
        prepay(loan, quote.total, later)
        loan.refresh_from_db()
        assert loan.state == "CLOSED"

    def test_takes_in_what_falls_due_by_then(self, loan: Loan, midway: date) -> None:
        quote = quote_payoff(loan=loan, valid_until=date(2026, 5, 12), business_date=midway)
        second = loan.instalments.get(number=2)
        assert quote.due == second.principal + second.interest
        assert quote.early.principal == Decimal("11027.20") - second.principal

    def test_costs_the_fee_of_the_product(self, loan: Loan, midway: date) -> None:
        ProductVersion.objects.update(prepayment_fee_percent=Decimal("1"))
        loan.refresh_from_db()
        quote = quote_payoff(loan=loan, valid_until=midway, business_date=midway)
        assert quote.early.fee == Decimal("110.27")
        prepay(loan, quote.total, midway)
        assert selectors.balances_of_loan(loan.pk)[chart.FEE_INCOME] == Decimal("-110.27")
        assert first_difference() is None


class TestFlatInterest:
    """Flat interest runs on what was lent at first, to the day: who settles early owes none for the months he no longer needs."""

    @pytest.fixture
    def product(self, bank: BankState) -> ProductVersion:
        terms = product_terms(method="flat", day_count="30/360")
        return publish_product(code="consumer", name="Consumer loan", terms=terms, actor=None, business_date=bank.business_date)

    @pytest.fixture
    def midway(self, loan: Loan, on: Move, today: date) -> date:
        close(on, today, FIRST_DUE)
        pay(loan, "1060.00", FIRST_DUE)  # 1,000 and 12,000 × 6% / 12
        return close(on, FIRST_DUE, date(2026, 4, 17))

    def test_is_settled_as_a_whole_to_the_cent(self, loan: Loan, midway: date) -> None:
        quote = quote_payoff(loan=loan, valid_until=midway, business_date=midway)
        assert (quote.early.principal, quote.early.interest) == (Decimal(11_000), Decimal("30.00"))  # half a month of 60
        prepay(loan, quote.total, midway)
        loan.refresh_from_db()
        assert (loan.state, loan.outstanding_principal, ahead(loan)) == ("CLOSED", 0, [])
        assert first_difference() is None

    def test_is_not_paid_early_in_part(self, loan: Loan, midway: date) -> None:
        before = snapshot()
        with pytest.raises(UnableToPrepay, match="whole_only") as refused:
            prepay(loan, "11029.99", midway)
        assert "11,030.00 EUR" in refused.value.detail
        assert snapshot() == before


class TestAPrepayment:
    def test_lowers_the_instalments_on_the_same_dates(self, loan: Loan, midway: date) -> None:
        dates, old = [row.due_date for row in ahead(loan)], ahead(loan)[0]
        payment = prepay(loan, "5000.00", midway)
        rows = ahead(loan)
        assert [row.due_date for row in rows] == dates
        assert rows[0].principal + rows[0].interest < old.principal + old.interest
        line = loan.instalments.get(number=2)
        assert (line.due_date, line.interest) == (midway, Decimal("12.47"))
        assert line.principal == Decimal("4987.53") and payment.allocations.count() == 2
        assert sum(row.principal for row in loan.instalments.all()) == loan.principal
        assert first_difference() is None

    def test_shortens_the_term_at_the_same_instalment(self, loan: Loan, midway: date) -> None:
        prepay(loan, "5000.00", midway, "shorten")
        rows = ahead(loan)
        assert len(rows) == 6
        assert {row.principal + row.interest for row in rows[:-1]} == {Decimal("1032.80")}
        loan.refresh_from_db()
        assert loan.maturity_date == rows[-1].due_date
        assert first_difference() is None

    def test_goes_on_accruing_to_the_cent(self, loan: Loan, midway: date, on: Move) -> None:
        prepay(loan, "5000.00", midway)
        close(on, midway, date(2026, 5, 2))
        assert selectors.balances_of_loan(loan.pk)[chart.ACCRUED_INTEREST] == ahead(loan)[0].interest

    def test_pays_what_is_due_first(self, loan: Loan, on: Move, today: date) -> None:
        day = close(on, today, FIRST_DUE + timedelta(days=4))
        with pytest.raises(UnableToPrepay, match="needed_for_dues"):
            prepay(loan, "1032.80", day)
        prepay(loan, "2000.00", day)
        assert loan.instalments.get(number=1).paid_principal == Decimal("972.80")
        assert first_difference() is None

    def test_of_the_same_reference_is_booked_once(self, loan: Loan, midway: date) -> None:
        first = prepay(loan, "500.00", midway, external_reference="R9")
        before = snapshot()
        assert prepay(loan, "500.00", midway, external_reference="R9") == first
        with pytest.raises(UnableToPostPayment, match="external_reference_reused"):
            prepay(loan, "501.00", midway, external_reference="R9")
        assert snapshot() == before

    @pytest.mark.parametrize("amount", ["0", "-1", "0.005", "NaN", "1e30"])
    def test_refuses_what_is_no_amount(self, loan: Loan, midway: date, amount: str) -> None:
        before = snapshot()
        with pytest.raises(UnableToPostPayment, match="bad_amount"):
            prepay(loan, amount, midway)
        assert snapshot() == before

    def test_refuses_a_day_before_the_last_due_date(self, loan: Loan, midway: date) -> None:
        before = snapshot()
        with pytest.raises(UnableToPrepay, match="before_last_due"):
            prepay(loan, "500.00", midway, value_date=date(2026, 3, 30))
        with pytest.raises(UnableToPrepay, match="unknown_mode"):
            prepay(loan, "500.00", midway, "vanish")
        assert snapshot() == before


class TestAPrepaymentTakenBack:
    @pytest.mark.parametrize("mode", ["lower", "shorten"])
    def test_brings_the_old_schedule_back(self, loan: Loan, midway: date, collector: User, mode: str) -> None:
        old = [(row.due_date, row.principal, row.interest) for row in ahead(loan)]
        balances = selectors.balances_of_loan(loan.pk)
        payment = prepay(loan, "5000.00", midway, mode)
        reverse_payment(payment=payment, reason="Bounced", actor=collector, business_date=midway)
        assert [(row.due_date, row.principal, row.interest) for row in ahead(loan)] == old
        assert selectors.balances_of_loan(loan.pk) == balances
        loan.refresh_from_db()
        assert loan.outstanding_principal == Decimal("11027.20")
        assert first_difference() is None

    def test_opens_a_loan_that_it_had_paid_off(self, loan: Loan, midway: date, collector: User) -> None:
        payment = prepay(loan, quote_payoff(loan=loan, valid_until=midway, business_date=midway).total, midway)
        reverse_payment(payment=payment, reason="Bounced", actor=collector, business_date=midway)
        loan.refresh_from_db()
        assert (loan.state, len(ahead(loan))) == ("ACTIVE", 11)
        assert first_difference() is None

    def test_is_spread_over_what_lies_ahead_once_more_fell_due(self, loan: Loan, midway: date, on: Move, collector: User) -> None:
        payment = prepay(loan, "5000.00", midway)
        day = close(on, midway, date(2026, 5, 5))
        reverse_payment(payment=payment, reason="Bounced", actor=collector, business_date=day)
        assert sum(row.principal for row in loan.instalments.all()) == loan.principal
        assert first_difference() is None
