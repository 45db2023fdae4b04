"""`POST /loans/{id}/payments`: booked once, in the form that is documented, on the partner's own loans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.models import AuditEntry, PartnerClient
from loans.models import Loan, Payment
from tests.api.client import Api, is_problem, pointers
from tests.api.conftest import MakeLoan
from tests.api.test_loans import Move
from tests.loans.servicing.books import snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan(lent: MakeLoan, partner: PartnerClient) -> Loan:
    return lent(partner)


def form(**changes: Any) -> dict[str, Any]:
    return {"amount": "1032.80", "currency": "EUR", "value_date": "2026-03-02", "external_reference": "bank-1", **changes}


class TestPayments:
    def test_books_a_payment_with_its_allocation(self, api: Api, loan: Loan, on: Move) -> None:
        on(date(2026, 4, 2))
        answer = api.post(f"/loans/{loan.public_id}/payments", form(amount="1100.00", value_date="2026-04-02"))
        payment = Payment.objects.get()
        assert answer.status_code == 201
        assert answer.json() == {
            "id": str(payment.pk),
            "reference": payment.reference,
            "amount": "1100.00",
            "currency": "EUR",
            "value_date": "2026-04-02",
            "booking_date": "2026-04-02",
            "allocation": [
                {"component": "interest", "instalment": 1, "amount": "60.00"},
                {"component": "principal", "instalment": 1, "amount": "972.80"},
                {"component": "suspense", "instalment": None, "amount": "67.20"},
            ],
            "outstanding": "11027.20",
        }
        assert (payment.source, payment.partner, payment.posted_by) == ("API", api.partner, None)
        assert AuditEntry.objects.get(action="payment.posted").actor_name == "First Partner"

    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            ("0.005", "surplus_decimals"),
            ("1.0000", "surplus_decimals"),
            ("NaN", "form"),
            ("Infinity", "form"),
            ("1e30", "form"),
            ("1E2", "form"),
            ("1,000", "form"),
            ("1 000", "form"),
            ("1_000", "form"),
            (" 1.00", "form"),
            ("1.00\n", "form"),
            ("+1.00", "form"),
            ("١٢", "form"),
            ("", "form"),
            (".5", "form"),
            ("9" * 40, "form"),
            (100.5, "not_a_string"),
            (100, "not_a_string"),
            (1e30, "not_a_string"),
            (True, "not_a_string"),
            (None, "null"),
            (["1.00"], "not_a_string"),
            ({"value": "1.00"}, "not_a_string"),
        ],
    )
    def test_refuses_what_is_not_money(self, api: Api, loan: Loan, amount: Any, code: str) -> None:
        before = snapshot()
        answer = api.post(f"/loans/{loan.public_id}/payments", form(amount=amount))
        assert is_problem(answer, 400, "invalid")
        assert pointers(answer) == {"/amount": code}
        assert snapshot() == before

    @pytest.mark.parametrize("raw", ["NaN", "Infinity", "-Infinity"])
    def test_refuses_numbers_that_json_does_not_have(self, api: Api, loan: Loan, raw: str) -> None:
        body = f'{{"amount": {raw}, "currency": "EUR", "value_date": "2026-03-02"}}'
        assert is_problem(api.post(f"/loans/{loan.public_id}/payments", body), 400, "not_json")

    @pytest.mark.parametrize("amount", ["-1", "-1.00", "0", "0.00"])
    def test_refuses_an_amount_that_is_not_positive(self, api: Api, loan: Loan, amount: str) -> None:
        before = snapshot()
        assert is_problem(api.post(f"/loans/{loan.public_id}/payments", form(amount=amount)), 422, "bad_amount")
        assert snapshot() == before

    def test_takes_as_many_decimals_as_the_currency_has(self, api: Api, loan: Loan) -> None:
        for amount in ("1032", "1032.8"):
            assert api.post(f"/loans/{loan.public_id}/payments", form(amount=amount, external_reference=amount)).status_code == 201
        answer = api.post(f"/loans/{loan.public_id}/payments", form(amount="100.5", currency="JPY"))
        assert pointers(answer) == {"/amount": "surplus_decimals"}

    def test_names_every_fault_at_once(self, api: Api, loan: Loan) -> None:
        sent = {"amount": 1, "currency": "XYZ", "value_date": "2026-02-30", "external_reference": 5, "amont": "1.00", "a/b": 1}
        answer = api.post(f"/loans/{loan.public_id}/payments", sent)
        assert is_problem(answer, 400, "invalid")
        assert pointers(answer) == {
            "/amount": "not_a_string",
            "/currency": "unknown_currency",
            "/value_date": "invalid",
            "/external_reference": "invalid",
            "/amont": "unknown_field",
            "/a~1b": "unknown_field",
        }

    def test_names_every_field_that_is_missing(self, api: Api, loan: Loan) -> None:
        answer = api.post(f"/loans/{loan.public_id}/payments", {})
        assert pointers(answer) == {"/amount": "required", "/currency": "required", "/value_date": "required"}

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"currency": "USD"}, "other_currency"),
            ({"value_date": "2026-03-03"}, "value_date_future"),
            ({"value_date": "2026-03-01"}, "before_first_payout"),
        ],
    )
    def test_tells_which_rule_was_broken(self, api: Api, loan: Loan, changes: dict[str, Any], code: str) -> None:
        before = snapshot()
        assert is_problem(api.post(f"/loans/{loan.public_id}/payments", form(**changes)), 422, code)
        assert snapshot() == before

    def test_takes_no_payment_on_a_closed_loan(self, api: Api, loan: Loan) -> None:
        Loan.objects.filter(pk=loan.pk).update(state="CLOSED")
        assert is_problem(api.post(f"/loans/{loan.public_id}/payments", form()), 409, "not_active")

    def test_hides_loans_of_others(self, other_api: Api, loan: Loan) -> None:
        before = snapshot()
        hidden = other_api.post(f"/loans/{loan.public_id}/payments", form())
        absent = other_api.post("/loans/00000000-0000-7000-8000-000000000000/payments", form())
        assert is_problem(hidden, 404) and hidden.json() == absent.json()
        assert snapshot() == before


class TestExternalReference:
    def test_gives_the_first_result_for_the_same_content(self, api: Api, loan: Loan) -> None:
        first = api.post(f"/loans/{loan.public_id}/payments", form())
        second = api.post(f"/loans/{loan.public_id}/payments", form())
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert Payment.objects.count() == 1

    def test_refuses_other_content(self, api: Api, loan: Loan, lent: MakeLoan, partner: PartnerClient) -> None:
        api.post(f"/loans/{loan.public_id}/payments", form())
        other = lent(partner)
        before = snapshot()
        assert is_problem(api.post(f"/loans/{loan.public_id}/payments", form(amount="1.00")), 409, "external_reference_reused")
        assert is_problem(api.post(f"/loans/{other.public_id}/payments", form()), 409, "external_reference_reused")
        assert snapshot() == before

    def test_belongs_to_the_partner_that_gave_it(
        self, api: Api, other_api: Api, loan: Loan, lent: MakeLoan, other_partner: PartnerClient
    ) -> None:
        theirs = lent(other_partner)
        assert api.post(f"/loans/{loan.public_id}/payments", form()).status_code == 201
        assert other_api.post(f"/loans/{theirs.public_id}/payments", form()).status_code == 201
        assert sum(payment.amount for payment in Payment.objects.all()) == Decimal("2065.60")
