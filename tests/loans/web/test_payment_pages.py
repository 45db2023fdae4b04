"""Money in by hand: shown before it is booked, booked once, taken back once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core.models import User
from core.roles import Role
from loans.models import Loan, Payment
from loans.services.payments import post_payment, reverse_payment
from tests.every_role import every_role
from tests.loans.servicing.books import snapshot
from tests.loans.servicing.conftest import hire
from tests.loans.web.conftest import SignIn

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]
PersonWith = Callable[[Role], User]
FIRST_DUE = date(2026, 4, 2)
HTMX = {"HX-Request": "true"}


def form_of(loan: Loan) -> str:
    return reverse("loans:payment_new", args=[loan.public_id])


def typed(**changes: str) -> dict[str, str]:
    return {"amount": "1,032.80", "value_date": "2026-04-02", "reference": "", "token": str(uuid4()), **changes}


def shown(client: Client, loan: Loan, data: dict[str, str]) -> dict[str, str]:
    """What the second form sends: the first one's words and the name of the allocation that was shown."""
    page = client.post(form_of(loan), data)
    assert page.status_code == 200
    [seen] = re.findall(r'name="seen" value="([0-9a-f]{32})"', page.text)
    return {**data, "seen": seen, "book": "1"}


@pytest.fixture
def due(loan: Loan, on: Move) -> Loan:
    """The loan on the day of its first instalment."""
    on(FIRST_DUE)
    return loan


@pytest.fixture
def payment(due: Loan) -> Payment:
    return post_payment(
        loan=due, amount=Decimal("1032.80"), currency="EUR", value_date=FIRST_DUE, actor=None, business_date=FIRST_DUE, source="IMPORT"
    )


class TestPreview:
    def test_offers_what_is_due_next(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        page = sign_in(officer).get(form_of(due))
        assert 'value="1,032.80"' in page.text
        assert 'value="2026-04-02"' in page.text

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_shows_what_would_be_paid_and_books_nothing(self, due: Loan, officer: User, sign_in: SignIn, headers: dict[str, str]) -> None:
        before = snapshot()
        page = sign_in(officer).post(form_of(due), typed(amount="1,500.00"), headers=headers)
        assert page.status_code == 200
        lines = [(line.instalment, line.what, line.amount) for line in page.context["lines"]]
        assert lines == [(1, "Interest", Decimal("60.00")), (1, "Principal", Decimal("972.80")), (None, "Suspense", Decimal("467.20"))]
        assert "467.20 EUR is more than is due" in page.text
        assert ("<html" in page.text) is (not headers)
        assert snapshot() == before

    @pytest.mark.parametrize(
        ("change", "field", "words"),
        [
            ({"amount": "0"}, "amount", "more than zero"),
            ({"amount": "-5"}, "amount", "more than zero"),
            ({"amount": "NaN"}, "amount", "Write the amount in digits"),
            ({"amount": "0.005"}, "amount", "2 decimal places"),
            ({"amount": "1e30"}, "amount", "digits"),
            ({"value_date": "2026-04-03"}, "value_date", "after the business date"),
            ({"value_date": "2026-03-01"}, "value_date", "before the first payout"),
            ({"value_date": "2026-02-31"}, "value_date", "year-month-day"),
        ],
    )
    @pytest.mark.parametrize("book", [False, True])
    def test_says_every_refusal_at_its_field_and_keeps_what_was_typed(
        self, due: Loan, officer: User, sign_in: SignIn, change: dict[str, str], field: str, words: str, book: bool
    ) -> None:
        before = snapshot()
        data = typed(reference="BANK-77", **change)
        answer = sign_in(officer).post(form_of(due), {**data, "book": "1"} if book else data)
        assert answer.status_code == 422
        assert words in str(answer.context["form"].errors[field])
        assert "BANK-77" in answer.text
        assert snapshot() == before

    def test_refuses_a_loan_that_takes_no_payments(self, signed: Callable[..., Loan], officer: User, sign_in: SignIn, today: date) -> None:
        loan = signed()
        answer = sign_in(officer).post(form_of(loan), typed(value_date=today.isoformat()))
        assert answer.status_code == 409
        assert "takes no payments" in answer.text


class TestBooking:
    def test_books_what_was_shown_and_shows_it_again(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        answer = client.post(form_of(due), shown(client, due, typed()), follow=True)
        payment = Payment.objects.get()
        assert answer.redirect_chain[-1][0] == reverse("loans:payment_detail", args=[payment.pk])
        assert [(line.instalment, line.what, line.amount) for line in answer.context["lines"]] == [
            (1, "Interest", Decimal("60.00")),
            (1, "Principal", Decimal("972.80")),
        ]
        assert "not provided" in answer.text

    def test_books_once_when_the_form_is_sent_twice(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        data = shown(client, due, typed())
        first, second = client.post(form_of(due), data), client.post(form_of(due), data)
        assert first["Location"] == second["Location"]
        assert Payment.objects.count() == 1

    def test_shows_anew_when_something_was_booked_meanwhile(self, due: Loan, officer: User, collector: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        data = shown(client, due, typed(reference="BANK-77"))
        post_payment(loan=due, amount=Decimal(500), currency="EUR", value_date=FIRST_DUE, actor=collector, business_date=FIRST_DUE)
        before = snapshot()
        answer = client.post(form_of(due), data)
        assert answer.status_code == 409
        assert "Nothing was booked" in answer.text
        assert "BANK-77" in answer.text
        assert snapshot() == before

    def test_refuses_a_reference_that_was_used_for_something_else(self, due: Loan, officer: User, sign_in: SignIn) -> None:
        client = sign_in(officer)
        client.post(form_of(due), shown(client, due, typed(reference="BANK-77")))
        data = shown(client, due, typed(reference="BANK-77", amount="5.00"))
        before = snapshot()
        answer = client.post(form_of(due), data)
        assert answer.status_code == 409
        assert "was used for payment" in str(answer.context["form"].errors["reference"])
        assert snapshot() == before

    @every_role([role for role in Role if role not in (Role.OFFICER, Role.COLLECTIONS)])
    def test_is_done_by_officers_and_collections_only(self, due: Loan, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        client = sign_in(person_with(role))
        before = snapshot()
        assert client.get(form_of(due)).status_code == 403
        assert client.post(form_of(due), {**typed(), "book": "1"}).status_code == 403
        assert snapshot() == before

    def test_is_hidden_from_another_branch(self, due: Loan, stranger: User, sign_in: SignIn) -> None:
        client = sign_in(stranger)
        before = snapshot()
        assert client.get(form_of(due)).status_code == 404
        assert client.post(form_of(due), {**typed(), "book": "1"}).status_code == 404
        assert snapshot() == before


class TestReversal:
    def address(self, payment: Payment) -> str:
        return reverse("loans:payment_reverse", args=[payment.pk])

    def test_opens_again_what_was_paid(self, payment: Payment, collector: User, sign_in: SignIn) -> None:
        answer = sign_in(collector).post(self.address(payment), {"reason": "Returned by the payer's bank"}, follow=True)
        payment.refresh_from_db()
        assert payment.reversed_by == collector
        assert "What it had paid is open again" in answer.text
        first = payment.loan.instalments.get(number=1)
        assert (first.paid_interest, first.paid_principal) == (0, 0)

    def test_asks_for_a_reason(self, payment: Payment, collector: User, sign_in: SignIn) -> None:
        before = snapshot()
        answer = sign_in(collector).post(self.address(payment), {"reason": " "})
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert snapshot() == before

    def test_happens_once_and_tells_the_second_who_was_first(
        self, payment: Payment, collector: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        reverse_payment(payment=payment, reason="Returned", actor=collector, business_date=FIRST_DUE)
        before = snapshot()
        answer = sign_in(risk_manager).post(self.address(payment), {"reason": "Booked on the wrong loan"})
        assert answer.status_code == 409
        assert f"{collector.full_name} was first" in answer.text
        assert "Booked on the wrong loan" in answer.text
        assert snapshot() == before

    @every_role([role for role in Role if role not in (Role.COLLECTIONS, Role.RISK_MANAGER)])
    def test_is_done_by_nobody_else(self, payment: Payment, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        client = sign_in(person_with(role))
        before = snapshot()
        page = client.get(reverse("loans:payment_detail", args=[payment.pk]))
        assert self.address(payment) not in page.text
        assert client.post(self.address(payment), {"reason": "No"}).status_code == 403
        assert snapshot() == before

    def test_is_hidden_from_another_branch(self, payment: Payment, other_branch: Any, sign_in: SignIn) -> None:
        client = sign_in(hire("carl_collector", Role.COLLECTIONS, branch=other_branch))
        before = snapshot()
        assert client.get(reverse("loans:payment_detail", args=[payment.pk])).status_code == 404
        assert client.post(self.address(payment), {"reason": "No"}).status_code == 404
        assert client.get(reverse("loans:payment_detail", args=[uuid4()])).status_code == 404
        assert snapshot() == before

    def test_asks_for_the_password_again(self, payment: Payment, collector: User, sign_in: SignIn, settings: Any) -> None:
        settings.CREDENCE_REQUIRE_STEP_UP = True
        before = snapshot()
        answer = sign_in(collector).post(self.address(payment), {"reason": "Returned"})
        assert "reauthenticate" in answer["Location"]
        assert snapshot() == before
