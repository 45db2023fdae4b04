"""Posting and reversing entries, and reading balances."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import BankState
from loans.ledger import chart, selectors
from loans.ledger.models import Account, AccountKind, Entry
from loans.ledger.services import UnableToPost, post, reverse
from tests.loans.ledger.test_guards import books, draft


@pytest.mark.django_db
class TestPost:
    def test_writes_the_entry_with_its_lines(self, bank: BankState) -> None:
        entry = post(draft(bank.business_date, loan_id=7), actor=None)
        assert [(line.account.code, line.amount, line.loan_id) for line in entry.postings.all()] == [
            (chart.CASH, Decimal("10.00"), 7),
            (chart.SUSPENSE, Decimal("-10.00"), 7),
        ]

    def test_refuses_the_same_source_twice(self, bank: BankState) -> None:
        post(draft(bank.business_date), actor=None)
        before = books()
        with pytest.raises(UnableToPost, match="already_posted"):
            post(draft(bank.business_date), actor=None)
        assert books() == before

    @pytest.mark.parametrize(
        ("postings", "code"),
        [
            ([(chart.CASH, Decimal(1), "EUR")], "unbalanced"),
            ([(chart.CASH, Decimal(1), "EUR"), (chart.SUSPENSE, Decimal(-1), "USD")], "unbalanced"),
            ([], "empty"),
            ([(chart.CASH, Decimal(0), "EUR")], "empty"),
            ([("9999", Decimal(1), "EUR"), (chart.CASH, Decimal(-1), "EUR")], "unknown_account"),
            ([(chart.CASH, Decimal("0.005"), "EUR"), (chart.SUSPENSE, Decimal("-0.005"), "EUR")], "bad_amount"),
            ([(chart.CASH, Decimal("NaN"), "EUR"), (chart.SUSPENSE, Decimal("NaN"), "EUR")], "bad_amount"),
            ([(chart.CASH, Decimal("1e30"), "EUR"), (chart.SUSPENSE, Decimal("-1e30"), "EUR")], "bad_amount"),
            ([(chart.CASH, Decimal("0.5"), "JPY"), (chart.SUSPENSE, Decimal("-0.5"), "JPY")], "bad_amount"),
        ],
    )
    def test_refuses_what_is_no_entry(self, bank: BankState, postings: list[object], code: str) -> None:
        with pytest.raises(UnableToPost, match=code):
            post(draft(bank.business_date, postings=postings), actor=None)
        assert not Entry.objects.exists()

    @pytest.mark.parametrize("days", [-1, 1])
    def test_refuses_every_day_but_the_open_one(self, bank: BankState, days: int) -> None:
        with pytest.raises(UnableToPost, match="closed_day"):
            post(draft(bank.business_date + timedelta(days=days)), actor=None)
        assert not Entry.objects.exists()

    def test_takes_a_value_date_in_a_closed_day(self, bank: BankState) -> None:
        entry = post(draft(bank.business_date, value_date=bank.business_date - timedelta(days=40)), actor=None)
        assert entry.value_date < entry.booking_date

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(amounts=st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=6))
    def test_takes_whatever_balances_and_nothing_else(self, bank: BankState, amounts: list[int]) -> None:
        postings = [(chart.CASH, Decimal(amount) / 100, "EUR") for amount in amounts]
        entries = Entry.objects.count()
        value = draft(bank.business_date, source_id=str(entries), postings=postings)
        if sum(amounts):
            with pytest.raises(UnableToPost, match="unbalanced"):
                post(value, actor=None)
            assert Entry.objects.count() == entries
        else:
            post(value, actor=None)


@pytest.mark.django_db
class TestReverse:
    def test_books_the_opposite_once(self, bank: BankState) -> None:
        entry = post(draft(bank.business_date), actor=None)
        opposite = reverse(entry, booking_date=bank.business_date, actor=None)
        assert opposite.reversal_of == entry
        assert selectors.balance(account=chart.CASH, currency="EUR") == 0
        before = books()
        with pytest.raises(UnableToPost, match="already_reversed"):
            reverse(entry, booking_date=bank.business_date, actor=None)
        with pytest.raises(UnableToPost, match="is_reversal"):
            reverse(opposite, booking_date=bank.business_date, actor=None)
        assert books() == before


@pytest.mark.django_db
class TestTheTrialBalance:
    def test_balances_as_of_every_day(self, bank: BankState) -> None:
        first = bank.business_date
        post(draft(first), actor=None)
        BankState.objects.update(business_date=first + timedelta(days=1))
        post(
            draft(
                first + timedelta(days=1), source_id="2", postings=[(chart.PRINCIPAL, Decimal(4), "EUR"), (chart.CASH, Decimal(-4), "EUR")]
            ),
            actor=None,
        )
        early, late = selectors.trial_balance(as_of=first), selectors.trial_balance(as_of=first + timedelta(days=1))
        assert [(line.code, line.balance) for line in early.lines] == [(chart.CASH, Decimal(10)), (chart.SUSPENSE, Decimal(-10))]
        assert [(line.code, line.balance) for line in late.lines] == [
            (chart.CASH, Decimal(6)),
            (chart.PRINCIPAL, Decimal(4)),
            (chart.SUSPENSE, Decimal(-10)),
        ]
        assert early.differences == late.differences == {}
        assert late.totals() == {"EUR": (Decimal(10), Decimal(10))}

    def test_knows_the_chart_as_migrated(self) -> None:
        assert list(Account.objects.values_list("code", "name", "kind")) == list(chart.ACCOUNTS)
        assert {kind for _, _, kind in chart.ACCOUNTS} <= set(AccountKind.values)
