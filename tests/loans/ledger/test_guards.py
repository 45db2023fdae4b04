"""What the database refuses of the books, whoever asks: everything here is raw SQL as the application role."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from core.models import BankState
from loans.ledger import chart
from loans.ledger.models import Account, Entry, Posting
from loans.ledger.services import EntryDraft, post


def draft(day: date, **changes: object) -> EntryDraft:
    values: dict[str, object] = {
        "booking_date": day,
        "value_date": day,
        "text": "Test",
        "source_type": "test",
        "source_id": "1",
        "event": "made",
        "postings": [(chart.CASH, Decimal("10.00"), "EUR"), (chart.SUSPENSE, Decimal("-10.00"), "EUR")],
    }
    return EntryDraft(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def entry(bank: BankState) -> Entry:
    return post(draft(bank.business_date), actor=None)


def books() -> tuple[list[object], list[object]]:
    return list(Entry.objects.order_by("id").values()), list(Posting.objects.order_by("id").values())


@pytest.mark.django_db
class TestTheBooks:
    @pytest.mark.parametrize("table", ["ledger_entry", "ledger_posting"])
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE {table} SET loan_id = 7",
            "DELETE FROM {table}",
            "TRUNCATE {table} CASCADE",
            "ALTER TABLE {table} DISABLE TRIGGER ALL",
            "DROP TABLE {table} CASCADE",
        ],
    )
    def test_are_only_ever_added_to(self, entry: Entry, table: str, statement: str) -> None:
        before = books()
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(table=table))
        assert books() == before

    @pytest.mark.parametrize(
        "statement",
        [
            "SET session_replication_role = replica",
            "DROP TRIGGER entry_balanced ON ledger_posting",
            "DROP FUNCTION ledger_check_balance() CASCADE",
            "CREATE OR REPLACE FUNCTION ledger_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        ],
    )
    def test_keep_their_guards(self, entry: Entry, statement: str) -> None:
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_take_one_reversal_per_entry(self, entry: Entry, bank: BankState) -> None:
        with pytest.raises(IntegrityError, match="reversal_of_id"), transaction.atomic():
            for number in (1, 2):
                Entry.objects.create(
                    booking_date=bank.business_date, value_date=bank.business_date, text="Back", source_type="test",
                    source_id="1", event=f"back{number}", reversal_of=entry,
                )  # fmt: skip

    @pytest.mark.parametrize("days", [-1, 1])
    def test_take_nothing_on_a_closed_or_coming_day(self, bank: BankState, days: int) -> None:
        day = bank.business_date + timedelta(days=days)
        with pytest.raises(IntegrityError, match="business date"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_entry (booking_date, value_date, text, source_type, source_id, event, created_at)"
                " VALUES (%s, %s, 'x', 'test', '9', 'made', now())",
                [day, day],
            )
        assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestAnUnbalancedEntry:
    @pytest.mark.parametrize(
        "amounts",
        [
            [("EUR", "10.00")],
            [("EUR", "10.00"), ("EUR", "-9.99")],
            [("EUR", "10.00"), ("USD", "-10.00")],
            [("EUR", "10.00"), ("EUR", "-10.00"), ("EUR", "0.0001")],
        ],
    )
    def test_is_refused_at_commit(self, bank: BankState, amounts: list[tuple[str, str]]) -> None:
        account = Account.objects.get(code=chart.CASH)
        with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_entry (booking_date, value_date, text, source_type, source_id, event, created_at)"
                " VALUES (%s, %s, 'x', 'test', '9', 'made', now()) RETURNING id",
                [bank.business_date, bank.business_date],
            )
            (entry_id,) = cursor.fetchone()
            for currency, amount in amounts:
                cursor.execute(
                    "INSERT INTO ledger_posting (entry_id, account_id, amount, currency) VALUES (%s, %s, %s, %s)",
                    [entry_id, account.pk, amount, currency],
                )
        assert not Entry.objects.exists()

    def test_cannot_come_about_by_a_later_line(self, bank: BankState) -> None:
        entry = post(draft(bank.business_date), actor=None)
        before = books()
        with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
            Posting.objects.create(entry=entry, account=Account.objects.get(code=chart.CASH), amount=1, currency="EUR")
        assert books() == before
