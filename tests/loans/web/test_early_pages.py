"""Prepayment, payoff and recovery on their pages, the papers and tables of a loan, and the trial balance."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from core.models import User
from core.roles import Role
from loans.ledger.models import Posting
from loans.models import Loan, Payment
from loans.selectors.audit import first_difference
from loans.selectors.write_offs import written_off_of_loan
from loans.services.changes import confirm_change, propose_change
from loans.services.payments import CASHIERS
from loans.web.ledger_views import READERS
from loans.web.queue_views import LENDING
from tests.every_role import every_role
from tests.loans.servicing.books import snapshot
from tests.loans.web.conftest import SignIn

pytestmark = pytest.mark.django_db
FIRST_DUE = date(2026, 4, 2)
Move = Callable[[date], date]
PersonWith = Callable[[Role], User]


def url(name: str, loan: Loan) -> str:
    return reverse(f"loans:{name}", args=[loan.public_id])


def typed(**changes: str) -> dict[str, str]:
    return {"amount": "5,000.00", "mode": "shorten", "value_date": "2026-04-02", "reference": "", "token": str(uuid4()), **changes}


def shown(client: Client, loan: Loan, data: dict[str, str]) -> dict[str, str]:
    page = client.post(url("prepayment_new", loan), data)
    assert page.status_code == 200, page.text
    [seen] = set(re.findall(r'name="seen" value="([0-9a-f]{32})"', page.text))
    return {**data, "seen": seen, "book": "1"}


@pytest.fixture
def due(loan: Loan, on: Move) -> Loan:
    """The loan on the day of its first instalment."""
    on(FIRST_DUE)
    return loan


@pytest.fixture
def lost(due: Loan, officer: User, approver: User) -> Loan:
    """The loan, written off."""
    propose_change(loan=due, kind="write_off", values={}, reason="Insolvent", actor=officer, business_date=FIRST_DUE)
    confirm_change(loan=due, kind="write_off", actor=approver, business_date=FIRST_DUE)
    due.refresh_from_db()
    return due


class TestPrepayment:
    @pytest.mark.parametrize("mode", ["shorten", "lower"])
    def test_is_shown_before_it_is_booked_and_booked_as_shown(self, due: Loan, officer: User, sign_in: SignIn, mode: str) -> None:
        client = sign_in(officer)
        before = snapshot()
        page = client.post(url("prepayment_new", due), typed(mode=mode))
        promised = page.context["rehearsal"].after
        assert page.context["rehearsal"].interest_saved > 0
        form = shown(client, due, typed(mode=mode))
        assert snapshot() == before
        assert client.post(url("prepayment_new", due), form).status_code == 302
        due.refresh_from_db()
        assert due.outstanding_principal == promised.principal
        assert first_difference() is None

    def test_sent_twice_is_booked_once(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        form = shown(client, due, typed())
        answers = [client.post(url("prepayment_new", due), form) for _ in range(2)]
        assert len({answer.url for answer in answers}) == 1  # type: ignore[attr-defined]
        assert Payment.objects.count() == 1

    def test_is_shown_anew_when_something_was_booked_meanwhile(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        first, second = (shown(client, due, typed()) for _ in range(2))
        assert client.post(url("prepayment_new", due), first).status_code == 302
        before = snapshot()
        page = client.post(url("prepayment_new", due), second)
        assert page.status_code == 409
        assert "This changed since it was shown" in page.text
        assert snapshot() == before

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"amount": "0"}, "amount"),
            ({"amount": "-5"}, "amount"),
            ({"amount": "NaN"}, "amount"),
            ({"amount": "900.00"}, "amount"),
            ({"mode": "longer"}, "mode"),
            ({"value_date": "2026-04-03"}, "value_date"),
            ({"value_date": "2026-03-20"}, "value_date"),
            ({"value_date": "never"}, "value_date"),
        ],
    )
    def test_is_refused_at_its_field(self, due: Loan, officer: User, sign_in: SignIn, changes: dict[str, str], field: str) -> None:
        before = snapshot()
        page = sign_in(officer).post(url("prepayment_new", due), typed(**changes))
        assert page.status_code in (409, 422)
        assert field in page.context["form"].errors
        assert snapshot() == before

    @every_role(Role)
    def test_is_for_cashiers(self, due: Loan, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        client = sign_in(person_with(role))
        before = snapshot()
        assert (client.get(url("prepayment_new", due)).status_code == 200) is (role in CASHIERS)
        assert (client.post(url("prepayment_new", due), typed()).status_code == 200) is (role in CASHIERS)
        assert snapshot() == before


class TestPayoff:
    def test_says_what_settles_the_loan_and_the_letter_says_the_same(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        before = snapshot()
        page = client.get(url("payoff", due), {"valid_until": "2026-04-20"})
        quote = page.context["quote"]
        assert quote.due == Decimal("1032.80")
        assert quote.total == quote.due + quote.early.principal + quote.early.interest + quote.early.fee > 12000
        letter = client.get(url("payoff_pdf", due), {"valid_until": "2026-04-20"})
        assert (letter.status_code, letter["Content-Type"], letter.content[:5]) == (200, "application/pdf", b"%PDF-")
        assert snapshot() == before

    @pytest.mark.parametrize("day", ["2026-04-01", "", "soon", "1026-01-01"])
    @pytest.mark.parametrize("name", ["payoff", "payoff_pdf"])
    def test_refuses_a_day_that_is_past_or_none(self, due: Loan, officer: User, sign_in: SignIn, day: str, name: str) -> None:
        page = sign_in(officer).get(url(name, due), {"valid_until": day})
        assert page.status_code in (409, 422)
        assert "%PDF" not in page.text

    @every_role(Role)
    def test_is_read_by_those_who_see_loans(self, due: Loan, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        assert (sign_in(person_with(role)).get(url("payoff", due)).status_code == 200) is (role in LENDING)


class TestRecovery:
    def test_is_booked_up_to_what_was_written_off(self, lost: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        assert "Book recovery" in client.get(url("loan_detail", lost)).text
        form = typed(amount="500.00")
        assert [client.post(url("recovery_new", lost), form).status_code for _ in range(2)] == [302, 302]
        assert Payment.objects.count() == 1
        rest = written_off_of_loan(lost)[1]
        before = snapshot()
        page = client.post(url("recovery_new", lost), typed(amount=f"{rest + 1:,.2f}"))
        assert page.status_code == 422
        assert "amount" in page.context["form"].errors
        assert snapshot() == before
        assert first_difference() is None

    def test_has_nothing_to_book_on_a_loan_that_stands(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        before = snapshot()
        assert "Nothing was written off" in client.get(url("recovery_new", due)).text
        assert client.post(url("recovery_new", due), typed(amount="5.00")).status_code in (409, 422)
        assert snapshot() == before

    @every_role([role for role in Role if role not in CASHIERS])
    def test_is_for_cashiers(self, lost: Loan, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        before = snapshot()
        assert sign_in(person_with(role)).post(url("recovery_new", lost), typed(amount="5.00")).status_code in (403, 404)
        assert snapshot() == before


class TestPapers:
    @every_role(Role)
    def test_are_for_those_who_see_loans(self, due: Loan, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        client = sign_in(person_with(role))
        for address in (url("loan_papers", due), url("contract_pdf", due), url("export_schedule", due)):
            assert (client.get(address).status_code == 200) is (role in LENDING)

    def test_are_tagged_pdfs(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        for answer in (
            client.get(url("contract_pdf", due)),
            client.get(url("statement_pdf", due), {"first": "2026-03-01", "until": "2026-04-02"}),
        ):
            assert answer["Content-Type"] == "application/pdf"
            assert b"/StructTreeRoot" in answer.content or b"/MarkInfo" in answer.content

    @pytest.mark.parametrize(
        "asked",
        [
            {"first": ""},
            {"first": "2026-04-02", "until": "2026-04-01"},
            {"first": "x", "until": "2026-04-01"},
            {"first": "0000-00-00", "until": ""},
        ],
    )
    def test_refuse_a_period_that_is_none(self, due: Loan, officer: User, sign_in: SignIn, asked: dict[str, str]) -> None:
        page = sign_in(officer).get(url("statement_pdf", due), asked)
        assert page.status_code == 422
        assert page.context["form"].errors

    @pytest.mark.parametrize("what", ["schedule", "payments", "entries"])
    def test_come_as_tables_of_one_cost(self, due: Loan, officer: User, sign_in: SignIn, what: str) -> None:
        client = sign_in(officer)

        def pay_early(amount: str) -> None:
            assert client.post(url("prepayment_new", due), shown(client, due, typed(amount=amount))).status_code == 302

        def cost(export: str) -> int:
            fresh = sign_in(officer)  # without the messages of the bookings
            with CaptureQueriesContext(connection) as queries:
                assert fresh.get(url("export_" + what, due), {"export": export}).status_code == 200
            return len(queries)

        pay_early("2,000.00")
        book = load_workbook(io.BytesIO(client.get(url("export_" + what, due), {"export": "xlsx"}).content))
        postings = Posting.objects.filter(entry__loan_id=due.pk).count()
        lines = {"schedule": due.instalments.count(), "payments": 1, "entries": postings}[what]
        assert len(list(book.active.iter_rows())) == 1 + lines > 1
        few = cost("csv")
        for amount in ("2,001.00", "2,002.00"):
            pay_early(amount)
        assert cost("xlsx") == few

    def test_hold_no_formula(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        form = shown(client, due, typed(reference="=HYPERLINK(1)"))
        assert client.post(url("prepayment_new", due), form).status_code == 302
        text = client.get(url("export_payments", due), {"export": "csv"}).text
        assert "'=HYPERLINK(1)" in text

    def test_of_another_branch_look_like_none(self, due: Loan, stranger: User, sign_in: SignIn) -> None:
        client = sign_in(stranger)
        for address in ("loan_papers", "contract_pdf", "statement_pdf", "payoff", "payoff_pdf"):
            assert client.get(url(address, due)).status_code == 404
        assert client.get(url("export_entries", due)).status_code == 404


class TestTrialBalance:
    page = "loans:trial_balance"

    def test_balances_on_any_day_and_can_be_taken_along(self, due: Loan, auditor: User, sign_in: SignIn, today: date) -> None:
        client = sign_in(auditor)
        page = client.get(reverse(self.page))
        assert "In balance" in page.text
        assert [line.code for line in page.context["found"].lines]
        before = client.get(reverse(self.page), {"as_of": "2026-01-01"})
        assert "Nothing was booked by then" in before.text
        table = client.get(reverse(self.page), {"as_of": today.isoformat(), "export": "csv"})
        assert table["Content-Type"].startswith("text/csv")
        assert len(table.text.splitlines()) == 1 + len(page.context["found"].lines)

    def test_refuses_a_day_that_is_none(self, due: Loan, auditor: User, sign_in: SignIn) -> None:
        assert sign_in(auditor).get(reverse(self.page), {"as_of": "32 May"}).status_code == 422

    @every_role(Role)
    def test_is_for_those_who_answer_for_the_books(self, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        assert (sign_in(person_with(role)).get(reverse(self.page)).status_code == 200) is (role in READERS)
