"""What an import brings by the thousand: encrypted row by row, each thing once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from core.crypto import blind_index
from core.models import AuditEntry, BankState, Branch
from core.references import next_references
from loans.models import Application, BankAccount, Borrower, StandingOrder, StatementLine
from loans.services.bulk import AccountDraft, StandingOrderDraft, add_borrowers, add_standing_orders, open_accounts
from loans.services.intake import Party
from loans.services.past_applications import record_past_application
from loans.services.products import publish_product
from loans.services.statement_files import AccountLine, add_statement_file, note_refused_lines

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture
def borrowers(bank: BankState) -> list[Borrower]:
    branch = Branch.objects.create(code="B1", name="First")
    people = [
        (branch.pk, Party(part="APPLICANT", kind="PERSON", name=f"Person {n}", birth_date=date(1990, 1, n), national_id=f"ID-7000{n}"))
        for n in (1, 2, 3)
    ]
    return add_borrowers(people=people, actor=None, actor_name="import", business_date=TODAY)


@pytest.fixture
def accounts(borrowers: list[Borrower]) -> list[BankAccount]:
    drafts = [AccountDraft(borrower.pk, f"ACC-00{n}", "A bank", TODAY) for n, borrower in enumerate(borrowers)]
    return open_accounts(drafts=drafts, actor=None, actor_name="import", business_date=TODAY)


def line(place: int, account: BankAccount, number: str, amount: str = "10.00") -> AccountLine:
    return AccountLine(place, account.pk, number, date(2026, 1, 5), Decimal(amount), None, "CASH_IN", "Cash", "YZ 123")


def add(lines: list[AccountLine]) -> tuple[object, list[int]]:
    return add_statement_file(
        lines=iter(lines), currency="EUR", source="a.csv", sha256="0" * 64, actor=None, actor_name="import", business_date=TODAY
    )


class TestAddBorrowers:
    def test_keeps_identifiers_encrypted_and_findable(self, borrowers: list[Borrower]) -> None:
        found = Borrower.objects.get(national_id_index=blind_index("ID-70002", kind="national_id"))
        assert found.name == "Person 2" and found.national_id == "ID-70002"
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM loans_borrower WHERE position('ID-70002'::bytea in national_id) > 0")
            assert cursor.fetchone()[0] == 0
        assert AuditEntry.objects.get(action="borrowers.added").details == {"count": 3}

    def test_draws_references_in_order(self, bank: BankState) -> None:
        drawn = next_references("BR", 3)
        assert len(set(drawn)) == 3 and drawn == sorted(drawn, key=lambda text: int(text[3:]))


class TestAddStandingOrders:
    def test_keeps_the_payee_encrypted_and_refuses_the_same_order_twice(self, accounts: list[BankAccount]) -> None:
        draft = StandingOrderDraft(accounts[0].pk, "29401", "YZ 87144583", Decimal("2452.00"), "EUR", "HOUSEHOLD")
        add_standing_orders(drafts=[draft], actor=None, actor_name="import", business_date=TODAY)
        kept = StandingOrder.objects.get()
        assert kept.payee_account == "YZ 87144583" and bytes(kept.payee_account_index) == blind_index("yz87144583", kind="iban")
        with pytest.raises(IntegrityError, match="standing_order_once"):
            add_standing_orders(drafts=[draft], actor=None, actor_name="import", business_date=TODAY)


class TestAddStatementFile:
    def test_adds_each_line_once_and_names_the_repeated(self, accounts: list[BankAccount]) -> None:
        first, second = accounts[:2]
        statement, repeated = add([line(2, first, "1"), line(3, second, "1"), line(4, first, "1"), line(5, first, "2", "-3.50")])
        assert repeated == [4]
        assert (statement.lines, statement.accepted, statement.duplicates, statement.state) == (4, 3, 1, "DONE")
        _, again = add([line(2, first, "1"), line(3, first, "9")])
        assert again == [2]
        assert sum(StatementLine.objects.filter(account=first).values_list("amount", flat=True)) == Decimal("16.50")
        assert StatementLine.objects.filter(counterparty_index=blind_index("yz123", kind="iban")).count() == 4

    def test_keeps_what_could_not_be_read(self, accounts: list[BankAccount]) -> None:
        statement, _ = add([line(2, accounts[0], "1")])
        note_refused_lines(statement=statement, errors=[{"line": 3, "detail": "The line is cut."}])
        statement.refresh_from_db()
        assert statement.lines == 2 and statement.errors == [{"line": 3, "detail": "The line is cut."}]


class TestRecordPastApplication:
    def test_takes_in_once_what_today_s_product_would_refuse(self, borrowers: list[Borrower]) -> None:
        terms = {"currency": "EUR", "borrower_kinds": ["PERSON"], "min_amount": 1, "max_amount": 100, "min_term_months": 1}
        version = publish_product(
            code="old", name="Old", terms=terms | {"max_term_months": 12, "annual_rate": 0}, actor=None, business_date=TODAY
        )
        asked = {"borrower": borrowers[0], "version": version, "amount": Decimal(5000), "term_months": 60, "purpose_code": "other"}
        made = record_past_application(**asked, external_reference="old 1", business_date=date(1997, 1, 3), actor_name="import")
        again = record_past_application(**asked, external_reference="old 1", business_date=date(1997, 1, 3), actor_name="import")
        assert made.pk == again.pk and Application.objects.count() == 1
        assert (made.state, made.submitted_date, made.channel) == ("INVESTIGATING", date(1997, 1, 3), "IMPORT")
