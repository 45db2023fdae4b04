"""Interest, penalties and income of each day, booked set-based and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import BankState, User
from loans.domain.charges import penalty
from loans.ledger import chart, selectors
from loans.ledger.models import Entry
from loans.models import Instalment, Loan, Moratorium, ProductVersion
from loans.selectors.audit import first_difference
from loans.services import sweep
from loans.services.accrual import accrue_interest, set_recognised_share
from loans.services.penalties import charge_penalties
from monitoring.services.sweep import close_day
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.test_payments import pay

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]
FIRST_DUE = date(2026, 4, 2)
CENT = Decimal("0.01")


def close(on: Move, first: date, until: date) -> date:
    """Close every day from `first` on, as the sweep does, until the bank is on `until`."""
    day = first
    while day < until:
        on(day)
        for step in (sweep.book_due_items, sweep.accrue, sweep.refresh_delinquency, sweep.mature, sweep.recognise_income):
            step(business_date=day, first_loan_id=1, last_loan_id=10**9)
        day += timedelta(days=1)
    return on(day)


def books(loan: Loan) -> dict[str, Decimal]:
    return selectors.balances_of_loan(loan.pk)


class TestAccrual:
    def test_runs_up_to_the_interest_of_the_instalment_to_the_cent(self, loan: Loan, on: Move, today: date) -> None:
        close(on, today, FIRST_DUE)
        assert books(loan)[chart.ACCRUED_INTEREST] == Decimal("60.00") == -books(loan)[chart.INTEREST_INCOME]
        amounts = [line.amount for entry in Entry.objects.filter(event="accrued") for line in entry.postings.all() if line.amount > 0]
        assert len(amounts) == 31 and set(amounts) == {Decimal("1.93"), Decimal("1.94")}
        close(on, FIRST_DUE, FIRST_DUE + timedelta(days=1))
        after = books(loan)
        assert after[chart.INTEREST_RECEIVABLE] == Decimal("60.00")
        assert after[chart.ACCRUED_INTEREST] == -after[chart.INTEREST_INCOME] - 60 > 0
        assert first_difference() is None

    def test_books_a_day_once(self, loan: Loan, on: Move, today: date) -> None:
        day = close(on, today, today + timedelta(days=3))
        assert accrue_interest(business_date=day, first_loan_id=1, last_loan_id=loan.pk) == 1
        before = snapshot()
        assert accrue_interest(business_date=day, first_loan_id=1, last_loan_id=loan.pk) == 0
        assert snapshot() == before

    def test_is_full_when_the_borrower_pays_before_the_evening(self, loan: Loan, on: Move, today: date) -> None:
        close(on, today, FIRST_DUE)
        pay(loan, "1032.80", FIRST_DUE)
        assert chart.ACCRUED_INTEREST not in books(loan) and chart.INTEREST_RECEIVABLE not in books(loan)
        close(on, FIRST_DUE, date(2026, 5, 2))
        assert books(loan)[chart.ACCRUED_INTEREST] == loan.instalments.get(number=2).interest

    def test_makes_up_for_a_day_that_was_missed_when_it_falls_due(self, loan: Loan, on: Move, today: date) -> None:
        close(on, today, date(2026, 3, 20))
        close(on, date(2026, 3, 25), FIRST_DUE + timedelta(days=1))
        assert books(loan)[chart.INTEREST_RECEIVABLE] == Decimal("60.00")
        assert -books(loan)[chart.INTEREST_INCOME] == Decimal("60.00") + books(loan)[chart.ACCRUED_INTEREST]

    def test_costs_the_same_number_of_statements_for_any_number_of_loans(self, active: Callable[..., Loan], on: Move, today: date) -> None:
        counts = []
        for more in (1, 5):
            on(today)
            for _ in range(more):
                active()
            day = on(today + timedelta(days=more))
            with CaptureQueriesContext(connection) as queries:
                assert sweep.accrue(business_date=day, first_loan_id=1, last_loan_id=10**9) >= more
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_in_stage_three_is_income_on_the_net_amount_only(self, loan: Loan, on: Move, today: date, collector: User) -> None:
        set_recognised_share(loan=loan, share=Decimal("0.6"), reason="Stage 3, 40% provided for", actor=None, business_date=today)
        close(on, today, FIRST_DUE + timedelta(days=1))
        found = books(loan)
        unrecognised = -found[chart.UNRECOGNISED_INTEREST]
        assert found[chart.INTEREST_RECEIVABLE] == 60
        assert abs(unrecognised - Decimal("0.4") * (60 + found[chart.ACCRUED_INTEREST])) < Decimal("0.40")
        assert -found[chart.INTEREST_INCOME] + unrecognised == 60 + found[chart.ACCRUED_INTEREST]


class TestNonAccrual:
    def test_begins_and_ends_with_the_days_past_due_of_the_product(
        self, loan: Loan, product: ProductVersion, on: Move, today: date
    ) -> None:
        ProductVersion.objects.update(non_accrual_days=10)
        day = close(on, today, FIRST_DUE + timedelta(days=12))
        loan.refresh_from_db()
        assert loan.recognised_share == 0
        income = books(loan)[chart.INTEREST_INCOME]
        day = close(on, day, day + timedelta(days=5))
        assert books(loan)[chart.INTEREST_INCOME] == income
        waiting = -books(loan)[chart.UNRECOGNISED_INTEREST]
        assert waiting > 0
        pay(loan, "1032.80", day)
        close(on, day, day + timedelta(days=1))
        loan.refresh_from_db()
        assert loan.recognised_share == 1
        assert first_difference() is None


class TestPenalties:
    @pytest.fixture(autouse=True)
    def _product(self, product: ProductVersion) -> None:
        ProductVersion.objects.update(penalty_rate=Decimal("0.12"), tolerance_days=3)

    def test_are_the_rate_on_overdue_principal_after_the_days_of_tolerance(self, loan: Loan, on: Move, today: date) -> None:
        day = close(on, today, FIRST_DUE + timedelta(days=3))
        assert loan.instalments.get(number=1).penalty == 0
        for days in range(1, 15):
            day = close(on, day, day + timedelta(days=1))
            exact = penalty(Decimal("972.80"), Decimal("0.12"), days)
            assert loan.instalments.get(number=1).penalty == exact.quantize(CENT)
        assert books(loan)[chart.PENALTY_RECEIVABLE] == exact.quantize(CENT) == -books(loan)[chart.PENALTY_INCOME]
        loan.refresh_from_db()
        assert loan.arrears == Decimal("1032.80") + exact.quantize(CENT)
        assert first_difference() is None

    def test_are_charged_once_a_day(self, loan: Loan, on: Move, today: date) -> None:
        day = close(on, today, FIRST_DUE + timedelta(days=10))
        assert charge_penalties(business_date=day, first_loan_id=1, last_loan_id=loan.pk) == 1
        before = snapshot()
        assert charge_penalties(business_date=day, first_loan_id=1, last_loan_id=loan.pk) == 0
        assert snapshot() == before

    def test_and_days_past_due_stop_in_a_moratorium(self, loan: Loan, on: Move, today: date) -> None:
        day = close(on, today, FIRST_DUE + timedelta(days=10))
        charged = loan.instalments.get(number=1).penalty
        Moratorium.objects.create(loan=loan, start_date=day, end_date=day + timedelta(days=20), reason="Flood", granted_date=day)
        close(on, day, day + timedelta(days=20))
        loan.refresh_from_db()
        assert loan.instalments.get(number=1).penalty == charged > 0
        assert loan.days_past_due == 10  # as on the first day of the moratorium

    def test_end_with_the_payment(self, loan: Loan, on: Move, today: date) -> None:
        day = close(on, today, FIRST_DUE + timedelta(days=10))
        loan.refresh_from_db()
        pay(loan, loan.arrears, day)
        charged = loan.instalments.get(number=1).penalty
        close(on, day, day + timedelta(days=5))
        row = loan.instalments.get(number=1)
        assert row.penalty == row.paid_penalty == charged


class TestClosingDays:
    def test_catches_up_in_order_and_never_closes_a_day_twice(self, loan: Loan, bank: BankState, today: date) -> None:
        days = [close_day(actor=None, actor_name="test").business_date for _ in range(12)]
        assert days == [today + timedelta(days=number) for number in range(12)]
        assert Entry.objects.filter(event="accrued").count() == 12
        assert first_difference() is None


class TestTheTrialBalance:
    def test_is_written_as_a_table_of_any_day(self, loan: Loan, on: Move, today: date, capsys: pytest.CaptureFixture[str]) -> None:
        close(on, today, FIRST_DUE + timedelta(days=5))
        call_command("trial_balance", as_of=today)
        lines = capsys.readouterr().out.splitlines()
        assert lines[1:] == [
            "1000,Settlement account,ASSET,EUR,0.00,12000.00,0.00,12000.00",
            "1100,Loan principal,ASSET,EUR,12000.00,0.00,12000.00,0.00",
            "1250,Interest accrued and not yet due,ASSET,EUR,1.94,0.00,1.94,0.00",
            "1500,Payouts in transit,LIABILITY,EUR,12000.00,12000.00,0.00,0.00",
            "4000,Interest income,INCOME,EUR,0.00,1.94,0.00,1.94",
            ",Total,,EUR,,,12001.94,12001.94",
        ]


class TestVerifyLedger:
    def test_says_that_the_books_are_clean(self, loan: Loan, on: Move, today: date, capsys: pytest.CaptureFixture[str]) -> None:
        close(on, today, FIRST_DUE + timedelta(days=5))
        call_command("verify_ledger")
        assert "The books are clean" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"paid_interest": Decimal("1.00")}, "interest receivable and interest due and not paid"),
            ({"penalty": Decimal("5.00")}, "penalties receivable"),
            ({"principal": Decimal("972.81")}, "principal"),
        ],
    )
    def test_names_the_first_difference(self, loan: Loan, on: Move, today: date, changes: dict[str, Any], words: str) -> None:
        close(on, today, FIRST_DUE + timedelta(days=1))
        Instalment.objects.filter(loan=loan, number=1).update(**changes)
        with pytest.raises(CommandError, match=f"{loan.reference}.*{words}"):
            call_command("verify_ledger")
