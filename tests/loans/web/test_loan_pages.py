"""The list of loans and the page of one."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.urls import reverse

from core.models import AuditEntry, User
from core.roles import Role
from loans.models import Loan
from loans.selectors.balances import balance_points
from loans.selectors.schedules import schedule_of_loan
from loans.services.figures import refresh_loan
from loans.services.payments import post_payment
from loans.services.statements import LineDraft, add_statement, open_account
from tests.every_role import every_role
from tests.loans.servicing.conftest import IBAN
from tests.loans.web.conftest import SignIn

pytestmark = pytest.mark.django_db
LIST = reverse("loans:loan_list")
FIRST_DUE, SECOND_DUE = date(2026, 4, 2), date(2026, 5, 2)
READERS = ("OFFICER", "INVESTIGATOR", "APPROVER", "RISK_MANAGER", "COLLECTIONS", "COMPLIANCE", "AUDITOR")
OTHERS = ("APPRAISER", "VALIDATOR", "ADMINISTRATOR")
Make = Callable[..., Loan]
Move = Callable[[date], date]


def address(loan: Loan) -> str:
    return reverse("loans:loan_detail", args=[loan.public_id])


def bare(text: str) -> str:
    """A page without what differs from one request to the next: tokens and the id that was asked for."""
    return re.sub(r"[0-9A-Za-z]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)


def pay(loan: Loan, amount: str, day: date) -> None:
    post_payment(loan=loan, amount=Decimal(amount), currency="EUR", value_date=day, actor=None, business_date=day)


class TestLoanList:
    def test_counts_every_view_and_adds_up_per_currency(self, active: Make, signed: Make, officer: User, sign_in: SignIn) -> None:
        active(), active(), signed()
        page = sign_in(officer).get(LIST)
        counts = {tab.label: tab.count for tab in page.context["views"]}
        assert counts == {"All": 3, "Active": 2, "Overdue": 0, "Waiting for payout": 1, "Closed": 0}
        [total] = page.context["totals"]
        assert (total.currency, total.count, total.principal, total.outstanding) == ("EUR", 3, 36_000, 24_000)
        assert "24,000 EUR" in page.text

    def test_narrows_by_name_state_and_lateness(self, active: Make, signed: Make, officer: User, sign_in: SignIn, on: Move) -> None:
        late, waiting = active(), signed()
        refresh_loan(late, business_date=on(SECOND_DUE))
        client = sign_in(officer)
        for asked, found in (
            ({"text": late.borrower.name}, [late]),
            ({"text": waiting.reference}, [waiting]),
            ({"state": "SIGNED"}, [waiting]),
            ({"bucket": "1-30"}, [late]),
            ({"view": "overdue"}, [late]),
            ({"view": "payout"}, [waiting]),
            ({"product": "consumer", "sort": "name"}, sorted((late, waiting), key=lambda loan: loan.borrower.name)),
        ):
            assert [row[0] for row in client.get(LIST, asked).context["rows"]] == found, asked

    def test_keeps_the_filter_when_nothing_fits(self, loan: Loan, officer: User, sign_in: SignIn) -> None:
        page = sign_in(officer).get(LIST, {"text": "Nobody"})
        assert "Nothing matches these filters" in page.text
        assert 'value="Nobody"' in page.text

    @pytest.mark.parametrize("number", [1, 5])
    def test_costs_the_same_however_long_it_is(
        self, active: Make, officer: User, sign_in: SignIn, number: int, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(number):
            active()
        client = sign_in(officer)
        # session, user, roles, branches, bank, products and versions of the filter, totals, rows, counts.
        with django_assert_max_num_queries(10):
            page = client.get(LIST)
        assert len(page.context["rows"]) == number

    def test_exports_the_filtered_set_and_not_the_page(self, active: Make, signed: Make, officer: User, sign_in: SignIn) -> None:
        one, two = active(), signed()
        client = sign_in(officer)
        text = client.get(LIST, {"export": "csv", "view": "active"}).content.decode()
        assert one.reference in text
        assert two.reference not in text
        book = openpyxl.load_workbook(io.BytesIO(client.get(LIST, {"export": "xlsx"}).content))
        rows = list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]
        assert {row[0] for row in rows[1:]} == {one.reference, two.reference}

    @every_role(OTHERS)
    def test_is_closed_to_those_who_do_not_lend(self, loan: Loan, person_with: Callable[[Role], User], sign_in: SignIn, role: str) -> None:
        client = sign_in(person_with(Role(role)))
        for page in (client.get(LIST), client.get(LIST, {"export": "csv"}), client.get(address(loan))):
            assert page.status_code == 403
            assert loan.borrower.name not in page.text

    def test_shows_nothing_of_another_branch(self, loan: Loan, stranger: User, sign_in: SignIn) -> None:
        client = sign_in(stranger)
        assert loan.reference not in client.get(LIST).text
        assert loan.reference not in client.get(LIST, {"export": "csv"}).content.decode()


class TestLoanDetail:
    @every_role(READERS)
    def test_opens_for_those_who_lend(self, loan: Loan, person_with: Callable[[Role], User], sign_in: SignIn, role: str) -> None:
        page = sign_in(person_with(Role(role))).get(address(loan))
        assert page.status_code == 200
        assert loan.reference in page.text
        assert (reverse("loans:payment_new", args=[loan.public_id]) in page.text) is (role in ("OFFICER", "COLLECTIONS"))

    def test_looks_the_same_when_absent_and_when_of_another_branch(self, loan: Loan, stranger: User, sign_in: SignIn) -> None:
        client = sign_in(stranger)
        hidden, absent = client.get(address(loan)), client.get(reverse("loans:loan_detail", args=[uuid4()]))
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert bare(hidden.text) == bare(absent.text)

    def test_asks_the_unknown_to_sign_in(self, loan: Loan, client: Any) -> None:
        assert client.get(address(loan))["Location"].startswith("/account/login/")

    def test_says_that_nothing_is_owed(self, loan: Loan, officer: User, sign_in: SignIn) -> None:
        page = sign_in(officer).get(address(loan))
        assert "Nothing owed" in page.text
        assert page.context["owed_total"] == 0

    def test_says_what_is_owed_and_why(self, loan: Loan, officer: User, sign_in: SignIn, on: Move) -> None:
        on(FIRST_DUE)
        pay(loan, "500.00", FIRST_DUE)
        refresh_loan(loan, business_date=on(SECOND_DUE))
        page = sign_in(officer).get(address(loan))
        first, second = page.context["owed"]
        assert (first.number, first.days_late, first.open_interest, first.open_principal) == (1, 30, 0, Decimal("532.80"))
        assert (second.number, second.days_late) == (2, 0)
        assert page.context["owed_total"] == Decimal("1565.60")
        assert "from 2 instalments" in page.text
        assert "30 days late, 500.00 of it paid" in page.text

    def test_shows_which_payment_paid_an_instalment_and_when(self, loan: Loan, officer: User, sign_in: SignIn, on: Move) -> None:
        on(FIRST_DUE)
        pay(loan, "1032.80", FIRST_DUE)
        page = sign_in(officer).get(address(loan))
        line, mark, [part] = page.context["lines"][0]
        assert (line.number, mark, part.value_date, part.amount) == (1, ("good", "Paid"), FIRST_DUE, Decimal("1032.80"))
        assert page.context["payments"][0][2] == "No. 1"

    def test_shows_money_that_waits(self, loan: Loan, officer: User, sign_in: SignIn, today: date) -> None:
        pay(loan, "200.00", today)
        page = sign_in(officer).get(address(loan))
        assert page.context["suspense"] == 200
        assert "200.00 EUR was paid before it was due" in page.text

    def test_shows_the_books(self, loan: Loan, auditor: User, sign_in: SignIn) -> None:
        page = sign_in(auditor).get(address(loan))
        assert "1100 Loan principal" in page.text
        assert "12,000.00" in page.text

    def test_draws_the_plan_against_what_is_real(self, loan: Loan, officer: User, sign_in: SignIn, on: Move) -> None:
        on(FIRST_DUE)
        pay(loan, "1032.80", FIRST_DUE)
        points = balance_points(loan, schedule_of_loan(loan, FIRST_DUE).lines, FIRST_DUE)
        assert [(point.day, point.planned, point.real) for point in points[:3]] == [
            (date(2026, 3, 2), Decimal("12000.00"), Decimal("12000.00")),
            (FIRST_DUE, Decimal("11027.20"), Decimal("11027.20")),
            (SECOND_DUE, points[2].planned, None),
        ]
        assert "Principal is as planned" in sign_in(officer).get(address(loan)).text
        refresh_loan(loan, business_date=on(SECOND_DUE))
        assert "above plan" in sign_in(officer).get(address(loan)).text

    @pytest.mark.parametrize(("term", "payments"), [(6, 1), (60, 12)])
    def test_costs_the_same_however_long_the_loan_is(
        self, active: Make, officer: User, sign_in: SignIn, today: date, term: int, payments: int, django_assert_max_num_queries: Any
    ) -> None:
        loan = active(term_months=term)
        for _ in range(payments):
            pay(loan, "10.00", today)
        client = sign_in(officer)
        # frame; loan; schedule; paid parts; payouts; payments, allocations, instalments; entries, lines, accounts; balances;
        # suspense; conditions; steps and audit entries; bank accounts.
        with django_assert_max_num_queries(23):
            page = client.get(address(loan))
        assert page.status_code == 200

    def test_stays_light(self, active: Make, officer: User, sign_in: SignIn, today: date) -> None:
        loan = active(term_months=120)
        for _ in range(12):
            pay(loan, "10.00", today)
        assert len(gzip.compress(sign_in(officer).get(address(loan)).content)) < 20_000

    def test_shows_a_long_schedule_in_part_and_whole_when_asked(self, active: Make, officer: User, sign_in: SignIn) -> None:
        loan = active(term_months=60)
        client = sign_in(officer)
        assert len(client.get(address(loan)).context["lines"]) < 60
        assert len(client.get(address(loan), {"show": "schedule"}).context["lines"]) == 60

    def test_tells_what_happened(self, loan: Loan, officer: User, sign_in: SignIn) -> None:
        page = sign_in(officer).get(address(loan))
        for words in ("Contract made", "Payout requested", "Payout confirmed and paid", "Loan is now active"):
            assert words in page.text

    def test_composes_the_alerts_by_address(self, loan: Loan, officer: User, sign_in: SignIn) -> None:
        assert f'hx-get="{reverse("monitoring:loan_alerts_panel", args=[loan.public_id])}"' in sign_in(officer).get(address(loan)).text


class TestAccounts:
    def test_lists_lines_and_puts_the_reading_on_record(self, loan: Loan, officer: User, sign_in: SignIn, today: date) -> None:
        account = open_account(borrower=loan.borrower, iban=IBAN, bank_name="Harbour Bank", actor=officer)
        lines = [
            LineDraft("a1", today, Decimal("2500.00"), "SALARY", Decimal("2700.00"), "=Salary March"),
            LineDraft("a2", today, Decimal("-80.00"), "CARD", None, "Groceries"),
        ]
        add_statement(account=account, lines=lines, currency="EUR", source="test", actor=officer)
        client = sign_in(officer)
        assert "Harbour Bank" in client.get(address(loan)).text
        where = reverse("loans:account_detail", args=[account.pk])
        assert where in client.get(reverse("loans:borrower_detail", args=[loan.borrower_id])).text
        page = client.get(where)
        assert "Groceries" in page.text
        assert "Received 2,500.00 EUR, sent −80.00 EUR" in page.text
        assert IBAN not in page.text
        assert "Groceries" not in client.get(where, {"category": "SALARY"}).text
        assert "'=Salary March" in client.get(where, {"export": "csv"}).content.decode()
        assert AuditEntry.objects.filter(action="statement.read", target_id=str(account.pk)).count() == 3

    @pytest.mark.parametrize("number", [1, 28])
    def test_cost_the_same_however_many_lines_they_have(
        self, loan: Loan, officer: User, sign_in: SignIn, today: date, number: int, django_assert_max_num_queries: Any
    ) -> None:
        account = open_account(borrower=loan.borrower, iban=IBAN, bank_name="Harbour Bank", actor=officer)
        lines = [LineDraft(f"a{line}", today, Decimal(line + 1), "CARD", None, "Groceries") for line in range(number)]
        add_statement(account=account, lines=lines, currency="EUR", source="test", actor=officer)
        client = sign_in(officer)
        with django_assert_max_num_queries(10):
            page = client.get(reverse("loans:account_detail", args=[account.pk]))
        assert len(page.context["page"].rows) == number

    def test_are_hidden_from_another_branch_and_other_roles(
        self, loan: Loan, officer: User, stranger: User, person_with: Callable[[Role], User], sign_in: SignIn
    ) -> None:
        account = open_account(borrower=loan.borrower, iban=IBAN, bank_name="Harbour Bank", actor=officer)
        where = reverse("loans:account_detail", args=[account.pk])
        assert sign_in(stranger).get(where).status_code == 404
        for role in OTHERS:
            assert sign_in(person_with(Role(role))).get(where).status_code == 403
        assert not AuditEntry.objects.filter(action="statement.read").exists()


class TestProducts:
    def test_shows_terms_and_versions(self, loan: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        assert "Consumer loan" in client.get(reverse("loans:product_list")).text
        page = client.get(reverse("loans:product_detail", args=["consumer"]))
        assert "500 to 500,000 EUR" in page.text
        assert "1 contract<" in page.text

    def test_knows_no_other_product(self, loan: Loan, officer: User, sign_in: SignIn) -> None:
        assert sign_in(officer).get(reverse("loans:product_detail", args=["nothing"])).status_code == 404

    def test_is_closed_to_the_administrator(self, person_with: Callable[[Role], User], sign_in: SignIn) -> None:
        assert sign_in(person_with(Role.ADMINISTRATOR)).get(reverse("loans:product_list")).status_code == 403
